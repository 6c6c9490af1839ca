/* SPDX-License-Identifier: MIT
 * One error vocabulary for every layer: 0 or a count on success, a negative E_* on failure.
 *
 * A peer's mistake is a negative result (or an event); our own mistake is an ASSERT; a refusal
 * that a standard defines is a response code of that standard. The three are never mixed.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Out-parameters are written only when a function returns E_OK (or a count). */
enum err {
    E_OK = 0,
    E_ARG = -1,         /* the caller's configuration or argument is unusable */
    E_TRUNCATED = -2,   /* the input ends before the message does */
    E_MALFORMED = -3,   /* the input can never become valid */
    E_NOSPACE = -4,     /* the caller's buffer or the medium is too small */
    E_UNSUPPORTED = -5, /* well-formed, but not something we speak */
    E_STATE = -6,       /* not now */
    E_TIMEOUT = -7,
    E_AUTH = -8,     /* signature, tag, token or identity does not hold */
    E_REPLAY = -9,   /* authentic, but seen before or too old */
    E_LIMIT = -10,   /* a stated bound would be exceeded */
    E_IO = -11,      /* a device or the operating system failed */
    E_CORRUPT = -12, /* stored data does not hold its checksum */
    E_NOTFOUND = -13
};

/* The name of an error, for logs: "E_TRUNCATED". Never NULL. */
const char *err_name(int error);

#define MUST_USE __attribute__((warn_unused_result))

#endif
