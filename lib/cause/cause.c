/* SPDX-License-Identifier: BSD-2-Clause */
/* The search as a whole: what the verdict already knows, then the body, then the header, then key and signature. */
#include "cause/search.h"

enum { SKEW_MAX_S = 3600 };

/* What is found out without a search: one row a fault. */
static const struct {
    enum ingam_fault fault;
    const char *kind;
    const char *sentence;
} known[] = {
    {INGAM_FAULT_DKIM_KEY_MISSING, "key-missing", "the DNS has no key record at this selector"},
    {INGAM_FAULT_DKIM_KEY_REVOKED, "key-revoked", "the key was revoked: its record has an empty p="},
    {INGAM_FAULT_DKIM_KEY_TYPE, "key-mismatch", "the published key is of another type than the signature"},
    {INGAM_FAULT_DKIM_B_SYNTAX, "signature-corrupted", "b= is no base64"},
    {INGAM_FAULT_DKIM_BH_SYNTAX, "signature-corrupted", "bh= is no SHA-256 hash in base64"},
    {INGAM_FAULT_DKIM_EXPIRED, "signature-expired", "x= says the signature is no longer valid"},
};

static void settle(struct ingam_cause *cause, const struct found *f, bool is_proved)
{
    if (cause->kind == NULL) {
        cause->kind = f->kind;
        cause->detail = f->detail;
        cause->is_proved = is_proved;
        return;
    }
    for (size_t i = 0; i < cause->also_n; i++)
        if (strcmp(cause->also[i], f->kind) == 0)
            return;
    if (is_proved && strcmp(cause->kind, f->kind) != 0 &&
        cause->also_n < sizeof cause->also / sizeof cause->also[0])
        cause->also[cause->also_n++] = f->kind;
}

static bool known_cause(struct cause_scene *scene, struct ingam_cause *cause)
{
    struct found f;
    const struct ingam_dkim_outcome *o = scene->outcome;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (o->fault != known[i].fault)
            continue;
        int64_t late_s = scene->run->now_s - scene->sig->expires_at;
        bool is_skew = o->fault == INGAM_FAULT_DKIM_EXPIRED && late_s <= SKEW_MAX_S && scene->sig->has_time &&
                       scene->sig->expires_at - scene->sig->signed_at < SKEW_MAX_S;
        found_text(scene, &f, is_skew ? "clock-skew" : known[i].kind, known[i].sentence, S(""));
        settle(cause, &f, true);
        return true;
    }
    if (o->result == INGAM_RESULT_POLICY && o->has_length && o->unsigned_bytes) {
        const uint64_t numbers[2] = {o->unsigned_bytes, 0};
        found_set(scene, &f, "l-tag-uncovered", "l= leaves {0} bytes at the end of the body unsigned",
                  numbers);
        settle(cause, &f, true);
        return true;
    }
    return false;
}

/* ret  l= counts more bytes than there are: the end is lost */
static bool shorter_than_signed(struct cause_scene *scene, struct found *f)
{
    struct lines l;
    if (!scene->sig->has_length || !lines_of(scene, scene->body, scene->sig->body_canon, &l))
        return false;
    if (l.text.n >= scene->sig->length)
        return false;
    const uint64_t numbers[2] = {scene->sig->length, l.text.n};
    found_set(scene, f, "body-truncated", "l= counts {0} bytes and only {1} came", numbers);
    return true;
}

static bool search_body(struct cause_scene *scene, struct found *f)
{
    static body_search *const searches[] = {shorter_than_signed, text_search,   part_search,
                                            cut_search,          recode_search, wrap_search};
    for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++) {
        struct arena_mark mark = arena_mark(scene->scratch);
        bool is_it = searches[i](scene, f);
        arena_rewind(scene->scratch, mark);
        if (is_it)
            return true;
    }
    return false;
}

