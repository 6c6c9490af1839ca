/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdint.h>

#include "check.h"

static void every_error_has_its_own_name(void)
{
    CHECK_STR(err_name(E_OK), "E_OK");
    CHECK_STR(err_name(E_ARG), "E_ARG");
    CHECK_STR(err_name(E_TRUNCATED), "E_TRUNCATED");
    CHECK_STR(err_name(E_MALFORMED), "E_MALFORMED");
    CHECK_STR(err_name(E_NOSPACE), "E_NOSPACE");
    CHECK_STR(err_name(E_UNSUPPORTED), "E_UNSUPPORTED");
    CHECK_STR(err_name(E_STATE), "E_STATE");
    CHECK_STR(err_name(E_TIMEOUT), "E_TIMEOUT");
    CHECK_STR(err_name(E_AUTH), "E_AUTH");
    CHECK_STR(err_name(E_REPLAY), "E_REPLAY");
    CHECK_STR(err_name(E_LIMIT), "E_LIMIT");
    CHECK_STR(err_name(E_IO), "E_IO");
    CHECK_STR(err_name(E_CORRUPT), "E_CORRUPT");
    CHECK_STR(err_name(E_NOTFOUND), "E_NOTFOUND");
}

static void counts_are_no_errors_and_unknown_numbers_have_a_name_too(void)
{
    CHECK_STR(err_name(1), "E_OK");
    CHECK_STR(err_name(INT32_MAX), "E_OK");
    CHECK_STR(err_name(E_NOTFOUND - 1), "E_UNKNOWN");
    CHECK_STR(err_name(INT32_MIN), "E_UNKNOWN");
}

CHECK_MAIN(TEST(every_error_has_its_own_name),
           TEST(counts_are_no_errors_and_unknown_numbers_have_a_name_too))
