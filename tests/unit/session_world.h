/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker without processes: a configuration, a zone as the DNS, a keyd on a socket pair, and a mail server that feeds messages
 * and does to them what it is told. */
#ifndef TESTS_SESSION_WORLD_H
#define TESTS_SESSION_WORLD_H

#include "daemon/session_inside.h"
#include "tests/unit/sign_world.h"

#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

enum { KEYD_WORKS, KEYD_REFUSES, KEYD_IS_SILENT, KEYD_SENDS_RUBBISH };

/* Made once for all tests of a program. */
static struct signer stage_signer;

static inline int stage_make_signer(void **state)
{
    (void)state;
    return signer_init(&stage_signer) ? 0 : -1;
}

static inline int stage_free_signer(void **state)
{
    (void)state;
    signer_free(&stage_signer);
    return 0;
}

struct stage {
    struct event_base *base;
    struct conf *conf;
    struct counters_all *all;
    struct worker worker;
    uint32_t level;
    int keyd_fd; /* keyd's end */
    struct event *keyd_event;
    int keyd_mood;
    struct ingam_keys *keys;
};

static inline void keyd_send(struct stage *t, struct keyd_packet *p)
{
    assert_int_equal(send(t->keyd_fd, p, sizeof *p, 0), sizeof *p);
}

static inline void keyd_tell(struct stage *t, const char *domain, enum ingam_algorithm algorithm)
{
    struct keyd_packet p = {.kind = KEYD_KEY, .algorithm = algorithm};
    memcpy(p.domain, domain, strlen(domain));
    memcpy(p.selector, algorithm == INGAM_RSA_SHA256 ? "rsa" : "ed", algorithm == INGAM_RSA_SHA256 ? 3 : 2);
    keyd_send(t, &p);
}

static inline void keyd_tell_all(struct stage *t)
{
    struct keyd_packet end = {.kind = KEYD_LIST_END};
    keyd_tell(t, "author.example", INGAM_RSA_SHA256);
    keyd_tell(t, "author.example", INGAM_ED25519_SHA256);
    keyd_tell(t, "seal.example", INGAM_ED25519_SHA256);
    keyd_send(t, &end);
}

static inline void keyd_heard(evutil_socket_t fd, short what, void *context)
{
    struct stage *t = context;
    struct keyd_packet p;
    size_t n = 0;
    (void)what;
    if (recv(fd, &p, sizeof p, 0) != (ssize_t)sizeof p || t->keyd_mood == KEYD_IS_SILENT)
        return;
    p.kind = t->keyd_mood == KEYD_REFUSES ? KEYD_REFUSED : KEYD_SIGNED;
    p.n = KEYD_NO_SUCH_KEY;
    if (p.kind == KEYD_SIGNED) {
        assert_true(ingam_private_key_sign(stage_signer.keys[p.algorithm], p.digest, p.signature, &n));
        p.n = t->keyd_mood == KEYD_SENDS_RUBBISH ? 7 : (uint32_t)n;
    }
    keyd_send(t, &p);
}

static inline void stage_zone(struct out *o, const char *zone)
{
    static const char *const names[] = {"rsa", "ed"};
    out_z(o, "$ORIGIN .\n$TTL 300\n");
    for (int i = 0; i < 2; i++) {
        str record = {(const uint8_t *)stage_signer.records[i], stage_signer.record_n[i]};
        out_z(o, names[i]);
        out_z(o, "._domainkey.author.example IN TXT (");
        for (; record.n; record = str_from(record, 200)) {
            out_z(o, " \"");
            out_str(o, str_first(record, 200));
            out_z(o, "\"");
        }
        out_z(o, " )\n");
    }
    str ed = {(const uint8_t *)stage_signer.records[1], stage_signer.record_n[1]};
    out_z(o, "ed._domainkey.seal.example IN TXT \"");
    out_str(o, ed);
    out_z(o, "\"\n");
    out_z(o, zone);
}

