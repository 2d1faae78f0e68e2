/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets: what they say, and that those which lie say nothing. */
#include "dns/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ANSWERS_AT = 24 }; /* behind the question a.test */

struct made {
    uint8_t p[70000];
    size_t n;
};

static void put(struct made *m, str bytes)
{
    memcpy(m->p + m->n, bytes.p, bytes.n);
    m->n += bytes.n;
}

/* Begins a packet: header, question a.test of this type. */
static void begin(struct made *m, uint16_t type, uint8_t rcode)
{
    m->n = 0;
    put(m, S("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1a\4test\0\0\0\0\1"));
    m->p[3] = (uint8_t)(0x80 | rcode);
    m->p[ANSWERS_AT - 4] = (uint8_t)(type >> 8);
    m->p[ANSWERS_AT - 3] = (uint8_t)type;
    assert_int_equal(m->n, ANSWERS_AT);
}

static void read_made(const struct made *m, uint16_t type, struct arena *a, struct ingam_answer *answer)
{
    struct ingam_question q = {.id = 9, .type = type, .name = S("a.test")};
    uint8_t *exact = malloc(m->n); /* the sanitizers watch its edges */
    memcpy(exact, m->p, m->n);
    packet_read(a, (str){exact, m->n}, &q, answer);
    free(exact);
}

static const char *shown(const struct ingam_answer *a)
{
    static char buf[2048];
    int n = snprintf(buf, sizeof buf, "%s", a->why ? a->why : ingam_status_name(a->status));
    for (size_t i = 0; i < a->rr_n; i++) {
        n += snprintf(buf + n, sizeof buf - (size_t)n, "|%u ", a->rrs[i].preference);
        for (size_t k = 0; k < a->rrs[i].data.n; k++) {
            uint8_t c = a->rrs[i].data.p[k];
            n += snprintf(buf + n, sizeof buf - (size_t)n, c >= 0x20 && c < 0x7f ? "%c" : "%02x", c);
        }
    }
    return buf;
}

/* Records are written as they stand on the wire; \300\014 is the name that was asked. */
#define RR(owner, type, ttl, len, rdata) owner "\0" type "\0\1\0\0\0" ttl "\0" len rdata
#define A_TEST                           "\300\014"
#define T_A                              "\1"
#define T_NS                             "\2"
#define T_CNAME                          "\5"
#define T_SOA                            "\6"
#define T_MX                             "\17"
#define T_TXT                            "\20"
#define T_AAAA                           "\34"
#define T_RRSIG                          "\56"

