/* SPDX-License-Identifier: MIT
 * A plugin of Mosquitto (interface 5) that keeps banned and removed devices out.
 *
 * The gateway writes the list of names to a file, at once replaced; the plugin looks for a new one
 * ten times a second, ends the sessions of those on it and lets them neither publish nor subscribe.
 * It never says yes: what it does not refuse, the broker's own access list judges. A list that is
 * missing or damaged changes nothing: who was banned stays banned. Without a first list the broker
 * does not start. Why a file and why so often: docs/design/006-bans.md.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "base/assert.h"
#include "plugin/ban_list.h"

enum { LOOK_PERIOD_MS = 100, LIST_MAX_LEN = 16 * 1024 * 1024 };

struct bans {
    mosquitto_plugin_id_t *id;
    char *path;
    struct ban_list list;
    struct stat seen; /* of the list that was read last, good or not */
    int64_t looked_ms;
};

/* What ASSERT calls. */
_Noreturn void panic(const char *file, int line)
{
    mosquitto_log_printf(MOSQ_LOG_ERR, "wattward_bans: %s:%d does not hold", file, line);
    abort();
}

static int64_t mono_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static char *read_all(int fd, size_t len)
{
    char *text = malloc(len + 1);
    size_t got = 0;
    while (text && got < len) {
        const ssize_t n = read(fd, text + got, len - got);
        if (n <= 0) {
            free(text);
            return NULL;
        }
        got += (size_t)n;
    }
    return text;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int take_file(struct bans *b, int fd)
{
    char *text = b->seen.st_size <= LIST_MAX_LEN ? read_all(fd, (size_t)b->seen.st_size) : NULL;
    if (!text || ban_list_parse(&b->list, text, (size_t)b->seen.st_size) != E_OK) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "the list of bans is damaged; the last one holds");
        return E_CORRUPT;
    }
    return E_OK;
}

/* Reads the list if it is another one than before. */
static int look(struct bans *b)
{
    struct stat now;
    if (stat(b->path, &now) != 0) {
        return E_NOTFOUND;
    }
    if (same_file(&now, &b->seen)) {
        return E_OK;
    }
    const int fd = open(b->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &b->seen) != 0) {
        (void)close(fd);
        return E_NOTFOUND;
    }
    const int result = take_file(b, fd);
    (void)close(fd);
    return result;
}

/* A client's id is its certificate's name, so nobody else is hit. Called often: who was let in
 * after a list was read is found too. */
static void put_out(const struct bans *b)
{
    for (size_t i = 0; i < ban_list_count(&b->list); i++) {
        (void)mosquitto_kick_client_by_clientid(ban_list_at(&b->list, i), false);
    }
}

static int on_tick(int event, void *event_data, void *context)
{
    struct bans *b = context;
    const int64_t now_ms = mono_ms();
    (void)event;
    (void)event_data;
    if (now_ms - b->looked_ms >= LOOK_PERIOD_MS) {
        b->looked_ms = now_ms;
        (void)look(b);
        put_out(b);
    }
    return MOSQ_ERR_SUCCESS;
}

static bool is_banned(const struct bans *b, const struct mosquitto *client)
{
    const char *name = client ? mosquitto_client_username(client) : NULL;
    return name && ban_list_has(&b->list, name);
}

static int on_acl(int event, void *event_data, void *context)
{
    const struct mosquitto_evt_acl_check *check = event_data;
    (void)event;
    return is_banned(context, check->client) ? MOSQ_ERR_ACL_DENIED : MOSQ_ERR_PLUGIN_DEFER;
}

/* Names that come from certificates are not asked about here; others are. */
static int on_auth(int event, void *event_data, void *context)
{
    const struct mosquitto_evt_basic_auth *auth = event_data;
    const struct bans *b = context;
    (void)event;
    return auth->username && ban_list_has(&b->list, auth->username) ? MOSQ_ERR_AUTH
                                                                    : MOSQ_ERR_PLUGIN_DEFER;
}

/* ---- what the broker calls ---- */

mosq_plugin_EXPORT int mosquitto_plugin_version(int supported_version_count,
                                                const int *supported_versions)
{
    for (int i = 0; i < supported_version_count; i++) {
        if (supported_versions[i] == MOSQ_PLUGIN_VERSION) {
            return MOSQ_PLUGIN_VERSION;
        }
    }
    return -1;
}

static char *option_of(const struct mosquitto_opt *options, int n, const char *key)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(options[i].key, key) == 0) {
            return options[i].value;
        }
    }
    return NULL;
}

static void let_go(struct bans *b)
{
    ban_list_free(&b->list);
    free(b->path);
    free(b);
}

mosq_plugin_EXPORT int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **userdata,
                                             struct mosquitto_opt *options, int option_count)
{
    const char *path = option_of(options, option_count, "list");
    struct bans *b = calloc(1, sizeof *b);
    if (!b || !path) {
        free(b);
        return MOSQ_ERR_INVAL;
    }
    b->id = identifier;
    b->path = strdup(path);
    if (!b->path || look(b) != E_OK) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "there is no list of bans at %s", path);
        let_go(b);
        return MOSQ_ERR_INVAL;
    }
    *userdata = b;
    if (mosquitto_callback_register(identifier, MOSQ_EVT_TICK, on_tick, NULL, b) !=
            MOSQ_ERR_SUCCESS ||
        mosquitto_callback_register(identifier, MOSQ_EVT_ACL_CHECK, on_acl, NULL, b) !=
            MOSQ_ERR_SUCCESS) {
        return MOSQ_ERR_UNKNOWN;
    }
    return mosquitto_callback_register(identifier, MOSQ_EVT_BASIC_AUTH, on_auth, NULL, b);
}

mosq_plugin_EXPORT int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options,
                                                int option_count)
{
    struct bans *b = userdata;
    (void)options;
    (void)option_count;
    (void)mosquitto_callback_unregister(b->id, MOSQ_EVT_TICK, on_tick, NULL);
    (void)mosquitto_callback_unregister(b->id, MOSQ_EVT_ACL_CHECK, on_acl, NULL);
    (void)mosquitto_callback_unregister(b->id, MOSQ_EVT_BASIC_AUTH, on_auth, NULL);
    let_go(b);
    return MOSQ_ERR_SUCCESS;
}
