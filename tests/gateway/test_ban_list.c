/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "plugin/ban_list.h"

static struct ban_list list;

static int parse(const char *text, size_t len)
{
    char *copy = malloc(len + 1);
    if (!copy) {
        abort();
    }
    memcpy(copy, text, len);
    return ban_list_parse(&list, copy, len);
}

#define PARSE(text) parse(text, sizeof(text) - 1)

static void what_is_written_is_read(void)
{
    char text[200];
    struct wbuf w = wbuf_of(text, sizeof text);
    ban_list_begin(&w);
    ban_list_add(&w, "roof");
    ban_list_add(&w, "barn");
    ban_list_add(&w, "end");
    ban_list_end(&w);
    CHECK(wbuf_ok(&w));
    CHECK_EQ(parse(text, wbuf_len(&w)), E_OK);
    CHECK_EQ(ban_list_count(&list), 3);
    CHECK(ban_list_has(&list, "roof") && ban_list_has(&list, "barn") && ban_list_has(&list, "end"));
    CHECK(!ban_list_has(&list, "roo") && !ban_list_has(&list, "roof2") && !ban_list_has(&list, ""));
    ban_list_free(&list);
    CHECK(!ban_list_has(&list, "roof"));
}

static void nobody_may_be_banned(void)
{
    CHECK_EQ(PARSE("wattward-bans 1\nend\n"), E_OK);
    CHECK_EQ(ban_list_count(&list), 0);
    ban_list_free(&list);
}

static void a_list_that_is_cut_anywhere_changes_nothing(void)
{
    static const char whole[] = "wattward-bans 1\nbarn\nroof\nend\n";
    CHECK_EQ(PARSE("wattward-bans 1\nmill\nend\n"), E_OK);
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        CHECK(parse(whole, len) < 0);
        CHECK_EQ(ban_list_count(&list), 1);
        CHECK(ban_list_has(&list, "mill"));
    }
    CHECK_EQ(parse(whole, sizeof whole - 1), E_OK);
    CHECK(!ban_list_has(&list, "mill"));
    ban_list_free(&list);
}

static void other_forms_are_refused(void)
{
    CHECK_EQ(PARSE("wattward-bans 2\nend\n"), E_MALFORMED);
    CHECK_EQ(PARSE("wattward-bans 1\n\nend\n"), E_MALFORMED);
    CHECK_EQ(PARSE("wattward-bans 1\nba\0rn\nend\n"), E_MALFORMED);
    CHECK_EQ(PARSE("wattward-bans 1\n"
                   "12345678901234567890123456789012345678901234567890123456789012345\nend\n"),
             E_MALFORMED);
    CHECK_EQ(PARSE("wattward-bans 1\nend\n\n"), E_TRUNCATED);
}

CHECK_MAIN(TEST(what_is_written_is_read), TEST(nobody_may_be_banned),
           TEST(a_list_that_is_cut_anywhere_changes_nothing), TEST(other_forms_are_refused))
