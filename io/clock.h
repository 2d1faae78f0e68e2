/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include <stdint.h>

uint64_t clock_now_ms(void);  /* since some fixed moment; never goes back: for deadlines */
uint64_t clock_now_us(void);  /* the same, finer */
uint64_t clock_wall_ms(void); /* since 1970 UTC: for verdicts */

#endif