/* Says of a guess that the search was broken off. */
static void settle_likely(struct cause_scene *scene, struct ingam_cause *cause, struct found *f,
                          bool is_proved)
{
    struct out o;
    if (scene->is_spent && f->kind) {
        out_init(&o, scene->run->arena);
        out_str(&o, f->detail);
        out_z(&o, "; the message is so large that not everything was tried");
        f->detail = out_done(&o);
    }
    settle(cause, f, is_proved);
}

static void body_cause(struct cause_scene *scene, bool is_body_hash_genuine, struct ingam_cause *cause)
{
    struct found f = {0};
    if (search_body(scene, &f)) {
        settle(cause, &f, true);
        return;
    }
    likely_body(scene, &f);
    settle_likely(scene, cause, &f, is_body_hash_genuine && strcmp(f.kind, "body-changed") == 0);
}

/* ret  the header was accounted for: it verifies, as it is or with moves undone */
static bool header_cause(struct head *head, struct ingam_cause *found_here)
{
    size_t picked[3] = {0, 0, 0};
    if (head_fits(head))
        return true;
    moves_of_lists(head);
    moves_of_instances(head);
    moves_of_form(head);
    size_t n = head_search(head, picked);
    for (size_t i = 0; i < n; i++) {
        struct found f = {head->moves[picked[i]].kind, head->moves[picked[i]].detail};
        settle(found_here, &f, true);
    }
    return n > 0;
}

static void join(struct ingam_cause *cause, const struct ingam_cause *more)
{
    if (more->kind)
        settle(cause, &(struct found){more->kind, more->detail}, more->is_proved);
    for (size_t i = 0; i < more->also_n; i++)
        settle(cause, &(struct found){more->also[i], more->detail}, true);
}

static bool ahead_of_time(struct cause_scene *scene, struct found *f)
{
    if (!scene->sig->has_time || scene->sig->signed_at <= scene->run->now_s + 300)
        return false;
    const uint64_t numbers[2] = {(uint64_t)(scene->sig->signed_at - scene->run->now_s), 0};
    found_set(scene, f, "clock-skew", "t= lies {0} seconds in the future", numbers);
    return true;
}

static void search_all(struct cause_scene *scene, struct head *head, struct ingam_cause *cause)
{
    struct found f = {0};
    uint8_t digest[32];
    struct ingam_cause header = {0};
    bool is_body_right = scene->outcome->has_body_hash && scene->outcome->is_body_hash_right;
    bool is_header_right = header_cause(head, &header);
    if (!is_body_right)
        body_cause(scene, is_header_right, cause);
    join(cause, &header);
    if (is_header_right)
        return;
    bool has_digest = is_body_right && dkim_header_hash(scene->run, scene->header, scene->sig, digest);
    if (key_search(scene, has_digest, digest, &f)) {
        settle(cause, &f, true);
    } else if (scene->key && public_key_kind(scene->key) == KEY_RSA && !head->has_target) {
        found_text(scene, &f, "key-mismatch",
                   "the key published here is not the one that signed, or b= was damaged", S(""));
        settle(cause, &f, false);
    } else if (is_body_right) {
        likely_header(scene, &f);
        settle_likely(scene, cause, &f, false);
    }
}

bool cause_find(struct cause_scene *scene, struct ingam_cause *cause)
{
    struct head head;
    struct found f = {0};
    *cause = (struct ingam_cause){0};
    if (scene->outcome->result == INGAM_RESULT_PASS)
        return false;
    if (known_cause(scene, cause))
        return true;
    bool is_worth_it = scene->outcome->fault == INGAM_FAULT_DKIM_BODY_HASH ||
                       scene->outcome->fault == INGAM_FAULT_DKIM_SIGNATURE_WRONG ||
                       scene->outcome->fault == INGAM_FAULT_DKIM_LENGTH_BEYOND_BODY;
    if (!is_worth_it || !head_begin(scene, &head))
        return false;
    search_all(scene, &head, cause);
    if (ahead_of_time(scene, &f))
        settle(cause, &f, true);
    return cause->kind != NULL && !scene->scratch->has_failed;
}