static const struct {
    const char *about;
    uint16_t type;
    uint8_t rcode, answer_n, authority_n, additional_n;
    str records;
    const char *want;
    uint32_t ttl;
} rows[] = {
    {"an address", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_A, "\11", "\4", "abcd")), "ok|0 abcd", 9},
    {"the smallest ttl", INGAM_RR_A, 0, 2, 0, 0,
     S_INIT(RR(A_TEST, T_A, "\11", "\4", "abcd") RR(A_TEST, T_A, "\10", "\4", "efgh")), "ok|0 abcd|0 efgh",
     8},
    {"any case", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR("\1A\4tEsT\0", T_A, "\11", "\4", "abcd")), "ok|0 abcd", 9},
    {"a ttl with its top bit set", INGAM_RR_A, 0, 1, 0, 0, S_INIT(A_TEST "\0\1\0\1\377\0\0\0\0\4abcd"),
     "ok|0 abcd", 0},
    {"somebody else's address", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR("\1b\300\016", T_A, "\11", "\4", "abcd")),
     "nodata", 0},
    {"an alias", INGAM_RR_A, 0, 2, 0, 0,
     S_INIT(RR(A_TEST, T_CNAME, "\5", "\4", "\1b\300\016") RR("\300\044", T_A, "\11", "\4", "abcd")),
     "ok|0 abcd", 5},
    {"an alias that stands behind", INGAM_RR_A, 0, 2, 0, 0,
     S_INIT(RR("\1b\300\016", T_A, "\11", "\4", "abcd") RR(A_TEST, T_CNAME, "\5", "\2", "\300\030")),
     "ok|0 abcd", 5},
    {"signatures between", INGAM_RR_A, 0, 2, 0, 0,
     S_INIT(RR(A_TEST, T_RRSIG, "\1", "\2", "xx") RR(A_TEST, T_A, "\11", "\4", "abcd")), "ok|0 abcd", 9},
    {"the alias itself", INGAM_RR_CNAME, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_CNAME, "\5", "\4", "\1b\300\016")),
     "ok|0 b.test", 5},
    {"two aliases in a ring", INGAM_RR_A, 0, 2, 0, 0,
     S_INIT(RR(A_TEST, T_CNAME, "\5", "\4", "\1b\300\016") RR("\300\044", T_CNAME, "\5", "\2", "\300\014")),
     "CNAME loop", 0},
    {"an alias of itself", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_CNAME, "\5", "\2", "\300\014")),
     "CNAME loop", 0},
    {"an alias to nothing", INGAM_RR_A, 3, 1, 1, 0,
     S_INIT(RR(A_TEST, T_CNAME, "\5", "\4", "\1b\300\016") RR("\300\016", T_SOA, "\7", "\26",
                                                              "\0\0"
                                                              "1234567890123456\0\0\0\6")),
     "nxdomain", 5},
    {"an alias to no data", INGAM_RR_A, 0, 1, 1, 0,
     S_INIT(RR(A_TEST, T_CNAME, "\11", "\4", "\1b\300\016") RR("\300\016", T_SOA, "\7", "\26",
                                                               "\0\0"
                                                               "1234567890123456\0\0\0\6")),
     "nodata", 6},
    {"no such name", INGAM_RR_A, 3, 0, 1, 0,
     S_INIT(RR("\300\016", T_SOA, "\7", "\26",
               "\0\0"
               "1234567890123456\0\0\0\11")),
     "nxdomain", 7},
    {"no data without a SOA", INGAM_RR_A, 0, 0, 0, 0, S_INIT(""), "nodata", 0},
    {"no data, glue", INGAM_RR_A, 0, 0, 1, 1,
     S_INIT(RR("\300\016", T_NS, "\7", "\2", "\300\014") RR(A_TEST, T_A, "\11", "\4", "abcd")), "nodata", 0},
    {"a SOA cut short", INGAM_RR_A, 3, 0, 1, 0,
     S_INIT(RR("\300\016", T_SOA, "\7", "\25",
               "\0\0"
               "1234567890123456\0\0\0")),
     "malformed answer", 0},
    {"no such name, and here it is", INGAM_RR_A, 3, 1, 0, 0, S_INIT(RR(A_TEST, T_A, "\11", "\4", "abcd")),
     "malformed answer", 0},
    {"SERVFAIL", INGAM_RR_A, 2, 0, 0, 0, S_INIT(""), "SERVFAIL", 0},
    {"SERVFAIL with an address", INGAM_RR_A, 2, 1, 0, 0, S_INIT(RR(A_TEST, T_A, "\11", "\4", "abcd")),
     "SERVFAIL", 0},
    {"REFUSED", INGAM_RR_A, 5, 0, 0, 0, S_INIT(""), "REFUSED", 0},
    {"NOTIMP", INGAM_RR_A, 4, 0, 0, 0, S_INIT(""), "error from the resolver", 0},
    {"an address of 5 bytes", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_A, "\11", "\5", "abcde")),
     "malformed answer", 0},
    {"an address of 4 bytes", INGAM_RR_AAAA, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_AAAA, "\11", "\4", "abcd")),
     "malformed answer", 0},
    {"another class", INGAM_RR_A, 0, 1, 0, 0, S_INIT(A_TEST "\0\1\0\3\0\0\0\1\0\4abcd"), "malformed answer",
     0},
    {"rdata beyond the end", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_A, "\11", "\4", "abc")),
     "malformed answer", 0},
    {"a record too few", INGAM_RR_A, 0, 2, 0, 0, S_INIT(RR(A_TEST, T_A, "\11", "\4", "abcd")),
     "malformed answer", 0},
    {"a record too many", INGAM_RR_A, 0, 0, 0, 0, S_INIT(RR(A_TEST, T_A, "\11", "\4", "abcd")),
     "malformed answer", 0},
    {"a byte too many", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_A, "\11", "\4", "abcd") "x"),
     "malformed answer", 0},
    {"an additional record beyond the end", INGAM_RR_A, 0, 1, 0, 1,
     S_INIT(RR(A_TEST, T_A, "\11", "\4", "abcd") RR(A_TEST, T_A, "\11", "\5", "abcd")), "malformed answer",
     0},
    {"a pointer to itself", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR("\300\030", T_A, "\11", "\4", "abcd")),
     "malformed answer", 0},
    {"a pointer ahead", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR("\300\040", T_A, "\11", "\4", "abcd")),
     "malformed answer", 0},
    {"a pointer into the header", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR("\300\002", T_A, "\11", "\4", "abcd")),
     "malformed answer", 0},
    {"a label type of nobody", INGAM_RR_A, 0, 1, 0, 0, S_INIT(RR("\100a\0", T_A, "\11", "\4", "abcd")),
     "malformed answer", 0},
    {"an alias that ends too late", INGAM_RR_A, 0, 1, 0, 0,
     S_INIT(RR(A_TEST, T_CNAME, "\5", "\3", "\1b\300\016")), "malformed answer", 0},
    {"mx", INGAM_RR_MX, 0, 2, 0, 0,
     S_INIT(RR(A_TEST, T_MX, "\5", "\4", "\0\12\300\014") RR(A_TEST, T_MX, "\5", "\3", "\1\0\0")),
     "ok|10 a.test|256 ", 5},
    {"mx without a name", INGAM_RR_MX, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_MX, "\5", "\2", "\0\12")),
     "malformed answer", 0},
    {"mx with a rest", INGAM_RR_MX, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_MX, "\5", "\5", "\0\12\300\014x")),
     "malformed answer", 0},
    {"a dot inside a label", INGAM_RR_NS, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_NS, "\5", "\6", "\3b.c\300\016")),
     "ok|0 b\\046c.test", 5},
    {"txt", INGAM_RR_TXT, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_TXT, "\5", "\6", "\2ab\0\1c")), "ok|0 abc", 5},
    {"txt of nothing", INGAM_RR_TXT, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_TXT, "\5", "\0", "")), "ok|0 ", 5},
    {"txt beyond its end", INGAM_RR_TXT, 0, 1, 0, 0, S_INIT(RR(A_TEST, T_TXT, "\5", "\6", "\2ab\3cd")),
     "malformed answer", 0},
    {"soa", INGAM_RR_SOA, 0, 1, 0, 0,
     S_INIT(RR(A_TEST, T_SOA, "\5", "\30",
               "\300\014\1h\0"
               "12345678901234567890")),
     "malformed answer", 0},
    {"soa whole", INGAM_RR_SOA, 0, 1, 0, 0,
     S_INIT(RR(A_TEST, T_SOA, "\5", "\31",
               "\300\014\1h\0"
               "12345678901234567890")),
     "ok|0 a.test", 5},
    {"of another type: as it is", 99, 0, 1, 0, 0, S_INIT(RR(A_TEST, "\143", "\5", "\3", "any")), "ok|0 any",
     5},
};

