/* SPDX-License-Identifier: BSD-2-Clause */
/* What libconfuse holds -> snapshot: defaults first, then what was written, then what must fit together. */
#include "conf/inside.h"

enum { NAME_MAX_BYTES = 64 };

static void *at_of(void *draft, const struct word *w)
{
    return (uint8_t *)draft + w->at;
}

/* The values were judged when they were read, so that only memory can be missing. */
static void fill_list(struct arena *a, cfg_opt_t *opt, const struct word *w, void *draft)
{
    struct value_error why;
    size_t n = cfg_opt_size(opt);
    str *names = w->kind == WORD_NETS ? NULL : NEW_N(a, str, n);
    struct conf_net *nets = w->kind == WORD_NETS ? NEW_N(a, struct conf_net, n) : NULL;
    for (size_t i = 0; (names || nets) && i < n; i++)
        value_read(w, a, str_of(cfg_opt_getnstr(opt, (unsigned)i)),
                   nets ? (void *)&nets[i] : (void *)&names[i], &why);
    if (nets)
        *(struct conf_nets *)at_of(draft, w) = (struct conf_nets){nets, n};
    else if (names)
        *(struct conf_names *)at_of(draft, w) = (struct conf_names){names, n};
}

/* Puts what was written in a block over what stands in its draft. */
static void fill(struct arena *a, cfg_t *section, enum block_id block, void *draft)
{
    struct value_error why;
    for (const struct word *w = blocks[block].words; w->name; w++) {
        cfg_opt_t *opt = cfg_getopt(section, w->name);
        if (opt == NULL || cfg_opt_size(opt) == 0)
            continue;
        if (word_is_list(w))
            fill_list(a, opt, w, draft);
        else
            value_read(w, a, str_of(cfg_opt_getnstr(opt, 0)), at_of(draft, w), &why);
    }
}

static void set_defaults(struct draft *d, struct arena *a, const char *host)
{
    struct conf *c = &d->conf;
    bool is_id = host && value_is_id(str_of(host));
    c->authserv_id = is_id ? arena_copy_lower(a, str_of(host)) : S("localhost");
    c->user = "ingam";
    c->control = "/run/ingam/control";
    c->sign.by_authenticated = true;
    c->sign.by_local = true;
    c->resolver.question_ms = 5000;
    c->resolver.cache_bytes = (size_t)4 << 20;
    c->limits.message_ms = 8000;
    c->limits.idle_ms = 600000;
    c->limits.packet_ms = 60000;
    c->limits.sessions = 2048;
    c->limits.drain_ms = 30000;
    ingam_limits_default(&c->limits.message);
    c->log.level = CONF_INFO;
    d->policy = (struct conf_policy){.name = "default",
                                     .on_reject = INGAM_QUARANTINE,
                                     .on_quarantine = INGAM_QUARANTINE,
                                     .on_temperror = INGAM_DEFER,
                                     .on_no_author = INGAM_REJECT};
}

static bool check_way(struct reading *r, const struct conf *c)
{
    bool is_forward = c->resolver.way == CONF_DNS_FORWARD;
    if (is_forward && c->resolver.forward == NULL)
        return reading_fails(r, reading_place(r, BLOCK_RESOLVER, "way"),
                             "way = forward needs the resolver's address: forward = ADDRESS");
    if (!is_forward && c->resolver.forward)
        return reading_fails(r, reading_place(r, BLOCK_RESOLVER, "forward"),
                             "forward = %s has no meaning with this way; write way = forward",
                             c->resolver.forward);
    return true;
}

/* DNSSEC is on where it was asked for or an anchor was named; recursion has always had it. */
static bool finish_resolver(struct reading *r, struct draft *d)
{
    struct place dnssec = reading_place(r, BLOCK_RESOLVER, "dnssec");
    struct conf *c = &d->conf;
    bool is_off = dnssec.name && !d->has_dnssec;
    if (reading_place(r, BLOCK_RESOLVER, "way").name == NULL && c->resolver.forward)
        c->resolver.way = CONF_DNS_FORWARD;
    if (!check_way(r, c))
        return false;
    bool recurses = c->resolver.way == CONF_DNS_RECURSE;
    if (recurses && is_off)
        return reading_fails(r, dnssec, "way = recurse always checks DNSSEC; leave out dnssec = no");
    if (c->resolver.anchor_file && is_off)
        return reading_fails(r, reading_place(r, BLOCK_RESOLVER, "anchor"),
                             "an anchor has no meaning with dnssec = no");
    if (d->has_dnssec && c->resolver.anchor_file == NULL && !recurses)
        c->resolver.anchor_file = "/usr/share/dns/root.key";
    return true;
}

