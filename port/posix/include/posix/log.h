/* SPDX-License-Identifier: MIT
 * Levelled log lines of a daemon on stderr: "2026-06-21T10:00:00.000Z info gateway: stored n=17".
 * One line each, key=value after the first words, never a secret.
 */
#ifndef POSIX_LOG_H
#define POSIX_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* `tag` names the program and must outlive it. */
void log_open(const char *tag, enum log_level level);
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
