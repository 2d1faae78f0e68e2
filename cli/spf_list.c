/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks as a short list: none within another, neighbours joined. */
#include "cli/spf_tree.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    const struct ingam_network *a = left, *b = right;
    if (a->is_v6 != b->is_v6)
        return a->is_v6 ? 1 : -1;
    int order = memcmp(a->bytes, b->bytes, sizeof a->bytes);
    return order ? order : a->bits - b->bits;
}

static bool is_within(const struct ingam_network *inner, const struct ingam_network *outer)
{
    struct ip ip = {.is_v6 = inner->is_v6};
    memcpy(ip.bytes, inner->bytes, sizeof ip.bytes);
    return inner->bits >= outer->bits && spf_network_has(outer, &ip);
}

/* Makes one network of two that are the halves of it. ret false: they are not */
static bool join(struct ingam_network *a, const struct ingam_network *b)
{
    struct ingam_network larger = *a;
    if (a->is_v6 != b->is_v6 || a->bits != b->bits || a->bits == 0)
        return false;
    larger.bits--;
    larger.bytes[larger.bits / 8] &= (uint8_t) ~(0x80 >> larger.bits % 8);
    if (memcmp(larger.bytes, a->bytes, sizeof larger.bytes) != 0 || !is_within(b, &larger))
        return false;
    *a = larger;
    return true;
}

/* A network that joins its neighbour may then join the one before. */
static void shorten(struct spf_list *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        struct ingam_network *last = n ? &list->networks[n - 1] : NULL;
        if (last && is_within(&list->networks[i], last))
            continue;
        list->networks[n++] = list->networks[i];
        while (n > 1 && join(&list->networks[n - 2], &list->networks[n - 1]))
            n--;
    }
    list->n = n;
}

bool spf_list_make(struct arena *a, const struct ingam_spf_branch *branches, size_t from, size_t to,
                   struct spf_list *list)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        n += branches[i].network_n;
    list->n = 0;
    list->networks = arena_take_array(a, n ? n : 1, sizeof *list->networks);
    if (list->networks == NULL)
        return false;
    for (size_t i = from; i < to; i++)
        for (size_t k = 0; branches[i].result == INGAM_RESULT_PASS && k < branches[i].network_n; k++)
            list->networks[list->n++] = branches[i].networks[k];
    qsort(list->networks, list->n, sizeof *list->networks, compare);
    shorten(list);
    return true;
}

bool spf_list_has(const struct spf_list *list, const struct ingam_network *network)
{
    for (size_t i = 0; i < list->n; i++)
        if (is_within(network, &list->networks[i]))
            return true;
    return false;
}
