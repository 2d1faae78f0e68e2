/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/inside.h"

enum {
    OPTIONS_KNOWN = 0x1fffff,                        /* not the bits by which packets become larger */
    WELCOME = MILTER_QUARANTINE | MILTER_SET_MACROS, /* actions that a message can be served without */
    OPTIONS_SIZE = 12
};

static bool asks_for_macros(const struct milter_wants *wants)
{
    for (size_t i = 0; i < MILTER_STAGE_N; i++) {
        if (wants->macros[i].n)
            return true;
    }
    return false;
}

/* The least that both know. No bit is answered that was not offered: mail servers end the session over that. */
enum milter_fault milter_negotiate(struct milter *m, str data)
{
    if (data.n < OPTIONS_SIZE)
        return MILTER_FAULT_OPTIONS_TRUNCATED;
    uint32_t version = milter_uint32(data.p);
    uint32_t offered = milter_uint32(data.p + 4);
    uint32_t wanted = m->wants->actions & ~(uint32_t)MILTER_SET_MACROS;
    if (version < MILTER_VERSION_MIN)
        return MILTER_FAULT_VERSION;
    if (wanted & ~offered & ~(uint32_t)WELCOME)
        return MILTER_FAULT_ACTIONS;
    if (asks_for_macros(m->wants))
        wanted |= MILTER_SET_MACROS;
    m->version = version < MILTER_VERSION_MAX ? version : MILTER_VERSION_MAX;
    m->actions = wanted & offered;
    m->options = m->wants->options & milter_uint32(data.p + 8) & OPTIONS_KNOWN;
    return MILTER_FAULT_NONE;
}

/* version actions options (stage names NUL)* */
void milter_write_options(struct out *o, const struct milter *m)
{
    const str *macros = m->wants->macros;
    bool has_macros = m->actions & MILTER_SET_MACROS;
    size_t n = OPTIONS_SIZE;
    for (size_t i = 0; has_macros && i < MILTER_STAGE_N; i++)
        n += macros[i].n ? 4 + macros[i].n + 1 : 0;
    milter_put_head(o, 'O', n);
    milter_put_uint32(o, m->version);
    milter_put_uint32(o, m->actions);
    milter_put_uint32(o, m->options);
    for (uint32_t i = 0; has_macros && i < MILTER_STAGE_N; i++) {
        if (macros[i].n == 0)
            continue;
        milter_put_uint32(o, i);
        milter_put_string(o, macros[i]);
    }
}
