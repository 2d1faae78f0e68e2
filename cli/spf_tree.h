/* SPDX-License-Identifier: BSD-2-Clause */
/* What ingam spf tree, who and flatten share: an SPF record with all it includes. */
#ifndef CLI_SPF_TREE_H
#define CLI_SPF_TREE_H

#include "base/ip.h"
#include "cli/lint.h"

struct spf_asked {
    struct options base; /* first: the rows of options.h write there */
    const char *against; /* flatten: --against */
    int wanted;          /* words on the command line, the domain first */
    struct judge judge;
    struct arena arena;
    struct ingam_lint *lint;
    const struct ingam_spf_branch *branches;
    size_t n;
    str domain;
};

/* Reads the command line and the tree of its first word.
 * in   q      `wanted` is set, all else zero
 * out  first  index of the first word
 * ret  -1: go on; else what to exit with. Close in any case */
int spf_asked_open(struct spf_asked *q, const struct args *usage, int argc, char **argv, int *first);
void spf_asked_close(struct spf_asked *q);
/* ret  the tree of a domain, or NULL: why was said */
struct ingam_lint *spf_asked_run(struct spf_asked *q, const char *domain, int *status);

/* ret  the term is all, whatever its qualifier */
bool spf_is_all(str term);
/* ret  the networks of a branch, with commas between */
str spf_networks(struct arena *a, const struct ingam_spf_branch *branch);
str spf_network(struct arena *a, const struct ingam_network *network);
/* ret  the address lies in it */
bool spf_network_has(const struct ingam_network *network, const struct ip *ip);

/* A list of networks, sorted, none within another. */
struct spf_list {
    struct ingam_network *networks;
    size_t n;
};
/* Collects what branches from..to let in by pass alone. ret false: no memory */
bool spf_list_make(struct arena *a, const struct ingam_spf_branch *branches, size_t from, size_t to,
                   struct spf_list *list);
bool spf_list_has(const struct spf_list *list, const struct ingam_network *network);

int spf_tree_command(int argc, char **argv);
int spf_who_command(int argc, char **argv);
int spf_flatten_command(int argc, char **argv);

#endif
