/* SPDX-License-Identifier: MIT
 * wattward v2g dump: real sessions read, and files that are none refused.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "data.h"

enum { TEXT_CAP = 1 << 23 };

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

/* ---- TLS ---- */

#define CONTRACT     "dsv2gshark/ISO-2_DC_PnC_TLS_Contract_DS5366_RiseV2G"
#define INSTALLATION "dsv2gshark/ISO-2_DC_PnC_TLS_CertInstallation_DS5366_RiseV2G"
#define RECEIPT      "dsv2gshark/ISO-2_AC_PnC_TLS_Contract_MeteringReceipt_DS5366_RiseV2G"
#define TLS_13       "dsv2gshark/ISO-20_TLS13_DC_DS5366_Josev"

/* With the key log of `log_name`; false (skipped) without the data. */
static bool dump_tls(const char *name, const char *log_name, const char *options)
{
    char path[256];
    char text[320];
    snprintf(path, sizeof path, "v2g/pcap/%s.keylog", log_name);
    FILE *log = data_open(path);
    if (log == NULL) {
        return false;
    }
    snprintf(path, sizeof path, "%s.pcapng", name);
    snprintf(text, sizeof text, "--keylog /proc/%d/fd/%d %s", getpid(), fileno(log), options);
    const bool dumped = dump_data(path, text);
    fclose(log);
    return dumped;
}

static void real_sessions_over_tls_are_opened_with_their_key_log(void)
{
    static const struct {
        const char *name, *messages, *session, *said;
    } rows[] = {
        {CONTRACT, "190 messages", "TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, opened",
         "PaymentDetailsRes  OK"},
        {INSTALLATION, "194 messages", "TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, opened",
         "CertificateInstallationRes"},
        {RECEIPT, "62 messages", "TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, opened",
         "MeteringReceiptRes"},
        {TLS_13, "112 messages", "TLS 1.3, TLS_AES_256_GCM_SHA384, opened", "DC_ChargeLoopRes"}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (dump_tls(rows[i].name, rows[i].name, "")) {
            CHECK(strstr(out, rows[i].messages) != NULL);
            CHECK(strstr(out, " 0 unreadable, 0 violations\n") != NULL);
            CHECK(strstr(out, rows[i].session) != NULL);
            CHECK(strstr(out, rows[i].said) != NULL);
            CHECK(strstr(out, "alert: close notify") != NULL);
        }
    }
}

/* The vectors were taken from the same captures by another decryption. */
static void what_was_inside_is_what_others_found_there(void)
{
    static const char *const names[] = {CONTRACT, INSTALLATION, RECEIPT, TLS_13};
    static char line[1 << 16];
    static char wanted[1 << 16];
    unsigned n = 0;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        FILE *vectors = data_open("v2g/exi_vectors.tsv");
        if (vectors == NULL || !dump_tls(names[i], names[i], "--json")) {
            return;
        }
        while (fgets(line, sizeof line, vectors) != NULL) {
            char *fields[8];
            if (data_split(line, '\t', fields, 8) == 8 && strncmp(fields[3], "pcap:", 5) == 0 &&
                strncmp(fields[3] + 5, names[i], strlen(names[i])) == 0 &&
                strchr(fields[0], 'f') == NULL) { /* fragments are no messages */
                snprintf(wanted, sizeof wanted, "\"exi\":\"%s\"", fields[2]);
                if (!CHECK(strstr(out, wanted) != NULL)) {
                    printf("%s: %s\n", names[i], fields[1]);
                }
                n++;
            }
        }
        fclose(vectors);
    }
    CHECK(n >= 100);
}

static void tls_without_its_key_stays_closed_and_says_so(void)
{
    if (!dump_data(CONTRACT ".pcapng", "")) {
        return;
    }
    CHECK(strstr(out, "AES_128_CBC_SHA256, stays closed: there is no key log, see --keylog") !=
          NULL);
    CHECK(strstr(out, "SDP response  port 55119, TLS") != NULL);
    CHECK(strstr(out, "0 messages, 0 unreadable, 0 violations\n") != NULL);
    if (dump_tls(CONTRACT, RECEIPT, "")) {
        CHECK(strstr(out, "stays closed: no key log has this session (client random fb5b2bf7") !=
              NULL);
    }
}

