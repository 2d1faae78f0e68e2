/* SPDX-License-Identifier: BSD-2-Clause */
/* What a term lets in by address.                                     [RFC7208 5.3] [RFC7208 5.4] [RFC7208 5.6] */
#include "records/records.h"

enum { MX_MAX = 10, NETWORKS_FIRST = 8 };

/* Makes room where it has run out: at 0, 8, 16, 32 ... networks. ret where the next one goes; NULL: no memory */
static struct ingam_network *room(struct lint *l, uint32_t at)
{
    struct ingam_spf_branch *branch = &l->tree.branches[at];
    size_t n = branch->network_n;
    bool is_full = n == 0 || (n >= NETWORKS_FIRST && (n & (n - 1)) == 0);
    if (is_full) {
        struct ingam_network *larger =
            NEW_N(l->run->arena, struct ingam_network, n ? 2 * n : (size_t)NETWORKS_FIRST);
        if (larger && n)
            memcpy(larger, branch->networks, n * sizeof *larger);
        l->tree.networks[at] = larger;
        branch->networks = larger;
        branch->network_n = larger ? n : 0;
    }
    return l->tree.networks[at] ? &l->tree.networks[at][branch->network_n++] : NULL;
}

static void add_network(struct lint *l, uint32_t at, struct ip ip, unsigned bits)
{
    struct ingam_network *network = room(l, at);
    if (network == NULL)
        return;
    *network = (struct ingam_network){.is_v6 = ip.is_v6, .bits = (uint8_t)bits};
    for (size_t bit = 0; bit < bits; bit++)
        network->bytes[bit / 8] |= (uint8_t)(ip.bytes[bit / 8] & 0x80 >> bit % 8);
}

static void keep_smallest(struct lint *l, uint32_t at, uint32_t ttl)
{
    struct ingam_spf_branch *branch = &l->tree.branches[at];
    branch->ttl = ttl < branch->ttl ? ttl : branch->ttl;
}

static size_t add_addresses(struct lint *l, uint32_t at, const struct fact *fact, unsigned bits)
{
    if (fact == NULL)
        return 0;
    for (size_t i = 0; i < fact->rr_n; i++) {
        struct ip ip = {.is_v6 = fact->type == INGAM_RR_AAAA};
        memcpy(ip.bytes, fact->rrs[i].data.p, fact->rrs[i].data.n);
        add_network(l, at, ip, bits);
    }
    if (fact->rr_n)
        keep_smallest(l, at, fact->ttl);
    return fact->rr_n;
}

/* ret  how many addresses; SIZE_MAX: not known yet */
static size_t add_host(struct lint *l, uint32_t at, const struct spf_term *term, str host)
{
    const struct fact *v4 = lint_ask(l, S(""), host, INGAM_RR_A);
    const struct fact *v6 = lint_ask(l, S(""), host, INGAM_RR_AAAA);
    size_t n = add_addresses(l, at, v4, term->cidr4) + add_addresses(l, at, v6, term->cidr6);
    return v4 && v6 ? n : SIZE_MAX;
}

static void say_void(struct lint *l, uint32_t at)
{
    l->tree.voids++;
    l->tree.branches[at].voids = 1;
    tree_say(l, at, FIND_SPF037, 0);
}

static void add_mx(struct lint *l, uint32_t at, const struct spf_term *term)
{
    const struct fact *mx = lint_ask(l, S(""), l->tree.branches[at].target, INGAM_RR_MX);
    if (mx == NULL)
        return;
    if (mx->rr_n == 0)
        say_void(l, at);
    else
        keep_smallest(l, at, mx->ttl);
    if (mx->rr_n > MX_MAX)
        tree_say(l, at, FIND_SPF039, (int64_t)mx->rr_n);
    for (size_t i = 0; i < mx->rr_n && i < MX_MAX; i++)
        add_host(l, at, term, mx->rrs[i].data);
}

void tree_hosts(struct lint *l, uint32_t at, const struct spf_term *term)
{
    if (term->kind == TERM_IP4)
        add_network(l, at, term->network, term->cidr4);
    else if (term->kind == TERM_IP6)
        add_network(l, at, term->network, term->cidr6);
    else if (term->kind == TERM_MX)
        add_mx(l, at, term);
    else if (term->kind == TERM_A && add_host(l, at, term, l->tree.branches[at].target) == 0)
        say_void(l, at);
}
