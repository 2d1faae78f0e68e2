/* SPDX-License-Identifier: BSD-2-Clause */
/* Short names for faults and rules inside the library: FAULT_x is INGAM_FAULT_x, RULE_x is INGAM_RULE_x. They are
 * enumerators of another type with the same values, which is what they are for: the compilers need not say so. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/str.h"

#pragma GCC diagnostic ignored "-Wenum-conversion"
#pragma GCC diagnostic ignored "-Wenum-compare"

enum fault_short {
    FAULT_NONE = INGAM_FAULT_NONE,
#define FAULT(name, result, spec, sentence) FAULT_##name = INGAM_FAULT_##name,
#include <ingam/faults/all.def>
#undef FAULT
};

enum rule_short {
#define RULE(id, method, name, spec, sentence) RULE_##id = INGAM_RULE_##id,
#include <ingam/rules/all.def>
#undef RULE
    RULE_N = INGAM_RULE_N
};

static inline enum ingam_result fault_result(enum ingam_fault fault)
{
    return ingam_fault_row(fault)->result;
}

#endif
