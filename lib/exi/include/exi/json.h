/* SPDX-License-Identifier: MIT
 * Messages as JSON, for people and tests: nothing that speaks to a car needs this.
 *
 * Every key is the schema's element or attribute name without a prefix; the text of an element that
 * has attributes is under "$". A repeatable element is an array. hexBinary is upper-case hex,
 * base64Binary base64, an integer a number with all its digits, an enumeration the schema's string.
 * null is an element without a value, which EXI tells from a value of length 0.
 */
#ifndef EXI_JSON_H
#define EXI_JSON_H

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "exi/exi.h"

struct exi_dictionary; /* a set with its names */

/* By protocol name: sap din iso2 iso20 iso20ac iso20dc iso20acdp iso20wpt, these but sap with
 * `frag` behind, and iso2xmldsig (the signature alone). NULL when there is none. */
const struct exi_dictionary *exi_dictionary_find(const char *protocol);
/* The i-th of all, for listing them; NULL behind the last. */
const struct exi_dictionary *exi_dictionary_at(unsigned i);
const char *exi_dictionary_protocol(const struct exi_dictionary *dictionary);
const struct exi_set *exi_dictionary_set(const struct exi_dictionary *dictionary);
/* What the message is called: its root element, for V2G_Message the element in its body. */
const char *exi_message_name(const struct exi_dictionary *dictionary,
                             const struct exi_message *message);

/* Writes the message's value as one JSON object. Text is copied through what is free in `scratch`,
 * which is as before afterwards; E_NOSPACE when it does not suffice, E_ARG when the value is not
 * one that exi_encode would take. Whether `w`'s buffer sufficed, its owner sees. */
int exi_json_write(const struct exi_dictionary *dictionary, const struct exi_message *message,
                   struct exi_arena *scratch, struct json_writer *w) MUST_USE;

enum exi_json_error {
    EXI_JSON_OK = 0,
    EXI_JSON_MESSAGE, /* no message of this name in the set */
    EXI_JSON_KEY,     /* a key that is no element here, or a second alternative of a choice */
    EXI_JSON_MISSING, /* a required element is not there */
    EXI_JSON_TYPE,    /* not the kind of JSON value that the element takes */
    EXI_JSON_VALUE,   /* no such enumeration, number out of range, no hex, no base64 */
    EXI_JSON_ARENA    /* the arena is too small */
};
const char *exi_json_error_name(enum exi_json_error error);

struct exi_json_fault {
    enum exi_json_error error;
    const char *element; /* the element it was about, or the one it was in; never NULL */
};

struct exi_json_source {
    const char *name; /* of the message, as exi_message_name() gives it, or of its root element */
    const struct json_reader *json;
    int value; /* the object */
};

/* Builds a message in the arena from a parsed text. Lengths of lists and texts are checked by
 * exi_encode, not here. Returns E_OK, E_MALFORMED or E_NOSPACE with *fault saying why. */
int exi_json_read(const struct exi_dictionary *dictionary, const struct exi_json_source *source,
                  struct exi_arena *arena, struct exi_message *message,
                  struct exi_json_fault *fault) MUST_USE;

#endif
