/* SPDX-License-Identifier: MIT
 * The operator's command against a gateway that is one answer long.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { TEXT_CAP = 1 << 16 };

/* ---- a gateway that answers one question ---- */

static struct {
    char dir[64];
    char question[TEXT_CAP];
    char out[TEXT_CAP];
    char err[TEXT_CAP];
    int status;
} run;

static void path_in(const char *name, char *out, size_t cap)
{
    snprintf(out, cap, "%s/%s", run.dir, name);
}

static void slurp(const char *name, char *text)
{
    char path[128];
    path_in(name, path, sizeof path);
    FILE *file = fopen(path, "r");
    text[0] = '\0';
    if (file != NULL) {
        text[fread(text, 1, TEXT_CAP - 1, file)] = '\0';
        fclose(file);
    }
}

static void dir_open(void)
{
    char path[128];
    snprintf(run.dir, sizeof run.dir, "/tmp/wattward-tool-XXXXXX");
    if (mkdtemp(run.dir) == NULL) {
        exit(1);
    }
    path_in("gateway", path, sizeof path);
    mkdir(path, 0700);
}

static void dir_close(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", run.dir);
    CHECK_EQ(system(command), 0);
}

static int listen_here(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    path_in("gateway/control.sock", address.sun_path, sizeof address.sun_path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 1) != 0) {
        exit(1);
    }
    return fd;
}

/* In a child: takes a line, keeps it for the test, answers in two pieces. NULL: hangs up. */
static void serve(int listener, const char *answer)
{
    char path[128];
    char line[4096];
    const int fd = accept(listener, NULL, NULL);
    ssize_t n = 0;
    while (n < (ssize_t)sizeof line && (n == 0 || line[n - 1] != '\n')) {
        const ssize_t got = read(fd, line + n, sizeof line - (size_t)n);
        if (got <= 0) {
            _exit(1);
        }
        n += got;
    }
    path_in("question", path, sizeof path);
    FILE *file = fopen(path, "w");
    if (file == NULL || fwrite(line, 1, (size_t)n, file) != (size_t)n) {
        _exit(1);
    }
    fclose(file);
    if (answer != NULL) {
        const size_t half = strlen(answer) / 2;
        if (write(fd, answer, half) < 0 || write(fd, answer + half, strlen(answer) - half) < 0 ||
            write(fd, "\n", 1) != 1) {
            _exit(1);
        }
    }
    _exit(0);
}

static void call(const char *arguments)
{
    char command[512];
    snprintf(command, sizeof command, "'%s' --state '%s' %s >'%s/out' 2>'%s/err'", WATTWARD_PROGRAM,
             run.dir, arguments, run.dir, run.dir);
    const int status = system(command);
    run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    slurp("out", run.out);
    slurp("err", run.err);
    slurp("question", run.question);
}

/* Runs the command with a gateway that gives this answer. */
static void ask(const char *arguments, const char *answer)
{
    dir_open();
    const int listener = listen_here();
    const pid_t server = fork();
    if (server == 0) {
        serve(listener, answer);
    }
    close(listener);
    call(arguments);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    dir_close();
}

/* Runs it where no gateway is. */
static void call_alone(const char *arguments)
{
    dir_open();
    call(arguments);
    dir_close();
}

static bool out_has(const char *text)
{
    return strstr(run.out, text) != NULL;
}

static bool err_has(const char *text)
{
    return strstr(run.err, text) != NULL;
}

/* ---- the tests ---- */

static const char claim[] =
    "{\"ok\":true,\"token\":\"008J-4CT4-ANK7-F24S-NAXW-SQFE-ZZQ4\","
    "\"ca\":\"/s/ca.pem\",\"ledger_key\":\"a+b+c\",\"expires_unix_ms\":1800000000000}";

static void adding_a_device_prints_its_token_and_the_ca(void)
{
    ask("device add barn --peak-power 4000", claim);
    CHECK_EQ(run.status, 0);
    CHECK_STR(run.question, "{\"do\":\"device.add\",\"id\":\"barn\",\"peak_power_w\":4000}\n");
    CHECK(out_has("\n  device_id   barn\n"
                  "  claim_token 008J-4CT4-ANK7-F24S-NAXW-SQFE-ZZQ4\n"
                  "  ca_file     /s/ca.pem\n"
                  "  ledger_key  a+b+c\n"));
    CHECK(out_has("2027-01-15 08:00:00 UTC"));
    CHECK_STR(run.err, "");
}

