/* SPDX-License-Identifier: MIT */
#include "telemetry/device_id.h"

#include <string.h>

#include "check.h"

static void one_to_sixty_four_characters_are_a_name(void)
{
    char id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    memset(id, 'x', sizeof id);
    CHECK(!telemetry_device_id_valid(id, 0));
    CHECK(telemetry_device_id_valid(id, 1));
    CHECK(telemetry_device_id_valid(id, TELEMETRY_DEVICE_ID_MAX_LEN));
    CHECK(!telemetry_device_id_valid(id, TELEMETRY_DEVICE_ID_MAX_LEN + 1));
}

static void exactly_letters_digits_dot_underscore_and_dash_are_allowed(void)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    int wrong = 0;
    for (int c = 0; c < 256; c++) {
        const char id[2] = {'a', (char)c};
        const int want = c != 0 && strchr(allowed, c) != NULL;
        wrong += telemetry_device_id_valid(id, 2) != want;
    }
    CHECK_EQ(wrong, 0);
}

CHECK_MAIN(TEST(one_to_sixty_four_characters_are_a_name),
           TEST(exactly_letters_digits_dot_underscore_and_dash_are_allowed))
