/* SPDX-License-Identifier: MIT
 * Libraries do not format text. They emit trace records of 16 bytes through one hook; a port
 * prints them, a microcontroller keeps the last ones for its crash report, a test asserts on them.
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stdint.h>

/* `id` is 'library << 8 | event'; the library that emits it documents what a and b mean. */
struct trace_record {
    uint32_t time_ms; /* low 32 bits of the clock the machine was given */
    uint16_t id;
    uint16_t instance; /* which machine of its kind, 0 when there is one */
    uint32_t a;
    uint32_t b;
};

/* A sink lent by the application. `emit` may be NULL: nothing is traced. It must not call back
 * into the machine that traces. */
struct trace_sink {
    void (*emit)(void *context, const struct trace_record *record);
    void *context;
};

/* Emits one record; does nothing when `sink` or its function is NULL. */
static inline void trace(const struct trace_sink *sink, uint64_t now_ms, uint16_t id, uint32_t a,
                         uint32_t b)
{
    if (sink != (void *)0 && sink->emit != (void *)0) {
        const struct trace_record r = {
            .time_ms = (uint32_t)now_ms, .id = id, .instance = 0, .a = a, .b = b};
        sink->emit(sink->context, &r);
    }
}

#endif
