/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/fault.h"

static const struct ingam_fault_row faults[INGAM_FAULT_N] = {
    [INGAM_FAULT_NONE] = {"", INGAM_RESULT_NONE, "", ""},
#define FAULT(name, result, spec, sentence)                                                                  \
    [INGAM_FAULT_##name] = {#name, INGAM_RESULT_##result, spec, sentence},
#include <ingam/faults/all.def>
#undef FAULT
};

static const struct ingam_rule_row rules[INGAM_RULE_N + 1] = {
#define RULE(id, method, name, spec, sentence)                                                               \
    [INGAM_RULE_##id] = {INGAM_METHOD_##method, name, spec, sentence},
#include <ingam/rules/all.def>
#undef RULE
    [INGAM_RULE_N] = {INGAM_METHOD_MAIL, "", "", ""},
};

const struct ingam_fault_row *ingam_fault_row(enum ingam_fault fault)
{
    return &faults[(size_t)fault < INGAM_FAULT_N ? fault : INGAM_FAULT_NONE];
}

const char *ingam_fault_name(enum ingam_fault fault, char buf[INGAM_FAULT_NAME_SIZE])
{
    const char *name = ingam_fault_row(fault)->name;
    size_t n = 0;
    for (; n < INGAM_FAULT_NAME_SIZE - 1 && name[n]; n++)
        buf[n] = (char)(name[n] == '_' ? '-' : byte_lower((uint8_t)name[n]));
    buf[n] = 0;
    return buf;
}

const struct ingam_rule_row *ingam_rule_row(enum ingam_rule rule)
{
    return &rules[(size_t)rule < INGAM_RULE_N ? rule : INGAM_RULE_N];
}
