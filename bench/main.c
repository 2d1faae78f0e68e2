/* SPDX-License-Identifier: BSD-2-Clause */
/* bench FOLDER KEYS time [ROUNDS] [ROW]   one line a row, fields parted by tabs: see print_row
 * bench FOLDER KEYS loop ROW WHO N        WHO (ours, peer, floor) does the row's job N times, for callgrind
 * ROW is the beginning of a row's name. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 31, ROUNDS_MAX = 1001, SLICE_NS = 4000000, WARM_UP = 3 };

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ret  CPU time of one job */
static double timed(contestant *work, const struct job *job, size_t n)
{
    double before = cpu_ns();
    for (size_t i = 0; i < n; i++)
        work(job);
    return (cpu_ns() - before) / (double)n;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ret  the value below which `share` of them lie; sorts */
static double quantile(double *values, size_t n, double share)
{
    qsort(values, n, sizeof *values, by_size);
    return values[(size_t)(share * (double)(n - 1) + 0.5)];
}

struct times {
    double of[WHO_N][ROUNDS_MAX];
    size_t rounds;
};

/* The median of the ratios over all rounds, and the quartiles around it; 0 where one of the two did not run. */
static void print_ratio(const struct row *row, const struct times *t, enum who above, enum who below)
{
    double ratios[ROUNDS_MAX] = {0};
    for (size_t i = 0; i < t->rounds && row->by[above] && row->by[below]; i++)
        ratios[i] = t->of[above][i] / t->of[below][i];
    printf("\t%.4f\t%.4f\t%.4f", quantile(ratios, t->rounds, 0.5), quantile(ratios, t->rounds, 0.25),
           quantile(ratios, t->rounds, 0.75));
}

/* name, peer, four times in ns, then median and quartiles of peer/ours, ours/floor, hash/ours, then the three targets */
static void print_row(const struct row *row, struct times *t)
{
    printf("%s\t%s", row->name, row->peer);
    double medians[WHO_N];
    for (enum who w = OURS; w < WHO_N; w++) {
        double copy[ROUNDS_MAX];
        memcpy(copy, t->of[w], sizeof copy);
        medians[w] = row->by[w] ? quantile(copy, t->rounds, 0.5) : 0;
        printf("\t%.0f", medians[w]);
    }
    print_ratio(row, t, PEER, OURS);
    print_ratio(row, t, OURS, FLOOR);
    print_ratio(row, t, HASH, OURS);
    printf("\t%g\t%g\t%g\n", row->target, row->floor_max, row->hash_min);
    fflush(stdout);
}

static void time_row(struct row *row, size_t rounds)
{
    static struct times t;
    size_t n[WHO_N] = {0};
    row_ready(row);
    for (enum who w = OURS; w < WHO_N; w++) {
        if (row->by[w] == NULL)
            continue;
        timed(row->by[w], &row->job, 1);
        double one = timed(row->by[w], &row->job, WARM_UP);
        n[w] = one < SLICE_NS ? (size_t)(SLICE_NS / one) : 1;
    }
    t.rounds = rounds;
    for (size_t i = 0; i < rounds; i++)
        for (size_t k = 0; k < WHO_N; k++) {
            size_t w = (i + k) % WHO_N; /* nobody is always the first */
            if (row->by[w])
                t.of[w][i] = timed(row->by[w], &row->job, n[w]);
        }
    print_row(row, &t);
}

static void time_all(size_t rounds, const char *only)
{
    for (size_t i = 0; i < row_n; i++)
        if (strncmp(rows[i].name, only, strlen(only)) == 0)
            time_row(&rows[i], rounds);
}

/* For callgrind. */
static void loop(struct row *row, contestant *work, size_t n)
{
    row_ready(row);
    while (n--)
        work(&row->job);
}

static size_t number(const char *z)
{
    return (size_t)strtoul(z, NULL, 10);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        give_up("usage", "bench FOLDER KEYS time [ROUNDS] [ROW] | bench FOLDER KEYS loop ROW WHO N");
    set_up(argv[1], argv[2]);
    if (strcmp(argv[3], "loop") == 0 && argc == 7) {
        struct row *row = row_named(argv[4]);
        loop(row, contestant_named(row, argv[5]), number(argv[6]));
        return 0;
    }
    size_t rounds = argc > 4 ? number(argv[4]) : ROUNDS;
    time_all(rounds && rounds <= ROUNDS_MAX ? rounds : ROUNDS, argc > 5 ? argv[5] : "");
    return 0;
}