static void watts_may_be_kilowatts_and_options_may_come_anywhere(void)
{
    ask("device --json add --peak-power=4.5k barn", claim);
    CHECK_EQ(run.status, 0);
    CHECK_STR(run.question, "{\"do\":\"device.add\",\"id\":\"barn\",\"peak_power_w\":4500}\n");
    CHECK(strncmp(run.out, claim, strlen(claim)) == 0 &&
          strcmp(run.out + strlen(claim), "\n") == 0);
}

static void watts_that_are_none_are_refused_before_anybody_is_asked(void)
{
    static const char *const bad[] = {"x", "0", "4W", "4kk", "1e3", "nan", "inf", ".", "99999999k"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char arguments[128];
        snprintf(arguments, sizeof arguments, "device add barn --peak-power=%s", bad[i]);
        call_alone(arguments);
        CHECK_EQ(run.status, 1);
        CHECK_STR(run.err,
                  "wattward: --peak-power is a number of watts, for example 4000 or 4.5k\n");
    }
}

static void a_place_and_a_roof_go_with_a_new_device(void)
{
    ask("device add barn --peak-power 4000 --place -33.5,151.25", claim);
    CHECK_EQ(run.status, 0);
    CHECK_STR(run.question, "{\"do\":\"device.add\",\"id\":\"barn\",\"peak_power_w\":4000,"
                            "\"latitude_udeg\":-33500000,\"longitude_udeg\":151250000}\n");
    ask("device add barn --peak-power 4000 --place 44.5,11.3 --tilt 20 --azimuth 182.5", claim);
    CHECK_EQ(run.status, 0);
    CHECK_STR(run.question, "{\"do\":\"device.add\",\"id\":\"barn\",\"peak_power_w\":4000,"
                            "\"latitude_udeg\":44500000,\"longitude_udeg\":11300000,"
                            "\"tilt_mdeg\":20000,\"azimuth_mdeg\":182500}\n");
    call_alone("device add barn --peak-power 1 --place 44.5");
    CHECK_EQ(run.status, 1);
    CHECK_STR(run.err, "wattward: --place is a latitude and a longitude, as in 44.5,11.3\n");
    call_alone("device add barn --peak-power 1 --place 44.5,11.3 --tilt 20");
    CHECK_EQ(run.status, 1);
    CHECK_STR(run.err, "wattward: --tilt and --azimuth go together, and with --place\n");
    call_alone("device add barn --peak-power 1 --place 44.5,11.3 --tilt 20 --azimuth south");
    CHECK_EQ(run.status, 1);
    CHECK_STR(run.err, "wattward: --tilt and --azimuth are degrees, as in 20 and 180\n");
}

static void names_that_are_none_are_refused_before_anybody_is_asked(void)
{
    call_alone("device remove a/b");
    CHECK_EQ(run.status, 1);
    CHECK(err_has("a device's name is 1 to 64 letters"));
}

static void a_token_and_a_removal_name_their_device(void)
{
    ask("device token barn", claim);
    CHECK_STR(run.question, "{\"do\":\"device.token\",\"id\":\"barn\"}\n");
    CHECK(out_has("008J-4CT4"));
    ask("device remove barn", "{\"ok\":true}");
    CHECK_STR(run.question, "{\"do\":\"device.remove\",\"id\":\"barn\"}\n");
    CHECK_EQ(run.status, 0);
}

static void the_list_is_a_table_with_aligned_columns(void)
{
    ask("device list",
        "{\"ok\":true,\"devices\":["
        "{\"id\":\"barn\",\"peak_power_w\":4000,\"state\":\"active\",\"online\":true,"
        "\"last_unix_ms\":1800000000000,\"received_unix_ms\":1800000000100,"
        "\"production_mw\":1234567,\"consumption_mw\":null,\"produced_mwh\":98765432,"
        "\"consumed_mwh\":0,\"stored\":17,\"refused\":0},"
        "{\"id\":\"a-much-longer-name\",\"peak_power_w\":12500,\"state\":\"waiting\","
        "\"online\":false,\"last_unix_ms\":null,\"stored\":0,\"refused\":0}]}");
    CHECK_EQ(run.status, 0);
    CHECK_STR(run.question, "{\"do\":\"device.list\"}\n");
    CHECK_STR(run.out,
              "DEVICE              STATE    ONLINE  PEAK kW  PRODUCES kW  CONSUMES kW  PRODUCED kWh"
              "  LAST READING (UTC)   STORED  REFUSED\n"
              "barn                active   yes       4.000        1.234            -        98.765"
              "  2027-01-15 08:00:00      17        0\n"
              "a-much-longer-name  waiting  no       12.500            -            -             -"
              "  -                         0        0\n");
}

