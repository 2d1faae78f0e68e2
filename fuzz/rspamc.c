/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests: in whatever pieces they come, the same is read; slices lie in the input; the text is as long as Content-length allows.
 * An answer made of pieces of the input is sound line by line, or refused. */
#include "rspamc/rspamc.h"

#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

struct heard {
    struct out pairs, text;
    size_t event_n;
    enum rspamc_event_kind end;
    enum rspamc_fault fault;
};

static bool lies_in(str s, str whole)
{
    return s.n == 0 || (s.p >= whole.p && s.p + s.n <= whole.p + whole.n);
}

static void hear(struct heard *h, const struct rspamc_event *e, str input)
{
    h->event_n++;
    if (e->kind == RSPAMC_PAIR) {
        must(lies_in(e->name, input) && lies_in(e->value, input) && e->name.n);
        out_str(&h->pairs, e->name);
        out_byte(&h->pairs, 0);
        out_str(&h->pairs, e->value);
        out_byte(&h->pairs, 0);
    } else if (e->kind == RSPAMC_BYTES) {
        must(e->value.n && (lies_in(e->value, input) || str_eq(e->value, S("\r\n"))));
        out_str(&h->text, e->value);
    }
}

/* Feeds it in pieces of `step` bytes that grow; what was not taken stays. */
static void read_all(struct arena *a, str in, size_t step, struct heard *h)
{
    static const struct rspamc_limits limits = {.line = 200, .pairs = 8, .length = 3000};
    struct rspamc r;
    *h = (struct heard){.end = RSPAMC_MORE};
    out_init(&h->pairs, a);
    out_init(&h->text, a);
    rspamc_init(&r, &limits);
    size_t from = 0;
    for (size_t to = step; h->end == RSPAMC_MORE; to += step) {
        bool is_ended = to >= in.n;
        str input = str_first(str_from(in, from), is_ended ? in.n - from : to - from), whole = input;
        struct rspamc_event e;
        do {
            h->end = rspamc_next(&r, &input, is_ended, &e);
            must(h->end == e.kind && lies_in(input, whole));
            hear(h, &e, whole);
        } while (h->end == RSPAMC_PAIR || h->end == RSPAMC_ENVELOPE || h->end == RSPAMC_BYTES);
        from += whole.n - input.n;
        must(!is_ended || h->end != RSPAMC_MORE);
    }
    h->fault = r.fault;
    must((h->end == RSPAMC_BAD) == (r.fault != RSPAMC_FAULT_NONE));
    must(!r.has_length || h->text.n <= 2 * limits.length);
}

static bool has_lone_lf(str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\n' && (i == 0 || text.p[i - 1] != '\r'))
            return true;
    return false;
}

static void requests_do_not_depend_on_chunks(struct arena *a, str in)
{
    struct heard once, again;
    read_all(a, in, in.n + 1, &once);
    must(!has_lone_lf(out_done(&once.text)));
    must(once.event_n <= 2 * in.n + 3);
    for (size_t step = 1; step < 20; step += 3) {
        read_all(a, in, step, &again);
        must(once.end == again.end && once.fault == again.fault);
        must(str_eq(out_done(&once.pairs), out_done(&again.pairs)));
        must(once.fault || str_eq(out_done(&once.text), out_done(&again.text)));
    }
}

static void keeping_does_not_depend_on_chunks(struct arena *a, str in)
{
    struct rspamc_keep whole, bytes;
    rspamc_keep_init(&whole, a, S("Ar"));
    rspamc_keep_init(&bytes, a, S("Ar"));
    rspamc_keep_bytes(&whole, in);
    for (size_t i = 0; i < in.n; i++)
        rspamc_keep_bytes(&bytes, str_first(str_from(in, i), 1));
    must(whole.n == bytes.n);
    for (size_t nth = 0; nth <= whole.n + 1; nth++) {
        str field = rspamc_keep_field(&whole, nth);
        must(str_eq(field, rspamc_keep_field(&bytes, nth)));
        must(field.n == 0 || (str_starts(field, S("Ar:")) && str_ends_nocase(field, S("\r\n"))));
    }
}

/* Each line is one of ours, or the fold of a field. */
static void lines_are_ours(str answer)
{
    static const str heads[] = {S_INIT("RSPAMD/1.3 0 EX_OK\r"),
                                S_INIT("Metric: default; "),
                                S_INIT("Action: "),
                                S_INIT("Id: "),
                                S_INIT("Reply: "),
                                S_INIT("Removed: "),
                                S_INIT("Remove: "),
                                S_INIT(":after_received:"),
                                S_INIT(":at_start:"),
                                S_INIT(" "),
                                S_INIT("\t")};
    must(answer.n <= RSPAMC_ANSWER_MAX && !has_lone_lf(answer) && str_ends_nocase(answer, S("\r\n")));
    while (answer.n) {
        size_t known = 0;
        for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
            known += str_starts(answer, heads[i]) ? 1 : 0;
        must(known == 1);
        answer = str_from(answer, str_find(answer, '\n') + 1);
    }
}

static void answers_are_sound(struct arena *a, str in)
{
    str part[8];
    for (size_t i = 0; i < 8; i++) {
        size_t n = str_find(in, 0);
        part[i] = str_first(in, n);
        in = str_from(in, n + 1);
    }
    struct rspamc_answer answer = {.action = part[0],
                                   .code = (uint16_t)(part[1].n ? 400 + part[1].p[0] : 0),
                                   .enhanced = part[2],
                                   .text = part[3],
                                   .fields = part + 4,
                                   .field_n = 1,
                                   .removed = part + 5,
                                   .removed_n = part[5].n ? 1 : 0,
                                   .kept = part + 6,
                                   .kept_n = 2};
    struct out o;
    out_init(&o, a);
    if (rspamc_write(&o, &answer))
        lines_are_ours(out_done(&o));
    else
        must(o.n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    str in = {data, size};
    arena_init(&a, NULL, (size_t)1 << 26);
    requests_do_not_depend_on_chunks(&a, in);
    keeping_does_not_depend_on_chunks(&a, in);
    answers_are_sound(&a, in);
    arena_free(&a);
    return 0;
}