/* "from:to:subject" may be written so, or as a list. */
static bool finish_headers(struct reading *r, struct draft *d, struct arena *a)
{
    struct out o;
    bool has_from = d->headers.n == 0;
    out_init(&o, a);
    for (size_t i = 0; i < d->headers.n; i++) {
        out_z(&o, i ? ":" : "");
        out_str(&o, d->headers.list[i]);
        has_from = has_from || str_eq(d->headers.list[i], S("from"));
    }
    d->conf.sign.headers = out_done(&o);
    return has_from || reading_fails(r, reading_place(r, BLOCK_SIGN, "headers"),
                                     "headers: a signature must cover \"from\"");
}

static bool finish_sign(struct reading *r, struct draft *d, struct arena *a)
{
    const struct conf_sign *s = &d->conf.sign;
    struct place domains = reading_place(r, BLOCK_SIGN, "domains");
    if (!finish_headers(r, d, a))
        return false;
    if (s->domains.n && s->keys == NULL)
        return reading_fails(r, domains, "domains: nothing is signed without keys = FOLDER");
    if (s->seals.n && s->keys == NULL)
        return reading_fails(r, reading_place(r, BLOCK_SIGN, "seal"),
                             "seal: nothing is sealed without keys = FOLDER");
    if (s->seals.n && s->seal_domain.n == 0)
        return reading_fails(r, reading_place(r, BLOCK_SIGN, "seal"),
                             "seal: whose seal? write seal-domain = DOMAIN beside it");
    return true;
}

static bool is_same_listen(const struct conf_listen *a, const struct conf_listen *b)
{
    if (a->family != b->family)
        return false;
    if (a->family == CONF_INET)
        return a->port == b->port && memcmp(&a->ip, &b->ip, sizeof a->ip) == 0;
    return strcmp(a->path, b->path) == 0;
}

static bool check_listen(struct reading *r, const struct conf *c, size_t i, struct place at)
{
    const struct conf_listen *l = &c->listens[i];
    for (size_t k = 0; k < i; k++)
        if (is_same_listen(l, &c->listens[k]))
            return reading_fails(r, at, "\"%.120s\" is the same place as \"%.120s\" in %.200s:%zu",
                                 l->address, c->listens[k].address, r->section_at[BLOCK_LISTEN][k].name,
                                 r->section_at[BLOCK_LISTEN][k].line);
    return true;
}

static bool build_listen(struct reading *r, struct arena *a, cfg_t *section, struct conf_listen *l,
                         struct place at)
{
    struct value_error why;
    *l = (struct conf_listen){.mode = 0660};
    if (!value_read_listen(a, str_of(cfg_title(section)), l, &why))
        return reading_fails(r, at, "listen: %s", why.text);
    fill(a, section, BLOCK_LISTEN, l);
    if (l->family == CONF_UNIX)
        return true;
    if (cfg_opt_size(cfg_getopt(section, "group")) || cfg_opt_size(cfg_getopt(section, "mode")))
        return reading_fails(r, at, "listen \"%.120s\": group and mode are of a unix socket only",
                             l->address);
    return true;
}

static bool build_listens(struct reading *r, struct arena *a, struct conf *c)
{
    size_t n = cfg_size(r->cfg, "listen");
    c->listens = NEW_N(a, struct conf_listen, n + 1);
    c->listen_n = n ? n : 1;
    if (c->listens == NULL)
        return false;
    if (n == 0)
        c->listens[0] = (struct conf_listen){
            .address = "unix:/run/ingam/milter", .path = "/run/ingam/milter", .mode = 0660};
    for (size_t i = 0; i < n; i++) {
        struct place at = r->section_at[BLOCK_LISTEN][i];
        if (!build_listen(r, a, cfg_getnsec(r->cfg, "listen", (unsigned)i), &c->listens[i], at) ||
            !check_listen(r, c, i, at))
            return false;
    }
    return true;
}

static bool check_name(struct reading *r, enum block_id block, const char *name, struct place at)
{
    size_t n = strlen(name);
    bool is_good = n > 0 && n <= NAME_MAX_BYTES;
    for (size_t i = 0; i < n; i++)
        is_good = is_good && name[i] >= 0x20 && name[i] < 0x7f && name[i] != '"' && name[i] != '\\';
    return is_good || reading_fails(r, at, "%s: a name has 1 to %d printable ASCII characters without quotes",
                                    blocks[block].name, NAME_MAX_BYTES);
}

