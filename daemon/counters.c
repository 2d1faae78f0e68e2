/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/counters.h"

#include <stddef.h>
#include <sys/mman.h>

const uint32_t counters_bounds_ms[COUNTERS_BUCKETS - 1] = {1,   2,   5,    10,   20,   50,   100,
                                                           200, 500, 1000, 2000, 5000, 10000};

struct counters_all *counters_new(void)
{
    void *p =
        mmap(NULL, sizeof(struct counters_all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}
