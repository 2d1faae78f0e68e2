/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_IDN_H
#define BASE_IDN_H

#include "base/arena.h"

enum idn_got { IDN_OK, IDN_BAD, IDN_MEMORY };

/* Makes A-labels of U-labels (IDNA 2008, non-transitional) and lower case of the rest.   [RFC8616 3] [RFC9989 5.3.1]
 * in   domain  UTF-8, dots between labels; an all-ASCII domain costs no more than its copy
 * out  ascii   in the arena */
enum idn_got idn_to_ascii(struct arena *a, str domain, str *ascii);
/* The other way, for people's eyes: A-labels as the UTF-8 that they stand for.
 * ret  IDN_BAD: some xn-- label stands for nothing */
enum idn_got idn_to_unicode(struct arena *a, str ascii, str *unicode);

#endif
