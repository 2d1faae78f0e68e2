/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets: never outside the input; every answer is one that the fact box takes; an answer written anew without compression
 * reads the same; and memory is in proportion. The packet's own question is what was asked. */
#include "dns/packet.h"

#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void put_two(struct out *o, size_t v)
{
    out_byte(o, (uint8_t)(v >> 8));
    out_byte(o, (uint8_t)v);
}

static void put_name(struct out *o, str name)
{
    uint8_t wire[PACKET_NAME_MAX];
    size_t n = packet_write_name(name, wire);
    must(n > 0);
    out_str(o, (str){wire, n});
}

/* Writes a TXT as strings of 255 bytes. */
static void put_strings(struct out *o, str text)
{
    put_two(o, text.n + (text.n + 254) / 255);
    while (text.n) {
        str one = str_first(text, 255);
        out_byte(o, (uint8_t)one.n);
        out_str(o, one);
        text = str_from(text, one.n);
    }
}

static void put_rdata(struct out *o, uint16_t type, const struct ingam_rr *rr)
{
    uint8_t wire[PACKET_NAME_MAX];
    switch (type) {
    case INGAM_RR_MX:
        put_two(o, 2 + packet_write_name(rr->data, wire));
        put_two(o, rr->preference);
        put_name(o, rr->data);
        break;
    case INGAM_RR_NS:
    case INGAM_RR_PTR:
    case INGAM_RR_CNAME:
        put_two(o, packet_write_name(rr->data, wire));
        put_name(o, rr->data);
        break;
    case INGAM_RR_SOA:
        put_two(o, packet_write_name(rr->data, wire) + 21);
        put_name(o, rr->data);
        out_str(o, S("\0"
                     "12345678901234567890"));
        break;
    case INGAM_RR_TXT: put_strings(o, rr->data); break;
    default:
        put_two(o, rr->data.n);
        out_str(o, rr->data);
        break;
    }
}

/* A label that holds the four bytes \046 reads as one with a dot: both texts are the same. So nothing may be said of such
 * names here but that they are read. */
static bool is_writable(const struct ingam_answer *a, const struct ingam_question *q)
{
    for (size_t i = 0; i < a->rr_n; i++)
        if (q->type == INGAM_RR_TXT && a->rrs[i].data.n > 65000)
            return false;
    return a->status == INGAM_STATUS_OK;
}

static str written(struct arena *arena, const struct ingam_answer *a, const struct ingam_question *q)
{
    struct out o;
    out_init(&o, arena);
    out_str(&o, S("\0\0\x80\0\0\1"));
    put_two(&o, a->rr_n);
    out_str(&o, S("\0\0\0\0"));
    put_name(&o, q->name);
    put_two(&o, q->type);
    put_two(&o, 1);
    for (size_t i = 0; i < a->rr_n; i++) {
        put_name(&o, q->name);
        put_two(&o, q->type);
        put_two(&o, 1);
        put_two(&o, a->ttl >> 16);
        put_two(&o, a->ttl & 0xffff);
        put_rdata(&o, q->type, &a->rrs[i]);
    }
    return out_done(&o);
}

static void must_be_same(const struct ingam_answer *a, const struct ingam_answer *b)
{
    must(a->status == b->status && a->ttl == b->ttl && a->rr_n == b->rr_n);
    for (size_t i = 0; i < a->rr_n; i++)
        must(a->rrs[i].preference == b->rrs[i].preference && str_eq(a->rrs[i].data, b->rrs[i].data));
}

static void must_be_an_answer(const struct ingam_answer *a, const struct ingam_question *q)
{
    struct arena arena;
    struct facts facts;
    struct ingam_question asked;
    struct ingam_answer answer = *a;
    arena_init(&arena, NULL, 16 << 20);
    facts_init(&facts, &arena, 64);
    facts_ask(&facts, S(""), q->name, (enum ingam_rr_type)q->type);
    if (facts_next(&facts, &asked)) {
        answer.id = asked.id;
        must(facts_answer(&facts, &answer) == INGAM_OK);
    }
    arena_free(&arena);
}

/* ret  false: there is no question that could have been asked */
static bool question_of(str packet, uint8_t text[NAME_MAX], struct ingam_question *q)
{
    uint8_t wire[PACKET_NAME_MAX];
    size_t wire_n = 0, n = 0, at = packet.n > 12 ? packet_name(packet, 12, wire, &wire_n) : 0;
    cur c = cur_of((str){wire, wire_n});
    if (at == 0 || packet.n - at < 2 || name_read_wire(&c, text, &n) != NULL)
        return false;
    *q = (struct ingam_question){7, (uint16_t)(packet.p[at] << 8 | packet.p[at + 1]), {text, n}};
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t text[NAME_MAX];
    struct ingam_question q = {7, INGAM_RR_A, S("a.test")};
    struct ingam_answer a, again;
    struct arena arena;
    if (size > 65535)
        return 0;
    question_of((str){data, size}, text, &q);
    arena_init(&arena, NULL, 64 << 20);
    packet_read(&arena, (str){data, size}, &q, &a);
    must(arena.used <= 65536 + 4 * (40 * size + size / 12 * NAME_MAX));
    must(a.id == 7 && a.status != INGAM_STATUS_OPEN);
    must((a.status == INGAM_STATUS_FAILED) == (a.why != NULL));
    must((a.status == INGAM_STATUS_OK) == (a.rr_n > 0) && a.ttl <= INT32_MAX);
    if (name_is_askable(q.name))
        must_be_an_answer(&a, &q);
    if (is_writable(&a, &q)) {
        str packet = written(&arena, &a, &q);
        packet_read(&arena, packet, &q, &again);
        must_be_same(&a, &again);
    }
    arena_free(&arena);
    return 0;
}
