/* SPDX-License-Identifier: BSD-2-Clause */
/* Macros: pieces of a macro-string, the syntax of domain-specs, and expansion.                          [RFC7208 7] */
#ifndef SPF_MACRO_H
#define SPF_MACRO_H

#include "base/base.h"

enum macro_got { MACRO_LITERAL, MACRO_LETTER, MACRO_END, MACRO_BAD };

struct macro {
    str literal;     /* MACRO_LITERAL: these bytes, or what %% %_ %- stand for */
    uint8_t letter;  /* MACRO_LETTER: lower case, one of slodiphcrtv           */
    bool is_escaped; /* the letter was upper case: URL-escape                  */
    bool is_reversed;
    unsigned keep;        /* how many parts on the right; 0: all                    */
    str delimiters;       /* empty: "."                                             */
    enum ingam_fault why; /* MACRO_BAD                                              */
};

/* Reads the next piece: a run of literal bytes or one macro-expand.                                   [RFC7208 7.1]
 * in   c  inside a macro-string or explain-string
 * ret  MACRO_BAD: c->p is at the byte that does not fit */
enum macro_got macro_next(cur *c, struct macro *m);

/* Checks a macro-string.
 * in   is_exp  the letters c, r and t may stand in it (explanation text, unknown modifiers)           [RFC7208 7.2]
 * out  uses    what it needs (USES_...)
 * ret  false: *wrong is the byte, *why the fault */
struct macro_check {
    uint8_t uses;
    const uint8_t *tail; /* where the literal text after the last macro-expand begins */
    const uint8_t *wrong;
    enum ingam_fault why;
};
bool macro_string_check(str text, bool is_exp, struct macro_check *check);
/* The same for a domain-spec, which must end in "." toplabel or in a macro-expand.                    [RFC7208 7.1] */
bool domain_spec_check(str text, struct macro_check *check);
/* ret  the text, or what stands behind its last macro-expand, ends in "." toplabel [ "." ]            [RFC7208 7.1] */
bool domain_ends_right(str text);

/* Writes one letter's value, split, reversed, cut and escaped as the macro says.                      [RFC7208 7.3] */
void macro_write(struct out *o, const struct macro *m, str value);

#endif