/* [RFC1035 4.1] [RFC1035 3.3] [RFC2308 2] [RFC2308 5] [RFC2181 8] [RFC6604 3] */
static void packets_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct made m;
        struct arena arena;
        struct ingam_answer a;
        begin(&m, rows[i].type, rows[i].rcode);
        m.p[7] = rows[i].answer_n;
        m.p[9] = rows[i].authority_n;
        m.p[11] = rows[i].additional_n;
        put(&m, rows[i].records);
        arena_init(&arena, NULL, 1 << 20);
        read_made(&m, rows[i].type, &arena, &a);
        if (strcmp(shown(&a), rows[i].want) != 0)
            fail_msg("%s: '%s', wanted '%s'", rows[i].about, shown(&a), rows[i].want);
        if (a.ttl != rows[i].ttl || a.id != 9)
            fail_msg("%s: ttl %u, id %u", rows[i].about, a.ttl, a.id);
        arena_free(&arena);
    }
}

/* What stands in front of the answers: each of these bytes changed says that this is no answer to our question. */
static void other_questions_are_not_ours(void **state)
{
    static const struct {
        const char *about;
        size_t at;
        uint8_t byte;
        const char *why;
    } changes[] = {
        {"a query", 2, 0x01, "malformed answer"},
        {"another opcode", 2, 0x89, "malformed answer"},
        {"truncated", 2, 0x83, "truncated answer"},
        {"no question", 5, 0, "malformed answer"},
        {"two questions", 5, 2, "malformed answer"},
        {"another name", 13, 'b', "malformed answer"},
        {"another type", ANSWERS_AT - 3, 16, "malformed answer"},
        {"another class", ANSWERS_AT - 1, 3, "malformed answer"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        static struct made m;
        struct arena arena;
        struct ingam_answer a;
        begin(&m, INGAM_RR_A, 0);
        m.p[7] = 1;
        put(&m, S(RR(A_TEST, T_A, "\11", "\4", "abcd")));
        m.p[changes[i].at] = changes[i].byte;
        arena_init(&arena, NULL, 1 << 20);
        read_made(&m, INGAM_RR_A, &arena, &a);
        if (a.status != INGAM_STATUS_FAILED || strcmp(a.why, changes[i].why) != 0 || a.rr_n)
            fail_msg("%s: %s", changes[i].about, shown(&a));
        arena_free(&arena);
    }
}

/* A packet that was cut anywhere says nothing. */
static void cut_packets_are_malformed(void **state)
{
    static struct made m;
    (void)state;
    begin(&m, INGAM_RR_MX, 0);
    m.p[7] = 2;
    put(&m, S(RR(A_TEST, T_MX, "\5", "\6", "\0\12\1b\300\016")
                  RR("\300\014", T_MX, "\5", "\4", "\0\12\300\044")));
    for (size_t whole = m.n; m.n > 0; m.n--) {
        struct arena arena;
        struct ingam_answer a;
        arena_init(&arena, NULL, 1 << 20);
        read_made(&m, INGAM_RR_MX, &arena, &a);
        assert_int_equal(a.status, m.n == whole ? INGAM_STATUS_OK : INGAM_STATUS_FAILED);
        arena_free(&arena);
    }
}

/* 64 KiB of answer: many records, and one text as long as it can be. */
static void large_answers_are_read(void **state)
{
    static struct made m;
    struct arena arena;
    struct ingam_answer a;
    (void)state;
    begin(&m, INGAM_RR_A, 0);
    for (size_t i = 0; i < 4000; i++)
        put(&m, S(RR(A_TEST, T_A, "\11", "\4", "abcd")));
    m.p[6] = 4000 >> 8;
    m.p[7] = 4000 & 0xff;
    arena_init(&arena, NULL, 1 << 20);
    read_made(&m, INGAM_RR_A, &arena, &a);
    assert_int_equal(a.status, INGAM_STATUS_OK);
    assert_int_equal(a.rr_n, 4000);
    arena_free(&arena);

    begin(&m, INGAM_RR_TXT, 0);
    m.p[7] = 1;
    put(&m, S(A_TEST "\0\20\0\1\0\0\0\1\377\0"));
    for (size_t i = 0; i < 255; i++) {
        m.p[m.n++] = 255;
        memset(m.p + m.n, 'x', 255);
        m.n += 255;
    }
    arena_init(&arena, NULL, 1 << 20);
    read_made(&m, INGAM_RR_TXT, &arena, &a);
    assert_string_equal(a.why ? a.why : "", "");
    assert_int_equal(a.rrs[0].data.n, 255 * 255);
    arena_free(&arena);
    arena_init(&arena, NULL, 4096);
    read_made(&m, INGAM_RR_TXT, &arena, &a);
    assert_string_equal(a.why, "no memory");
    arena_free(&arena);
}

/* [RFC1035 3.1] */
static void names_are_written(void **state)
{
    static const struct {
        str text;
        const char *wire;
        size_t n; /* 0: cannot be */
    } names[] = {
        {S_INIT("a.test"), "\1a\4test", 8}, {S_INIT(""), "", 1},         {S_INIT("a\\046b.c"), "\3a.b\1c", 7},
        {S_INIT("a..b"), NULL, 0},          {S_INIT(".a"), NULL, 0},     {S_INIT("a."), NULL, 0},
        {S_INIT("a\\b"), "\3a\\b", 5},      {S_INIT("\\046"), "\1.", 3},
    };
    uint8_t wire[PACKET_NAME_MAX], text[300];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(packet_write_name(names[i].text, wire), names[i].n);
        if (names[i].n)
            assert_memory_equal(wire, names[i].wire, names[i].n);
    }
    memset(text, 'a', sizeof text);
    assert_int_equal(packet_write_name((str){text, 63}, wire), 65);
    assert_int_equal(packet_write_name((str){text, 64}, wire), 0);
    for (size_t i = 1; i < sizeof text; i += 2)
        text[i] = '.';
    assert_int_equal(packet_write_name((str){text, 253}, wire), 255);
    assert_int_equal(packet_write_name((str){text, 255}, wire), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_say),
        cmocka_unit_test(other_questions_are_not_ours),
        cmocka_unit_test(cut_packets_are_malformed),
        cmocka_unit_test(large_answers_are_read),
        cmocka_unit_test(names_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