static void an_empty_list_says_what_to_do(void)
{
    ask("device list", "{\"ok\":true,\"devices\":[]}");
    CHECK_EQ(run.status, 0);
    CHECK(out_has("wattward device add NAME --peak-power WATTS"));
}

static void a_long_list_is_read_whole(void)
{
    enum { N = 3000 };
    static char answer[N * 40 + 100] = "{\"ok\":true,\"devices\":[";
    for (int i = 0; i < N; i++) {
        char one[40];
        snprintf(one, sizeof one, "%s{\"id\":\"meter-%04d\"}", i > 0 ? "," : "", i);
        strcat(answer, one);
    }
    strcat(answer, "]}");
    ask("device list --json", answer);
    CHECK_EQ(run.status, 0);
    CHECK(out_has("\"meter-0000\""));
    CHECK_EQ(strlen(run.out) > 50000, 1);
}

static void a_new_password_is_all_that_is_printed(void)
{
    ask("operator password", "{\"ok\":true,\"password\":\"correct horse\"}");
    CHECK_EQ(run.status, 0);
    CHECK_STR(run.out, "correct horse\n");
}

#define SITE                                                                                       \
    "\"uptime_s\":93784,\"broker_starts\":1,\"name\":\"Barn Street\",\"now_ms\":1800000000000,"    \
    "\"rate\":60,\"flows\":{\"production_mw\":12345678,\"consumption_mw\":2000000,"                \
    "\"grid_import_mw\":0,\"grid_export_mw\":10345678},"                                           \
    "\"devices\":{\"known\":17,\"enrolled\":16,\"online\":15,\"banned\":1},"                       \
    "\"readings\":{\"stored\":1000,\"refused\":{\"malformed\":2,\"replay\":0,\"signature\":3},"    \
    "\"per_minute\":204}}"

static void the_status_fits_on_a_screen(void)
{
    ask("status", "{\"ok\":true,\"healthy\":true,\"trouble\":null," SITE);
    CHECK_EQ(run.status, 0);
    CHECK_STR(run.out,
              "site          Barn Street\n"
              "time          2027-01-15 08:00:00 UTC (runs 60 times as fast as real time)\n"
              "health        good, up for 1 d 2 h 3 min\n"
              "devices       17 known, 16 enrolled, 15 online, 1 banned\n"
              "readings      1000 stored, 204 a minute\n"
              "refused       malformed 2, signature 3\n"
              "production          12.345 kW\n"
              "consumption          2.000 kW\n"
              "grid import          0.000 kW\n"
              "grid export         10.345 kW\n");
}

static void a_site_in_trouble_says_so_and_exits_with_1(void)
{
    ask("status", "{\"ok\":true,\"healthy\":false,\"trouble\":\"the broker is down\"," SITE);
    CHECK_EQ(run.status, 1);
    CHECK(out_has("health        the broker is down\n"));
    ask("status --json", "{\"ok\":true,\"healthy\":false,\"trouble\":\"the broker is down\"," SITE);
    CHECK_EQ(run.status, 1);
}

static void no_gateway_is_one_sentence_that_says_what_to_do(void)
{
    call_alone("device list");
    CHECK_EQ(run.status, 1);
    CHECK_STR(run.out, "");
    CHECK(err_has("wattward: no gateway is running on '"));
    CHECK(err_has("--state DIR\n"));
    CHECK(strchr(run.err, '\n') == run.err + strlen(run.err) - 1);
}

static void a_socket_that_nobody_serves_is_no_gateway_either(void)
{
    dir_open();
    close(listen_here());
    call("status");
    CHECK_EQ(run.status, 1);
    CHECK(err_has("no gateway is running on '"));
    dir_close();
}

