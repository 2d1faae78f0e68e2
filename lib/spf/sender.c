/* SPDX-License-Identifier: BSD-2-Clause */
/* Who the sender is, and at which domain its record stands.                               [RFC7208 2.4] [RFC7208 4.3] */
#include "spf/eval.h"

/* Letters, digits, dashes, underscores in labels of right size; more than one label, the last not digits alone: an
 * address literal is no domain.                                                         [RFC7208 4.3] [RFC7208 2.3]
 * out  has_upper  it is not in the form that facts use */
static bool is_domain(str name, bool *has_upper)
{
    const uint8_t *p = name.p, *end = cur_of(name).end;
    bool has_dot = false;
    *has_upper = false;
    for (;;) {
        const uint8_t *from = p;
        unsigned seen = 0, classes;
        for (; p < end && (classes = byte_classes[*p] & (C_ALPHA | C_DIGIT | C_DASH | C_UNDER)); p++) {
            seen |= classes;
            *has_upper |= *p != byte_lower(*p);
        }
        if (p == from || p - from > LABEL_MAX)
            return false;
        if (p == end)
            return has_dot && seen != C_DIGIT && name.n <= NAME_MAX;
        if (*p++ != '.')
            return false;
        has_dot = true;
    }
}

/* Takes the sender apart: a source route goes, and where there is no local-part it is "postmaster".
 *                                                                                       [RFC7208 2.4] [RFC7208 4.3]
 * ret  the domain as written */
static str split_sender(const struct spf_request *request, str *local)
{
    *local = S("postmaster");
    if (request->identity == SPF_HELO || request->mail_from.n == 0)
        return request->helo;
    str mail_from = request->mail_from;
    size_t colon = mail_from.p[0] == '@' ? str_find(mail_from, ':') : mail_from.n;
    if (colon < mail_from.n)
        mail_from = str_from(mail_from, colon + 1);
    size_t at = str_find_last(mail_from, '@');
    if (at == mail_from.n)
        return mail_from;
    if (at)
        *local = str_first(mail_from, at);
    return str_from(mail_from, at + 1);
}

void spf_find_sender(const struct method_run *on, const struct spf_request *request,
                     struct spf_sender *sender)
{
    bool has_upper;
    sender->is_known = true;
    sender->written = split_sender(request, &sender->local);
    sender->has_high_local = !str_is_ascii(sender->local);
    sender->domain = sender->written;
    bool is_right = is_domain(sender->written, &has_upper);
    if (!is_right || has_upper)
        is_right =
            name_read(on->arena, sender->written, &sender->domain) && is_domain(sender->domain, &has_upper);
    if (is_right)
        sender->txt = facts_ask(on->facts, S(""), sender->domain, INGAM_RR_TXT);
    else
        sender->domain = S("");
}
