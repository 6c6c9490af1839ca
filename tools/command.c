/* SPDX-License-Identifier: MIT
 * Walks the tree of subcommands and prints what it says.
 */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/json_writer.h"

enum { PATH_CAP = 128, SENTENCE_CAP = 512, COLUMN = 26 };

static const struct command_option common_options[] = {
    {"--state", "DIR", "the site's state directory (default: var)", false},
    {"--json", NULL, "print JSON for machines", false},
    {"--help", NULL, "print this text", false},
    {NULL, NULL, NULL, false},
};
static const struct command_option no_options[] = {{NULL, NULL, NULL, false}};
static const char *const no_arguments[] = {NULL};

/* Where in the tree we are. */
struct walk {
    struct invocation invocation;
    char path[PATH_CAP]; /* "wattward device add" */
    bool help;
};

/* ---- usage ---- */

static const struct command_option *options_of(const struct command *c)
{
    return c->options == NULL ? no_options : c->options;
}

static const char *const *arguments_of(const struct command *c)
{
    return c->arguments == NULL ? no_arguments : c->arguments;
}

static void print_option(FILE *out, const struct command_option *o)
{
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", o->name, o->value == NULL ? "" : " ",
             o->value == NULL ? "" : o->value);
    fprintf(out, "  %-*s%s\n", COLUMN, left, o->summary);
}

static void print_synopsis(FILE *out, const struct command *c, const char *path)
{
    fprintf(out, "Usage: %s", path);
    if (c->children != NULL) {
        fprintf(out, " COMMAND");
    }
    for (const char *const *a = arguments_of(c); *a != NULL; a++) {
        fprintf(out, " %s", *a);
    }
    for (const struct command_option *o = options_of(c); o->name != NULL; o++) {
        fprintf(out, o->required ? " %s%s%s" : " [%s%s%s]", o->name, o->value == NULL ? "" : " ",
                o->value == NULL ? "" : o->value);
    }
    fprintf(out, " [OPTION...]\n");
}

static void print_help(FILE *out, const struct command *c, const char *path)
{
    print_synopsis(out, c, path);
    fprintf(out, "\n%s\n", c->summary);
    if (c->details != NULL) {
        fprintf(out, "\n%s", c->details);
    }
    if (c->children != NULL) {
        fprintf(out, "\nCommands:\n");
        for (const struct command *child = c->children; child->name != NULL; child++) {
            fprintf(out, "  %-*s%s\n", COLUMN, child->name, child->summary);
        }
    }
    fprintf(out, "\nOptions:\n");
    for (const struct command_option *o = options_of(c); o->name != NULL; o++) {
        print_option(out, o);
    }
    for (const struct command_option *o = common_options; o->name != NULL; o++) {
        print_option(out, o);
    }
    if (c->children != NULL) {
        fprintf(out, "\n`%s COMMAND --help` tells more.\n", path);
    }
}

/* ---- complaints ---- */

__attribute__((format(printf, 2, 0))) static void complain(bool json, const char *format,
                                                           va_list list)
{
    char sentence[SENTENCE_CAP];
    vsnprintf(sentence, sizeof sentence, format, list);
    fprintf(stderr, "wattward: %s\n", sentence);
    if (json) {
        char text[2 * SENTENCE_CAP];
        struct wbuf w = wbuf_of(text, sizeof text);
        struct json_writer j;
        json_writer_init(&j, &w);
        json_begin_object(&j);
        json_field_bool(&j, "ok", false);
        json_field_string(&j, "error", sentence);
        json_end(&j);
        printf("%.*s\n", (int)wbuf_len(&w), text);
    }
}

int command_fail(const struct invocation *i, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    complain(i->json, format, list);
    va_end(list);
    return COMMAND_FAILED;
}

__attribute__((format(printf, 2, 3))) static int misuse(const struct walk *w, const char *format,
                                                        ...)
{
    va_list list;
    va_start(list, format);
    complain(w->invocation.json, format, list);
    va_end(list);
    fprintf(stderr, "`%s --help` tells more.\n", w->path);
    return COMMAND_USAGE;
}

/* ---- reading a command line ---- */

/* The index of `text` in a list, with "--name=value" as good as "--name"; -1 when it is not there.
 */
static int find_option(const struct command_option *list, const char *text, const char **value)
{
    *value = NULL;
    for (int n = 0; list[n].name != NULL; n++) {
        const size_t len = strlen(list[n].name);
        if (strncmp(text, list[n].name, len) != 0) {
            continue;
        }
        if (text[len] == '\0') {
            return n;
        }
        if (text[len] == '=') {
            *value = text + len + 1;
            return n;
        }
    }
    return -1;
}