static void a_refusal_is_the_gateways_own_sentence(void)
{
    ask("device add barn --peak-power 1", "{\"ok\":false,\"error\":\"there is a device barn\"}");
    CHECK_EQ(run.status, 1);
    CHECK_STR(run.err, "wattward: there is a device barn\n");
    CHECK_STR(run.out, "");
    ask("device add barn --peak-power 1 --json",
        "{\"ok\":false,\"error\":\"there is a device barn\"}");
    CHECK_EQ(run.status, 1);
    CHECK_STR(run.out, "{\"ok\":false,\"error\":\"there is a device barn\"}\n");
}

static void an_answer_that_is_none_is_said_to_be(void)
{
    ask("status", "hello");
    CHECK_EQ(run.status, 1);
    CHECK(err_has("cannot be understood"));
    ask("status", NULL);
    CHECK_EQ(run.status, 1);
    CHECK(err_has("closed the connection without an answer"));
}

static void help_is_there_at_every_level(void)
{
    static const char *const levels[][2] = {
        {"--help", "Usage: wattward COMMAND [OPTION...]\n"},
        {"device --help", "Usage: wattward device COMMAND [OPTION...]\n"},
        {"device add --help",
         "Usage: wattward device add NAME --peak-power WATTS [--place LAT,LON] "},
        {"--help device list", "Usage: wattward device list [OPTION...]\n"},
        {"operator --help", "Usage: wattward operator COMMAND [OPTION...]\n"},
        {"operator password --help", "Usage: wattward operator password [OPTION...]\n"},
        {"status --help", "Usage: wattward status [OPTION...]\n"},
    };
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        call_alone(levels[i][0]);
        CHECK_EQ(run.status, 0);
        CHECK_STR(run.err, "");
        CHECK(strncmp(run.out, levels[i][1], strlen(levels[i][1])) == 0);
        CHECK(out_has("--state DIR"));
    }
    CHECK(!out_has("COMMAND"));
}

static void misuse_exits_with_2_and_names_the_help(void)
{
    static const char *const bad[][2] = {
        {"", "Usage: wattward COMMAND"},
        {"device", "Usage: wattward device COMMAND"},
        {"frobnicate", "wattward: there is no command 'frobnicate'\n`wattward --help`"},
        {"device frob", "there is no command 'frob'\n`wattward device --help`"},
        {"device add", "NAME is missing"},
        {"device add barn", "--peak-power WATTS is missing"},
        {"device add barn roof --peak-power 1", "'roof' is one argument too many"},
        {"device add barn --peak-power", "--peak-power needs a value"},
        {"device list --frob", "there is no option --frob"},
        {"device list --json=1", "--json takes no value"},
        {"device list --state", "--state needs a value"},
        {"device remove 1 2 3 4 5 6 7 8 9", "there are too many arguments"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        call_alone(bad[i][0]);
        CHECK_EQ(run.status, 2);
        CHECK_STR(run.out, "");
        CHECK(err_has(bad[i][1]));
        CHECK(err_has("--help` tells more"));
    }
}

CHECK_MAIN(TEST(adding_a_device_prints_its_token_and_the_ca),
           TEST(watts_may_be_kilowatts_and_options_may_come_anywhere),
           TEST(watts_that_are_none_are_refused_before_anybody_is_asked),
           TEST(a_place_and_a_roof_go_with_a_new_device),
           TEST(names_that_are_none_are_refused_before_anybody_is_asked),
           TEST(a_token_and_a_removal_name_their_device),
           TEST(the_list_is_a_table_with_aligned_columns), TEST(an_empty_list_says_what_to_do),
           TEST(a_long_list_is_read_whole), TEST(a_new_password_is_all_that_is_printed),
           TEST(the_status_fits_on_a_screen), TEST(a_site_in_trouble_says_so_and_exits_with_1),
           TEST(no_gateway_is_one_sentence_that_says_what_to_do),
           TEST(a_socket_that_nobody_serves_is_no_gateway_either),
           TEST(a_refusal_is_the_gateways_own_sentence), TEST(an_answer_that_is_none_is_said_to_be),
           TEST(help_is_there_at_every_level), TEST(misuse_exits_with_2_and_names_the_help))
