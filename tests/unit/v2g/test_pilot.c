/* SPDX-License-Identifier: MIT
 * Duty cycle and current, as IEC 61851-1 tables A.7 and A.8 have them.
 */
#include "check.h"
#include "v2g/pilot.h"

static void a_duty_is_the_current_of_the_standard(void)
{
    static const struct {
        uint16_t duty_permille;
        int32_t ma;
    } rows[] = {{0, 0},       {29, 0},      {30, 0}, /* speak first */
                {50, 0},      {70, 0},      {71, 0},      {79, 0},      {80, 6000},   {99, 6000},
                {100, 6000},  {101, 6060},  {160, 9600},  {250, 15000}, {266, 15960}, {333, 19980},
                {500, 30000}, {533, 31980}, {666, 39960}, {800, 48000}, {850, 51000}, {851, 52750},
                {890, 62500}, {895, 63750}, {900, 65000}, {940, 75000}, {960, 80000}, {961, 80000},
                {970, 80000}, {971, 0},     {999, 0},     {1000, 0},    {65535, 0}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_EQ(v2g_pilot_ma(rows[i].duty_permille), rows[i].ma);
    }
}

static void a_current_has_the_duty_of_the_standard(void)
{
    static const struct {
        int32_t ma;
        uint16_t duty_permille;
    } rows[] = {{-1, 1000},   {0, 1000},    {5999, 1000},    {6000, 100},  {10000, 166},
                {13000, 216}, {16000, 266}, {20000, 333},    {32000, 533}, {40000, 666},
                {51000, 850}, {52749, 850}, {52750, 851},    {63000, 892}, {65000, 900},
                {79999, 959}, {80000, 960}, {INT32_MAX, 960}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_EQ(v2g_pilot_duty(rows[i].ma), rows[i].duty_permille);
    }
}

static void no_duty_offers_more_than_was_asked_for_and_none_much_less(void)
{
    for (int32_t ma = V2G_PILOT_MIN_MA; ma <= V2G_PILOT_MAX_MA; ma++) {
        const int32_t said_ma = v2g_pilot_ma(v2g_pilot_duty(ma));
        const int32_t step_ma = ma < 51000 ? 60 : ma < 52750 ? 1750 : 250;
        if (!CHECK(said_ma <= ma && said_ma > ma - step_ma)) {
            return;
        }
    }
}

static void every_duty_that_can_be_said_comes_back(void)
{
    for (uint16_t duty = 100; duty <= 960; duty++) {
        CHECK_EQ(v2g_pilot_duty(v2g_pilot_ma(duty)), duty);
    }
}

CHECK_MAIN(TEST(a_duty_is_the_current_of_the_standard),
           TEST(a_current_has_the_duty_of_the_standard),
           TEST(no_duty_offers_more_than_was_asked_for_and_none_much_less),
           TEST(every_duty_that_can_be_said_comes_back))
