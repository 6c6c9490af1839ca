/* SPDX-License-Identifier: MIT
 * The configuration of wattward-device: its schema, the seed's names and defaults, what belongs
 * together.
 */
#include "device_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static int parse(struct device_config *config, const char *text)
{
    struct runtime_config_error error;
    return runtime_config_parse(&device_config_schema, text, strlen(text), config, &error);
}

static void the_schema_holds_together(void)
{
    CHECK_EQ(runtime_config_check(&device_config_schema), E_OK);
}

static void the_seeds_names_have_the_seeds_defaults(void)
{
    struct device_config c;
    CHECK_EQ(parse(&c, "device_id barn\nca_file ca.pem\nsensor_file home.csv\n"), E_OK);
    CHECK_EQ(c.send_interval_ms, 5000);
    CHECK_EQ(c.max_provisioning_retries, 3);
    CHECK_EQ(c.est_port, 8443);
    CHECK_EQ(c.mqtt_port, 8883);
    CHECK_EQ(c.sensor, DEVICE_SENSOR_REPLAY);
    CHECK_EQ(c.pzem_address, 248);
    CHECK_EQ(c.replay_start_ms, 1470038400000);
    CHECK_STR(c.gateway_host, "127.0.0.1");
    CHECK_STR(c.claim_token, "");
}

static void what_must_be_said_is_missed(void)
{
    struct device_config c;
    CHECK_EQ(parse(&c, "ca_file ca.pem\n"), E_NOTFOUND);
    CHECK_EQ(parse(&c, "device_id barn\n"), E_NOTFOUND);
}

static void keys_that_contradict_each_other_are_one_sentence(void)
{
    static const struct {
        const char *text;
        const char *word;
    } cases[] = {
        {"device_id a/b\nca_file x\nsensor_file h\n", "device_id"},
        {"device_id a\nca_file x\n", "sensor_file"},
        {"device_id a\nca_file x\nsensor pzem004t\n", "serial_port"},
        {"device_id a\nca_file x\nsensor_file h\nsend_interval_ms 500\n", "sample_interval_ms"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct device_config c;
        const char *why = NULL;
        CHECK_EQ(parse(&c, cases[i].text), E_OK);
        CHECK_EQ(device_config_check(&c, &why), E_ARG);
        CHECK(why != NULL && strstr(why, cases[i].word) != NULL);
    }
}

static void a_configuration_that_worked_comes_back_with_its_secret(void)
{
    char dir[] = "/tmp/wattward-config-XXXXXX";
    char path[64];
    struct device_config c;
    struct device_config again;
    struct stat facts;
    CHECK(mkdtemp(dir) != NULL);
    CHECK_EQ(parse(&c, "device_id barn\nca_file ca.pem\nsensor_file \"my home.csv\"\n"
                       "claim_token ABCDEF\nsend_interval_ms 2000\n"),
             E_OK);
    memset(&again, 0, sizeof again);
    again.est_port = 1;
    device_config_load_good(&again, dir); /* there is none */
    CHECK_EQ(again.est_port, 1);
    CHECK_EQ(device_config_save_good(&c, dir), E_OK);
    device_config_load_good(&again, dir);
    CHECK_STR(again.claim_token, "ABCDEF");
    CHECK_STR(again.sensor_file, "my home.csv");
    CHECK_EQ(again.send_interval_ms, 2000);
    snprintf(path, sizeof path, "%s/last_good.conf", dir);
    CHECK_EQ(stat(path, &facts), 0);
    CHECK_EQ(facts.st_mode & 0777, 0600);
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(rmdir(dir), 0);
    CHECK_EQ(device_config_save_good(&c, dir), E_IO);
}

CHECK_MAIN(TEST(the_schema_holds_together), TEST(the_seeds_names_have_the_seeds_defaults),
           TEST(what_must_be_said_is_missed),
           TEST(keys_that_contradict_each_other_are_one_sentence),
           TEST(a_configuration_that_worked_comes_back_with_its_secret))