static inline struct asker *stage_asker(struct stage *t, const char *zone)
{
    struct arena a;
    struct out o;
    struct source_error error;
    arena_init(&a, NULL, 1 << 20);
    out_init(&o, &a);
    stage_zone(&o, zone);
    struct asker *asker = asker_open_zone(t->base, "test", out_done(&o), &error);
    if (asker == NULL)
        fail_msg("%s", error.text);
    arena_free(&a);
    return asker;
}

static inline void stage_keyd(struct stage *t)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    t->keyd_fd = ends[0];
    t->keyd_event = event_new(t->base, ends[0], EV_READ | EV_PERSIST, keyd_heard, t);
    event_add(t->keyd_event, NULL);
    t->worker.keyd = keyd_client_new(t->base, &t->worker.log);
    keyd_client_attach(t->worker.keyd, ends[1]);
    keyd_tell_all(t);
    for (int i = 0; i < 9 && !keyd_client_has_list(t->worker.keyd); i++)
        event_base_loop(t->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    assert_true(keyd_client_has_list(t->worker.keyd));
}

static inline struct conf *conf_of(const char *text)
{
    struct conf_text one = {"test.conf", str_of(text)};
    struct conf_error error;
    struct conf *c = conf_read(&one, 1, "mx.rcpt.example", &error);
    if (c == NULL)
        fail_msg("%s", error.text);
    return c;
}

static inline void stage_init(struct stage *t, const char *conf, const char *zone)
{
    *t = (struct stage){.base = event_base_new(), .level = CONF_ERROR};
    t->conf = conf_of(conf);
    t->all = counters_new();
    t->keys = ingam_keys_new(NULL, 16);
    t->worker = (struct worker){.base = t->base,
                                .conf = t->conf,
                                .public_keys = t->keys,
                                .all = t->all,
                                .counters = &t->all->worker[0],
                                .host = "mx.rcpt.example"};
    log_open(&t->worker.log, t->conf, &t->level, "worker 0");
    t->worker.asker = stage_asker(t, zone);
    stage_keyd(t);
}

static inline void stage_free(struct stage *t)
{
    keyd_client_free(t->worker.keyd);
    event_free(t->keyd_event);
    close(t->keyd_fd);
    asker_close(t->worker.asker);
    ingam_keys_free(t->keys);
    conf_drop(t->conf);
    event_base_free(t->base);
}

/* --- The mail server --- */

/* What became of a message. */
struct came {
    struct arena arena;
    struct stage *stage;
    struct session *session;
    unsigned calls;
    struct decision decision; /* texts and edits in the arena */
    bool is_freed_inside;     /* in: the session is freed from inside done, as fronts do */
};

static inline void came_out(void *context, const struct decision *d)
{
    struct came *out = context;
    struct arena *a = &out->arena;
    struct edit *edits = NEW_N(a, struct edit, d->edit_n);
    out->calls++;
    out->decision = *d;
    out->decision.id = arena_copy(a, d->id);
    out->decision.text = arena_copy(a, d->text);
    out->decision.enhanced = arena_copy(a, d->enhanced);
    out->decision.quarantine = arena_copy(a, d->quarantine);
    for (size_t i = 0; i < d->edit_n; i++)
        edits[i] = (struct edit){d->edits[i].kind, arena_copy(a, d->edits[i].name),
                                 arena_copy(a, d->edits[i].value), d->edits[i].at};
    out->decision.edits = edits;
    if (out->is_freed_inside) {
        session_free(out->session);
        out->session = NULL;
    }
}

static inline void came_free(struct came *out)
{
    session_free(out->session);
    arena_free(&out->arena);
}

static inline size_t line_end(str s)
{
    return str_find_str(s, S("\r\n")) + 2;
}

/* Takes one field with its folds off the front. */
static inline str field_take(str *header)
{
    size_t n = line_end(*header);
    while (n < header->n && (header->p[n] == ' ' || header->p[n] == '\t'))
        n += line_end(str_from(*header, n));
    str field = str_first(*header, n);
    *header = str_from(*header, n);
    return field;
}