static bool build_policy(struct reading *r, struct arena *a, cfg_t *section, struct conf_policy *p,
                         struct place at)
{
    const char *name = cfg_title(section);
    if (!check_name(r, BLOCK_POLICY, name, at))
        return false;
    p->name = arena_copy_z(a, str_of(name));
    if (strcmp(name, "default") == 0)
        return reading_fails(r, at,
                             "policy \"default\" is what stands outside of all blocks; choose another name");
    fill(a, section, BLOCK_POLICY, p);
    return p->author.n || p->recipient.n ||
           reading_fails(
               r, at,
               "policy \"%s\" fits all mail: give it author = or recipient =, or write its words outside of "
               "all blocks",
               name);
}

static bool build_policies(struct reading *r, struct arena *a, struct draft *d)
{
    size_t n = cfg_size(r->cfg, "policy");
    struct conf *c = &d->conf;
    c->policies = NEW_N(a, struct conf_policy, n + 1);
    c->policy_n = n + 1;
    for (size_t i = 0; c->policies && i < n; i++) {
        c->policies[i] = d->policy;
        if (!build_policy(r, a, cfg_getnsec(r->cfg, "policy", (unsigned)i), &c->policies[i],
                          r->section_at[BLOCK_POLICY][i]))
            return false;
    }
    if (c->policies)
        c->policies[n] = d->policy;
    return c->policies != NULL;
}

/* One kind of names, and at least one name. */
static bool choose_kind(struct reading *r, struct draft_trust *d, cfg_t *section, struct place at)
{
    static const char *const kinds[] = {"arc", "dkim", "host", "address"};
    struct conf_trust *t = &d->trust;
    unsigned n = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (cfg_opt_size(cfg_getopt(section, kinds[i])) == 0)
            continue;
        t->kind = (enum conf_trust_kind)i;
        n++;
    }
    if (n == 0)
        return reading_fails(r, at, "trust \"%s\" names nobody: give it one of arc, dkim, host, address",
                             t->name);
    if (n > 1)
        return reading_fails(
            r, at, "trust \"%s\" has more than one of arc, dkim, host, address; write a block for each",
            t->name);
    if (t->kind != CONF_TRUST_ADDRESS)
        t->names = d->of[t->kind];
    return true;
}

static bool build_trust(struct reading *r, struct arena *a, cfg_t *section, struct conf_trust *t,
                        struct place at)
{
    struct draft_trust d = {0};
    if (!check_name(r, BLOCK_TRUST, cfg_title(section), at))
        return false;
    d.trust.name = arena_copy_z(a, str_of(cfg_title(section)));
    fill(a, section, BLOCK_TRUST, &d);
    if (d.trust.name == NULL || !choose_kind(r, &d, section, at))
        return false;
    for (size_t i = 0; i < d.trust.names.n; i++)
        if (str_eq(d.trust.names.list[i], S("*")))
            return reading_fails(r, at, "trust \"%s\": \"*\" would trust everybody; name domains",
                                 d.trust.name);
    *t = d.trust;
    return true;
}

static bool build_trusts(struct reading *r, struct arena *a, struct conf *c)
{
    size_t n = cfg_size(r->cfg, "trust");
    c->trusts = NEW_N(a, struct conf_trust, n);
    c->trust_n = n;
    for (size_t i = 0; c->trusts && i < n; i++)
        if (!build_trust(r, a, cfg_getnsec(r->cfg, "trust", (unsigned)i), &c->trusts[i],
                         r->section_at[BLOCK_TRUST][i]))
            return false;
    return c->trusts != NULL;
}

struct conf *build_conf(struct reading *r, struct arena *a, const char *host)
{
    struct draft d = {0};
    set_defaults(&d, a, host);
    fill(a, r->cfg, BLOCK_TOP, &d);
    for (unsigned i = BLOCK_TOP + 1; i < BLOCK_N; i++)
        if (!blocks[i].has_title)
            fill(a, cfg_getsec(r->cfg, blocks[i].name), (enum block_id)i, &d);
    d.conf.limits.message.deadline_ms = d.conf.limits.message_ms;
    bool is_good = finish_resolver(r, &d) && finish_sign(r, &d, a) && build_listens(r, a, &d.conf) &&
                   build_policies(r, a, &d) && build_trusts(r, a, &d.conf);
    struct conf *c = NEW(a, struct conf);
    if (a->has_failed)
        reading_fails(r, (struct place){"configuration", 0}, "no memory");
    if (!is_good || a->has_failed)
        return NULL;
    *c = d.conf;
    return c;
}
