/* SPDX-License-Identifier: MIT
 * Names of errors.
 */
#include "base/err.h"

const char *err_name(int error)
{
    static const char *const names[] = {"E_OK",      "E_ARG",         "E_TRUNCATED", "E_MALFORMED",
                                        "E_NOSPACE", "E_UNSUPPORTED", "E_STATE",     "E_TIMEOUT",
                                        "E_AUTH",    "E_REPLAY",      "E_LIMIT",     "E_IO",
                                        "E_CORRUPT", "E_NOTFOUND"};
    const int n = (int)(sizeof names / sizeof names[0]);
    if (error > 0) {
        return "E_OK";
    }
    return error > -n ? names[-error] : "E_UNKNOWN";
}