static void a_key_log_that_is_none_is_refused(void)
{
    CHECK_EQ(dump("/dev/null --keylog /nowhere"), 1);
    CHECK(strstr(out, "/nowhere cannot be read: No such file or directory.") != NULL);
    CHECK_EQ(dump("/dev/null --keylog /dev/null"), 1);
    CHECK(strstr(out, "is no key log: it has no line with a TLS secret.") != NULL);
}

/* Writes to a new file and dumps it. */
static void dump_bytes(const char *bytes, size_t len, const char *options)
{
    char path[] = "/tmp/wattward-v2g-XXXXXX";
    char text[600];
    const int fd = mkstemp(path);
    CHECK_EQ(write(fd, bytes, len), len);
    close(fd);
    snprintf(text, sizeof text, "%s %s", path, options);
    CHECK_EQ(dump(text), 0);
    unlink(path);
}

static void a_changed_record_is_left_out_and_the_rest_is_read(void)
{
    static const char head[] = {23, 3, 3};
    size_t len = 0;
    char options[64];
    char *bytes = data_read("v2g/pcap/" CONTRACT ".pcapng", &len);
    FILE *log = data_open("v2g/pcap/" CONTRACT ".keylog");
    if (bytes == NULL || log == NULL) {
        return;
    }
    char *at = bytes + len / 2;
    while (memcmp(at, head, sizeof head) != 0) {
        at++;
    }
    at[40] ^= 1;
    snprintf(options, sizeof options, "--keylog /proc/%d/fd/%d", getpid(), fileno(log));
    dump_bytes(bytes, len, options);
    CHECK(strstr(out, "does not verify: it was changed, or the capture lacks one") != NULL);
    CHECK(strstr(out, "189 messages, 0 unreadable") != NULL);
    CHECK(strstr(out, "TLS records left out: 1\n") != NULL);
    fclose(log);
    free(bytes);
}

static void put_number(char *at, uint32_t number)
{
    memcpy(at, &number, sizeof number); /* pcapng takes either byte order; so does the reader */
}

static void secrets_inside_the_capture_open_it(void)
{
    size_t len = 0, log_len = 0;
    char *bytes = data_read("v2g/pcap/" CONTRACT ".pcapng", &len);
    char *log = data_read("v2g/pcap/" CONTRACT ".keylog", &log_len);
    if (bytes == NULL || log == NULL) {
        return;
    }
    uint32_t section_len;
    memcpy(&section_len, bytes + 4, sizeof section_len);
    const size_t padded = (log_len + 3) / 4 * 4;
    const size_t block_len = 12 + 8 + padded;
    char *carrying = calloc(1, len + block_len);
    char *block = carrying + section_len;
    memcpy(carrying, bytes, section_len);
    put_number(block, 10);
    put_number(block + 4, (uint32_t)block_len);
    put_number(block + 8, 0x544c534b);
    put_number(block + 12, (uint32_t)log_len);
    memcpy(block + 16, log, log_len);
    put_number(block + block_len - 4, (uint32_t)block_len);
    memcpy(block + block_len, bytes + section_len, len - section_len);
    dump_bytes(carrying, len + block_len, "");
    CHECK(strstr(out, "190 messages, 0 unreadable, 0 violations\n") != NULL);
    free(carrying);
    free(bytes);
    free(log);
}

static void what_is_no_capture_is_refused_in_one_sentence(void)
{
    CHECK_EQ(dump("/dev/null"), 1);
    CHECK(strstr(out, "cannot be read") != NULL);
    CHECK_EQ(dump("/nowhere"), 1);
    CHECK_STR(out, "wattward: /nowhere cannot be read: No such file or directory.\n");
    CHECK_EQ(dump(""), 2);
}

CHECK_MAIN(TEST(a_real_din_session_is_read_without_a_fault), TEST(sequence_errors_are_shown),
           TEST(renegotiation_pause_and_tariffs_are_read), TEST(json_has_the_whole_message),
           TEST(real_sessions_over_tls_are_opened_with_their_key_log),
           TEST(what_was_inside_is_what_others_found_there),
           TEST(tls_without_its_key_stays_closed_and_says_so),
           TEST(a_key_log_that_is_none_is_refused),
           TEST(a_changed_record_is_left_out_and_the_rest_is_read),
           TEST(secrets_inside_the_capture_open_it),
           TEST(what_is_no_capture_is_refused_in_one_sentence))
