/* SPDX-License-Identifier: MIT
 * wattward v2g dump: real sessions read, and files that are none refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "data.h"

enum { TEXT_CAP = 1 << 22 };

static char out[TEXT_CAP];

/* stdout and stderr of `wattward v2g dump ARGUMENTS` are in `out`; returns the exit status. */
static int dump(const char *arguments)
{
    char line[768];
    snprintf(line, sizeof line, "'%s' v2g dump %s 2>&1", WATTWARD_PROGRAM, arguments);
    FILE *pipe = popen(line, "r");
    if (pipe == NULL) {
        exit(1);
    }
    out[fread(out, 1, sizeof out - 1, pipe)] = 0;
    const int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The capture's whole path as an argument; false (skipped) when it is not there. */
static bool dump_data(const char *name, const char *options)
{
    char path[256];
    char arguments[600];
    snprintf(path, sizeof path, "v2g/pcap/%s", name);
    FILE *file = data_open(path);
    if (file == NULL) {
        return false;
    }
    snprintf(arguments, sizeof arguments, "/proc/%d/fd/%d %s", getpid(), fileno(file), options);
    const int status = dump(arguments);
    fclose(file);
    return CHECK_EQ(status, 0);
}

static void a_real_din_session_is_read_without_a_fault(void)
{
    if (!dump_data("pyplc/2023-05-24_pyPlc_with_Ioniq93prcSoc.pcapng", "")) {
        return;
    }
    CHECK(strstr(out, "138 messages, 0 unreadable, 0 violations") != NULL);
    CHECK(strstr(out, "supportedAppProtocolRes  OK: DIN SPEC 70121") != NULL);
    CHECK(strstr(out, "wants 388.1 V") != NULL);
    CHECK(strstr(out, "[CHARGING]") != NULL);
}

static void sequence_errors_are_shown(void)
{
    if (!dump_data("pyplc/2022-12-20_alpi_currentDemandSequenceErrorShutdown.pcapng", "")) {
        return;
    }
    CHECK(strstr(out, "! CURRENT_DEMAND has no place in STOPPING") != NULL);
    CHECK(strstr(out, "! refused: FAILED_SEQUENCE") != NULL);
}

#define SALES_TARIFF "dsv2gshark/ISO-2_DC_SalesTariffSchedule_DS5366_RiseV2G.pcapng"

static void renegotiation_pause_and_tariffs_are_read(void)
{
    static const char *const names[] = {"dsv2gshark/ISO-2_DC_Pause_DS5366.pcapng", SALES_TARIFF,
                                        "dsv2gshark/ISO-2_AC_DS5366.pcapng",
                                        "dsv2gshark/ISO-2_DC_DS5366.pcapng"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (dump_data(names[i], "")) {
            CHECK(strstr(out, " 0 unreadable, 0 violations") != NULL);
        }
    }
}

static void json_has_the_whole_message(void)
{
    if (!dump_data("pyplc/2023-05-24_pyPlc_with_Ioniq93prcSoc.pcapng", "--json")) {
        return;
    }
    CHECK(strstr(out, "\"from\":\"charger\",\"message\":\"SessionSetupRes\",\"response\":"
                      "\"OK_NEW_SESSION\",\"phase\":\"DISCOVERY\"") != NULL);
    CHECK(strstr(out, "\"EVRESSSOC\":93") != NULL);
}

static void what_is_no_capture_is_refused_in_one_sentence(void)
{
    CHECK_EQ(dump("/dev/null"), 1);
    CHECK(strstr(out, "cannot be read") != NULL);
    CHECK_EQ(dump("/nowhere"), 1);
    CHECK_EQ(dump(""), 2);
}

CHECK_MAIN(TEST(a_real_din_session_is_read_without_a_fault), TEST(sequence_errors_are_shown),
           TEST(renegotiation_pause_and_tariffs_are_read), TEST(json_has_the_whole_message),
           TEST(what_is_no_capture_is_refused_in_one_sentence))
