/* SPDX-License-Identifier: BSD-2-Clause */
/* Signing, inside: what the public face (sign_message.c) is made of.
 *
 *   sign_lines.c   is every line one that arrives as it was sent?     sign_wanted.c  what was asked for, checked
 *   sign_names.c   which fields are signed                            sign_write.c   the field, folded
 *   sign_digest.c  the field without its signature, and its digest */
#ifndef DKIM_SIGN_H
#define DKIM_SIGN_H

#include "dkim/dkim.h"
#include <ingam/sign.h>

/* One signature on its way. */
struct sign_one {
    struct ingam_sign_wanted
        wanted; /* slices lie in the arena; domain, selector and auid as they are written */
    int body;   /* handle of dkim_body_want */
    str names;  /* h= without folds */
    struct out field;
    struct dkim_writer writer;
    uint8_t digest[32];
    bool is_given_out, is_answered, is_made;
};

/* ret  the names of h=, colons between: those asked for, or the default list over this header.   [RFC6376 5.4] */
str sign_names(struct arena *a, const struct ingam_sign_wanted *wanted, const struct mail_header *h);
/* ret  how many names such a list holds */
size_t sign_names_n(str names);

/* Writes the field up to "b=" and hashes what is signed. ret false: no memory                    [RFC6376 3.7] */
bool sign_digest(const struct method_run *run, const struct mail_header *h, const struct dkim_body *body,
                 struct sign_one *one);

#endif
