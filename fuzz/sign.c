/* SPDX-License-Identifier: BSD-2-Clause */
/* Any message that is not refused is signed so that the verifier believes it; any chunks give the same signature; and any one
 * changed byte that is signed makes it fail, also where nothing else does. The first byte says how to sign, the two behind it
 * which byte to change; the rest is the message. */
#include "tests/unit/sign_world.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTROL = 3, ARENA_MAX = 1 << 24, COLUMNS = 78 };
static struct signer signer;

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* bits: 0, 1 canonicalization, 2 no oversigning, 3-5 all set: with RSA too, which is dear */
static struct signing signing_of(uint8_t bits)
{
    struct signing g = {
        .config = signer_config(), .wanted = {signer_wants(INGAM_ED25519_SHA256)}, .wanted_n = 1};
    g.wanted[0].header_canon = bits & 1 ? INGAM_SIMPLE : INGAM_RELAXED;
    g.wanted[0].body_canon = bits & 2 ? INGAM_SIMPLE : INGAM_RELAXED;
    g.wanted[0].no_oversign = bits & 4;
    if ((bits & 0x38) == 0x38) {
        g.wanted[1] = signer_wants(INGAM_RSA_SHA256);
        g.wanted[1].header_canon = g.wanted[0].body_canon;
        g.wanted_n = 2;
    }
    return g;
}

/* ret  how many of the first n signatures pass */
static size_t passed(str text, size_t n)
{
    struct world w;
    size_t passes = 0;
    if (signer_judge(&signer, &w, text))
        for (size_t i = 0; i < w.n && w.list[i].field < n; i++)
            passes += w.list[i].result == INGAM_RESULT_PASS;
    world_free(&w);
    return passes;
}

static void require_folds(str fields)
{
    while (fields.n) {
        size_t n = str_find_str(fields, S("\r\n"));
        require(n <= COLUMNS);
        fields = str_from(fields, n + 2);
    }
}

/* ret  the field at this byte of the header is one of those that are always signed */
static bool is_in_signed_field(str header, size_t at)
{
    static const str names[] = {S_INIT("from"),
                                S_INIT("to"),
                                S_INIT("cc"),
                                S_INIT("subject"),
                                S_INIT("date"),
                                S_INIT("message-id"),
                                S_INIT("reply-to"),
                                S_INIT("mime-version"),
                                S_INIT("content-type"),
                                S_INIT("references"),
                                S_INIT("list-unsubscribe")};
    struct arena a;
    struct mail_header h;
    bool is_signed = false;
    arena_init(&a, NULL, ARENA_MAX);
    struct ingam_config config = signer_config();
    require(mail_header_of(header, &a, &config.limits, &h));
    for (size_t i = 0; i < h.n; i++) {
        size_t from = (size_t)(h.fields[i].raw.p - header.p);
        if (at < from || at >= from + h.fields[i].raw.n)
            continue;
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            is_signed = is_signed || mail_field_is(&h.fields[i], names[k]);
    }
    arena_free(&a);
    return is_signed;
}

/* ret  every signature must fail when byte `at` of the message becomes another visible one */
static bool must_break(str message, size_t at)
{
    str body, header = world_split(message, &body);
    if (message.p[at] <= ' ')
        return false;
    return at >= (size_t)(body.p - message.p) || is_in_signed_field(header, at);
}

/* ret  the byte is of the first signature's field and counts: not the last digits of b=, whose spare bits are ignored */
static bool is_of_signature(str text, size_t at)
{
    size_t end = 0;
    do
        end += str_find_str(str_from(text, end), S("\r\n")) + 2;
    while (end < text.n && text.p[end] == ' ');
    return text.p[at] > ' ' && at + 6 < end;
}

static uint8_t other(uint8_t c)
{
    return byte_lower(c) == 'x' ? 'y' : 'x';
}

/* Changes one byte of the signed message.                                                          [RFC6376 3.7] */
static void change(const struct signing *g, struct out *o, size_t at)
{
    str text = out_done(o);
    str message = str_from(text, g->top_n);
    bool breaks_all = at >= g->top_n && must_break(message, at - g->top_n);
    bool breaks_first = is_of_signature(text, at);
    uint8_t was = o->p[at];
    o->p[at] = other(was);
    size_t left = breaks_all || breaks_first ? passed(text, g->field_n) : 0;
    o->p[at] = was;
    require(!breaks_all || left == 0);
    require(!breaks_first || left == g->field_n - 1);
}

static void require_same(const struct signing *g, str message, str want, struct arena *a, size_t chunk)
{
    struct signing again = *g;
    struct out o;
    again.chunk = chunk;
    out_init(&o, a);
    require(signer_sign(&signer, &again, message, &o));
    require(again.fault == g->fault && again.at == g->at && str_eq(out_done(&o), want));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct out o;
    if (size < CONTROL || (signer.keys[0] == NULL && !signer_init(&signer)))
        return 0;
    struct signing g = signing_of(data[0]);
    str message = {data + CONTROL, size - CONTROL};
    arena_init(&a, NULL, ARENA_MAX);
    out_init(&o, &a);
    if (signer_sign(&signer, &g, message, &o)) {
        require(g.field_n == (g.fault ? 0 : g.wanted_n) && g.at <= message.n);
        require_same(&g, message, out_done(&o), &a, 1 + data[1] % 67);
        require_folds(str_first(out_done(&o), g.top_n));
        if (g.fault == INGAM_FAULT_NONE) {
            require(passed(out_done(&o), g.field_n) == g.field_n);
            change(&g, &o, (size_t)(data[1] << 8 | data[2]) % o.n);
        }
    }
    arena_free(&a);
    return 0;
}