/* COMMAND_DONE, or COMMAND_USAGE after a complaint. Takes the next argument where it is needed. */
static int take_value(const struct walk *w, const struct command_option *o, char ***rest,
                      const char **value)
{
    if (o->value == NULL) {
        if (*value != NULL) {
            return misuse(w, "%s takes no value", o->name);
        }
        *value = "";
        return COMMAND_DONE;
    }
    if (*value == NULL) {
        if ((*rest)[1] == NULL) {
            return misuse(w, "%s needs a value: %s %s", o->name, o->name, o->value);
        }
        *rest += 1;
        *value = **rest;
    }
    return COMMAND_DONE;
}

static int take_common(struct walk *w, int n, char ***rest, const char *value)
{
    const int status = take_value(w, &common_options[n], rest, &value);
    if (status != COMMAND_DONE) {
        return status;
    }
    if (n == 0) {
        w->invocation.state_dir = value;
    } else if (n == 1) {
        w->invocation.json = true;
    } else {
        w->help = true;
    }
    return COMMAND_DONE;
}

static int take_option(struct walk *w, const struct command *c, char ***rest)
{
    const char *value = NULL;
    int n = find_option(common_options, **rest, &value);
    if (n >= 0) {
        return take_common(w, n, rest, value);
    }
    n = find_option(options_of(c), **rest, &value);
    if (n < 0) {
        return misuse(w, "there is no option %s", **rest);
    }
    ASSERT(n < COMMAND_OPTIONS_MAX);
    const int status = take_value(w, &options_of(c)[n], rest, &value);
    if (status == COMMAND_DONE) {
        w->invocation.options[n] = value;
    }
    return status;
}

static const struct command *find_child(const struct command *c, const char *name)
{
    for (const struct command *child = c->children; child->name != NULL; child++) {
        if (strcmp(child->name, name) == 0) {
            return child;
        }
    }
    return NULL;
}

/* One word of the command line: an option, the name of a child, or an argument. */
static int take_word(struct walk *w, const struct command **c, char ***rest)
{
    const char *word = **rest;
    if (word[0] == '-' && word[1] != '\0') {
        return take_option(w, *c, rest);
    }
    if ((*c)->children != NULL) {
        const struct command *child = find_child(*c, word);
        if (child == NULL) {
            return misuse(w, "there is no command '%s'", word);
        }
        *c = child;
        strncat(w->path, " ", sizeof w->path - strlen(w->path) - 1);
        strncat(w->path, word, sizeof w->path - strlen(w->path) - 1);
        return COMMAND_DONE;
    }
    if (w->invocation.n_arguments == COMMAND_ARGUMENTS_MAX) {
        return misuse(w, "there are too many arguments");
    }
    w->invocation.arguments[w->invocation.n_arguments++] = word;
    return COMMAND_DONE;
}

static int check_arguments(const struct walk *w, const struct command *c)
{
    size_t n = 0;
    bool more = false;
    for (const char *const *a = arguments_of(c); *a != NULL; a++, n++) {
        more = strstr(*a, "...") != NULL;
        if (n >= w->invocation.n_arguments) {
            return misuse(w, "%s is missing", *a);
        }
    }
    if (w->invocation.n_arguments > n && !more) {
        return misuse(w, "'%s' is one argument too many", w->invocation.arguments[n]);
    }
    for (int o = 0; options_of(c)[o].name != NULL; o++) {
        if (options_of(c)[o].required && w->invocation.options[o] == NULL) {
            return misuse(w, "%s %s is missing", options_of(c)[o].name, options_of(c)[o].value);
        }
    }
    return COMMAND_DONE;
}

const char *invocation_option(const struct invocation *i, const char *name)
{
    const char *unused = NULL;
    const int n = find_option(options_of(i->command), name, &unused);
    ASSERT(n >= 0); /* a leaf asks for its own options only */
    return i->options[n];
}

int command_run(const struct command *root, int argc, char **argv)
{
    struct walk w = {.invocation = {.state_dir = "var"}};
    const struct command *c = root;
    snprintf(w.path, sizeof w.path, "%s", root->name);
    ASSERT(argv[argc] == NULL);
    for (char **rest = argv + (argc > 0 ? 1 : 0); *rest != NULL; rest++) {
        const int status = take_word(&w, &c, &rest);
        if (status != COMMAND_DONE) {
            return status;
        }
    }
    if (w.help) {
        print_help(stdout, c, w.path);
        return COMMAND_DONE;
    }
    if (c->children != NULL) {
        print_help(stderr, c, w.path);
        return COMMAND_USAGE;
    }
    const int status = check_arguments(&w, c);
    if (status != COMMAND_DONE) {
        return status;
    }
    w.invocation.command = c;
    return c->run(&w.invocation);
}
