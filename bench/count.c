/* SPDX-License-Identifier: BSD-2-Clause */
/* bench-count FOLDER KEYS ROW WHO: allocations of one job when it is warm, also those of the libraries beneath, and the most
 * bytes that it held at a time. */
#include "bench.h"
#include "tests/gates/counted.h"

#include <stdio.h>

enum { WARM_UP = 3 };

int main(int argc, char **argv)
{
    if (argc != 5)
        give_up("usage", "bench-count FOLDER KEYS ROW WHO");
    set_up(argv[1], argv[2]);
    struct row *row = row_named(argv[3]);
    contestant *work = contestant_named(row, argv[4]);
    row_ready(row);
    for (size_t i = 0; i < WARM_UP; i++)
        work(&row->job);
    struct counted before = counted;
    counted.peak = counted.in_flight;
    work(&row->job);
    printf("%zu\t%zu\n", counted.calls - before.calls, counted.peak - before.in_flight);
    return 0;
}
