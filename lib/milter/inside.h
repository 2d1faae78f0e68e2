/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this room share. */
#ifndef MILTER_INSIDE_H
#define MILTER_INSIDE_H

#include "milter/milter.h"

/* A packet: four bytes of length, which counts the command byte and the data. */
enum { MILTER_LENGTH = 4, MILTER_VERSION_MIN = 2, MILTER_VERSION_MAX = 6 };
/* The longest packet that every mail server takes from a filter. */
enum { MILTER_DATA_MAX = 65535 };

static inline uint32_t milter_uint32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void milter_put_uint32(struct out *o, uint32_t v)
{
    const uint8_t bytes[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    out_str(o, (str){bytes, sizeof bytes});
}

/* Writes length and command; data_n bytes of data must follow. */
static inline void milter_put_head(struct out *o, uint8_t command, size_t data_n)
{
    milter_put_uint32(o, (uint32_t)(data_n + 1));
    out_byte(o, command);
}

static inline void milter_put_string(struct out *o, str s)
{
    out_str(o, s);
    out_byte(o, 0);
}

/* Takes a string and the NUL behind it. ret false: there is no NUL; nothing is taken */
bool milter_take_string(cur *c, str *s);

/* --- read.c: the data of one packet -> what its event shows. ret NONE: event is filled but for kind and has_reply --- */
typedef enum milter_fault milter_reader(str data, struct milter_event *event);
milter_reader milter_read_nothing, milter_read_macros, milter_read_connect, milter_read_string,
    milter_read_path, milter_read_field, milter_read_bytes;
/* ret  the stage of this command's macros; STAGE_N: it has none */
enum milter_stage milter_stage_of(uint8_t command);

/* --- negotiate.c --- */
/* Settles what both sides take, from the data of an option packet. */
enum milter_fault milter_negotiate(struct milter *m, str data);

#endif
