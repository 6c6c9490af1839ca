/* SPDX-License-Identifier: MIT */
#include "exi/exi.h"

const char *exi_error_name(enum exi_error error)
{
    static const char *const names[EXI_ERROR_COUNT] = {
        [EXI_OK] = "EXI_OK",
        [EXI_TOO_LONG] = "EXI_TOO_LONG",
        [EXI_HEADER] = "EXI_HEADER",
        [EXI_OPTIONS] = "EXI_OPTIONS",
        [EXI_VERSION] = "EXI_VERSION",
        [EXI_TRUNCATED] = "EXI_TRUNCATED",
        [EXI_ROOT] = "EXI_ROOT",
        [EXI_DEVIATION] = "EXI_DEVIATION",
        [EXI_EVENT_CODE] = "EXI_EVENT_CODE",
        [EXI_ABSTRACT] = "EXI_ABSTRACT",
        [EXI_WILDCARD] = "EXI_WILDCARD",
        [EXI_MIXED] = "EXI_MIXED",
        [EXI_ENUMERATION] = "EXI_ENUMERATION",
        [EXI_RANGE] = "EXI_RANGE",
        [EXI_INTEGER_LEN] = "EXI_INTEGER_LEN",
        [EXI_LENGTH] = "EXI_LENGTH",
        [EXI_CHARACTER] = "EXI_CHARACTER",
        [EXI_STRING_HIT] = "EXI_STRING_HIT",
        [EXI_STRINGS] = "EXI_STRINGS",
        [EXI_COUNT] = "EXI_COUNT",
        [EXI_ARENA] = "EXI_ARENA",
        [EXI_MISSING] = "EXI_MISSING",
        [EXI_CHOICE] = "EXI_CHOICE",
        [EXI_NOSPACE] = "EXI_NOSPACE",
    };
    return (unsigned)error < EXI_ERROR_COUNT ? names[error] : "EXI_?";
}
