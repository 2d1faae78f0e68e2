/* SPDX-License-Identifier: BSD-2-Clause */
/* Zone text: never outside the input; where it is wrong the place lies inside it; every answer is one that the fact box
 * takes; the answer to a question does not depend on the case of its name; and reading uses memory in proportion. */
#include "dns/dns.h"

#include <stdint.h>
#include <stdlib.h>

static const uint16_t types[] = {INGAM_RR_A,   INGAM_RR_AAAA, INGAM_RR_MX,  INGAM_RR_TXT,
                                 INGAM_RR_PTR, INGAM_RR_NS,   INGAM_RR_SOA, INGAM_RR_CNAME};

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool is_same(const struct ingam_answer *a, const struct ingam_answer *b)
{
    return a->status == b->status && a->ttl == b->ttl && a->rr_n == b->rr_n && a->rrs == b->rrs &&
           a->why == b->why;
}

static void ask(struct ingam_zone *zone, struct facts *facts, str name, uint16_t type)
{
    struct ingam_question q;
    struct ingam_answer a, again;
    uint8_t upper[NAME_MAX];
    facts_ask(facts, S(""), name, type);
    if (!facts_next(facts, &q))
        return;
    ingam_zone_answer(zone, &q, &a);
    must(facts_answer(facts, &a) == INGAM_OK);
    for (size_t i = 0; i < q.name.n; i++)
        upper[i] = byte_is(q.name.p[i], C_ALPHA) ? (uint8_t)(q.name.p[i] & 0xdf) : q.name.p[i];
    q.name = (str){upper, q.name.n};
    ingam_zone_answer(zone, &q, &again);
    must(is_same(&a, &again));
}

/* Asks for the words of the text, and for what the answers name. */
static void ask_around(struct ingam_zone *zone, str text)
{
    struct arena arena;
    struct facts facts;
    cur c = cur_of(text);
    arena_init(&arena, NULL, 8 << 20);
    facts_init(&facts, &arena, 640);
    facts_account(&facts, SHARE_SPF_MAIL_FROM);
    for (size_t i = 0; i < 24 && !cur_end(&c); i++) {
        cur_run(&c, C_FWS);
        ask(zone, &facts, cur_run(&c, C_VISIBLE | C_HIGH), types[i % 8]);
        if (!cur_end(&c) && !cur_is(&c, C_FWS))
            c.p++;
    }
    for (size_t i = 0, n = facts.n; i < n; i++)
        for (size_t k = 0; k < facts.list[i]->rr_n && k < 4; k++)
            ask(zone, &facts, facts.list[i]->rrs[k].data, INGAM_RR_A);
    arena_free(&arena);
}

static size_t taken;

static void *counting_get(void *context, size_t n)
{
    (void)context;
    taken += n;
    return malloc(n);
}

static void plain_put(void *context, void *p)
{
    (void)context;
    free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ingam_alloc alloc = {counting_get, plain_put, NULL};
    struct ingam_zone_error error;
    taken = 0;
    struct ingam_zone *zone = ingam_zone_new(&alloc, (str){data, size}, &error);
    must(taken <= 300 * 1024 + size * 4096);
    if (zone == NULL) {
        must(error.line >= 1 && error.line <= size + 1 && error.column >= 1 && error.column <= size + 1);
        must(error.expected != NULL);
        return 0;
    }
    ask_around(zone, (str){data, size});
    ingam_zone_free(zone);
    return 0;
}
