/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/facts.h"

#include "base/ip.h"

static void write_address(struct out *o, str data, bool is_v6)
{
    struct ip ip = {.is_v6 = is_v6};
    if (data.n != (is_v6 ? 16u : 4u))
        return;
    memcpy(ip.bytes, data.p, data.n);
    ip_write(o, &ip);
}

str fact_answer(struct arena *a, const struct ingam_fact *fact, size_t i)
{
    const struct ingam_rr *rr = &fact->rrs[i];
    struct out o;
    if (fact->type == INGAM_RR_TXT)
        return rr->data;
    out_init(&o, a);
    if (fact->type == INGAM_RR_A || fact->type == INGAM_RR_AAAA) {
        write_address(&o, rr->data, fact->type == INGAM_RR_AAAA);
        return out_done(&o);
    }
    if (fact->type == INGAM_RR_MX) {
        out_uint(&o, rr->preference);
        out_byte(&o, ' ');
    }
    out_str(&o, rr->data.n ? rr->data : S("."));
    return out_done(&o);
}

const char *fact_type(struct arena *a, uint16_t type)
{
    const char *known = ingam_rr_type_name(type);
    struct out o;
    if (known)
        return known;
    out_init(&o, a);
    out_z(&o, "TYPE");
    out_uint(&o, type);
    const char *made = arena_copy_z(a, out_done(&o));
    return made ? made : "?";
}

str fact_sentence(struct arena *a, const struct ingam_warning *w)
{
    struct out o;
    out_init(&o, a);
    for (const char *c = w->sentence; *c; c++) {
        if (c[0] == '{' && (c[1] == '0' || c[1] == '1') && c[2] == '}') {
            out_str(&o, w->text[c[1] - '0']);
            c += 2;
        } else {
            out_byte(&o, (uint8_t)*c);
        }
    }
    return out_done(&o);
}

str fact_unfolded(struct arena *a, const char *before, str body)
{
    struct out o;
    out_init(&o, a);
    out_z(&o, before);
    body = str_trim_fws(body);
    for (size_t i = 0; i < body.n; i++) {
        uint8_t c = body.p[i];
        bool is_fold = c == '\r' || c == '\n' || (c == '\t' && i && body.p[i - 1] == '\n');
        if (!is_fold)
            out_byte(&o, c);
        else if (o.n && o.p[o.n - 1] != ' ' && c == '\n')
            out_byte(&o, ' ');
    }
    return out_done(&o);
}