static inline void feed_fields(struct session *s, str message)
{
    size_t end = str_find_str(message, S("\r\n\r\n"));
    for (str header = str_first(message, end + 2); header.n;) {
        str field = field_take(&header);
        size_t colon = str_find(field, ':');
        session_field(s, str_first(field, colon), (str){field.p + colon + 1, field.n - colon - 3});
    }
    session_fields_end(s);
    for (str body = str_from(message, end + 4); body.n; body = str_from(body, 1000))
        session_body(s, str_first(body, 1000));
}

static inline void feed_bytes(struct session *s, str message, size_t chunk)
{
    for (; message.n; message = str_from(message, chunk))
        session_bytes(s, str_first(message, chunk));
}

/* in   chunk  0: field by field */
static inline void play(struct stage *t, const struct session_envelope *e, str message, size_t chunk,
                        struct came *out)
{
    bool is_freed_inside = out->is_freed_inside;
    *out = (struct came){.stage = t, .is_freed_inside = is_freed_inside};
    arena_init(&out->arena, NULL, 64 << 20);
    out->session = session_new(&t->worker, e, came_out, out);
    if (out->session == NULL)
        return;
    if (chunk)
        feed_bytes(out->session, message, chunk);
    else
        feed_fields(out->session, message);
    session_end(out->session);
    for (int i = 0; i < 1000 && out->calls == 0; i++)
        event_base_loop(t->base, EVLOOP_ONCE);
    assert_int_equal(out->calls, 1);
}

/* --- What a mail server makes of the edits --- */

struct fields {
    str list[64];
    size_t n;
};

static inline bool field_is_named(str field, str name)
{
    return str_eq_nocase(str_trim_wsp(str_first(field, str_find(field, ':'))), name);
}

static inline void fields_delete(struct fields *f, str name, uint32_t nth)
{
    for (size_t i = 0; i < f->n; i++) {
        if (!field_is_named(f->list[i], name) || --nth > 0)
            continue;
        memmove(&f->list[i], &f->list[i + 1], (f->n - i - 1) * sizeof f->list[0]);
        f->n--;
        return;
    }
    fail_msg("no such %.*s", (int)name.n, (const char *)name.p);
}

static inline void fields_insert(struct fields *f, struct arena *a, const struct edit *e)
{
    struct out o;
    out_init(&o, a);
    out_str(&o, e->name);
    out_byte(&o, ':');
    out_str(&o, e->value);
    out_str(&o, S("\r\n"));
    assert_true(e->at <= f->n && f->n < 64);
    memmove(&f->list[e->at + 1], &f->list[e->at], (f->n - e->at) * sizeof f->list[0]);
    f->list[e->at] = out_done(&o);
    f->n++;
}

/* ret  the message as it goes on */
static inline str edited(struct came *out, str message)
{
    struct fields f = {.n = 0};
    struct out o;
    size_t end = str_find_str(message, S("\r\n\r\n"));
    for (str header = str_first(message, end + 2); header.n;)
        f.list[f.n++] = field_take(&header);
    for (size_t i = 0; i < out->decision.edit_n; i++) {
        const struct edit *e = &out->decision.edits[i];
        if (e->kind == EDIT_DELETE)
            fields_delete(&f, e->name, e->at);
        else
            fields_insert(&f, &out->arena, e);
    }
    out_init(&o, &out->arena);
    for (size_t i = 0; i < f.n; i++)
        out_str(&o, f.list[i]);
    out_str(&o, str_from(message, end + 2));
    return out_done(&o);
}

static inline bool holds(str text, const char *part)
{
    return *part == 0 || str_find_str(text, str_of(part)) < text.n;
}

static inline void must_hold(str text, const char *part)
{
    if (!holds(text, part))
        fail_msg("no \"%s\" in:\n%.*s", part, (int)text.n, (const char *)text.p);
}

#endif
