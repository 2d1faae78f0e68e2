/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole SPF checks in hostile worlds. The lines of the input are the sender, the HELO name and then what the DNS holds; which
 * line answers which question is a hash of the question. Whatever the answers: the evaluation ends within its limits, comes
 * out the same when they come in another order, and nothing it writes holds a byte it may not. */
#include "base/base.h"
#include <ingam/spf.h>

#include <stdint.h>
#include <stdlib.h>

enum { LINES_MAX = 32, OUT_MAX = 64, ORDERS = 3 };

struct world {
    str lines[LINES_MAX];
    size_t n;
    uint32_t seed;
    struct ingam_rr rrs[12];
    uint8_t bytes[12][16];
};

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static uint32_t hash(uint32_t h, str s)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ s.p[i]) * 16777619u;
    return h ^ h >> 15;
}

static str line(const struct world *w, size_t i)
{
    return w->n ? w->lines[i % w->n] : S("");
}

/* The n-th record of an answer. */
static struct ingam_rr record(struct world *w, uint16_t type, uint32_t h, size_t i)
{
    uint8_t *bytes = w->bytes[i];
    memset(bytes, 0, 16);
    bytes[0] = 192;
    bytes[2] = 2;
    bytes[type == INGAM_RR_AAAA ? 15 : 3] = (uint8_t)(h >> i & 3);
    if (type == INGAM_RR_A || type == INGAM_RR_AAAA)
        return (struct ingam_rr){.data = {bytes, type == INGAM_RR_A ? 4 : 16}};
    return (struct ingam_rr){.preference = (uint16_t)h, .data = line(w, h / 7 + i)};
}

static void answer(struct world *w, struct ingam_spf *spf, const struct ingam_question *q)
{
    uint32_t h = hash(w->seed ^ q->type, q->name);
    struct ingam_answer a = {.id = q->id, .ttl = h};
    static const enum ingam_status statuses[8] = {
        INGAM_STATUS_OK, INGAM_STATUS_OK,     INGAM_STATUS_OK,       INGAM_STATUS_OK,
        INGAM_STATUS_OK, INGAM_STATUS_NODATA, INGAM_STATUS_NXDOMAIN, INGAM_STATUS_FAILED};
    a.status = statuses[h >> 8 & 7];
    if (a.status == INGAM_STATUS_OK) {
        a.rr_n = q->type == INGAM_RR_TXT ? 1 : 1 + (h >> 12) % 12;
        for (size_t i = 0; i < a.rr_n; i++)
            w->rrs[i] = record(w, q->type, h, i);
        a.rrs = w->rrs;
    }
    enum ingam_err err = ingam_spf_answer(spf, &a);
    must(err == INGAM_OK || err == INGAM_ERR_ARGUMENT);
    a.status = INGAM_STATUS_FAILED;
    a.rr_n = 0;
    if (err == INGAM_ERR_ARGUMENT)
        must(ingam_spf_answer(spf, &a) == INGAM_OK);
}

static void run(struct world *w, struct ingam_spf *spf, int order)
{
    struct ingam_question out[OUT_MAX], q;
    size_t out_n = 0;
    while (ingam_spf_next(spf, 0, &q) == INGAM_WANT_ANSWER) {
        if (q.id) {
            must(out_n < OUT_MAX && q.name.n > 0 && q.name.n <= 253);
            out[out_n++] = q;
            if (order)
                continue;
        }
        must(out_n > 0);
        size_t i = order == 1 ? out_n - 1 : out_n / 2;
        q = out[i];
        out[i] = out[--out_n];
        answer(w, spf, &q);
    }
}

static void must_be_printable(str s)
{
    for (size_t i = 0; i < s.n; i++)
        must(s.p[i] >= 0x20 && s.p[i] < 0x7f);
}

/* CRLF only where a fold is. */
static void must_be_a_field(str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\r')
            must(i + 2 < s.n && s.p[i + 1] == '\n' && s.p[i + 2] == '\t');
        else if (s.p[i] == '\n')
            must(i > 0 && s.p[i - 1] == '\r');
        else
            must((s.p[i] >= 0x20 && s.p[i] < 0x7f) || s.p[i] == '\t');
    }
}

static void look_at(const struct ingam_spf *spf)
{
    const struct ingam_spf_outcome *out = ingam_spf_outcome(spf);
    const struct ingam_note *notes;
    char text[256];
    must(out && out->lookups <= 10 && out->voids <= 2);
    must(out->fault == INGAM_FAULT_NONE || ingam_fault_row(out->fault)->result == out->result);
    must_be_printable(out->explanation);
    must_be_printable(out->domain);
    must_be_printable(out->mechanism);
    must_be_a_field(ingam_spf_received(spf));
    size_t n = ingam_spf_notes(spf, &notes);
    for (size_t i = 0; i < n; i++) {
        must(notes[i].at <= notes[i].record.n);
        ingam_note_text(&notes[i], text, sizeof text);
    }
}

static bool is_same(const struct ingam_spf_outcome *a, const struct ingam_spf_outcome *b)
{
    return a->result == b->result && a->fault == b->fault && a->lookups == b->lookups &&
           a->voids == b->voids && str_eq(a->mechanism, b->mechanism) &&
           str_eq(a->explanation, b->explanation) && a->uses_local_part == b->uses_local_part;
}

static void split(struct world *w, str text)
{
    w->seed = hash(2166136261u, str_first(text, 16));
    cur c = cur_of(text);
    while (!cur_end(&c) && w->n < LINES_MAX) {
        w->lines[w->n++] = cur_until(&c, '\n');
        cur_byte(&c, '\n');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {.n = 0};
    struct ingam_config config = {.no_trace = false};
    struct ingam_spf *runs[ORDERS];
    split(&w, (str){data, size});
    ingam_limits_default(&config.limits);
    config.limits.arena = 64 << 20;
    struct ingam_envelope env = {.ip = w.seed & 1 ? S("192.0.2.1") : S("c000:200::1"),
                                 .mail_from = line(&w, 0),
                                 .helo = line(&w, 1),
                                 .has_mail_from = true};
    for (int order = 0; order < ORDERS; order++) {
        runs[order] = ingam_spf_new(&config, &env, 0);
        must(runs[order] != NULL);
        run(&w, runs[order], order);
        look_at(runs[order]);
    }
    for (int order = 1; order < ORDERS; order++)
        must(is_same(ingam_spf_outcome(runs[0]), ingam_spf_outcome(runs[order])));
    for (int order = 0; order < ORDERS; order++)
        ingam_spf_free(runs[order]);
    return 0;
}
