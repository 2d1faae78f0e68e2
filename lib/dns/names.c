/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns.h"

#include "base/idn.h"
#include "base/word.h"

static str without_last_dot(str name)
{
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    return name;
}

/* Eight bytes at once: labels of 1 to 63 ASCII bytes, 1 to 253 bytes in all.   [RFC1035 2.3.4] */
bool name_is_askable(str name)
{
    size_t label_at = 0;
    uint64_t high = 0;
    if (name.n == 0 || name.n > NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i += 8) {
        size_t left = name.n - i;
        uint64_t w = left >= 8 ? word_load(name.p + i) : word_load_part(name.p + i, left);
        high |= w;
        for (uint64_t dots = ~word_is_not(w, '.') & WORD_MASK; dots; dots &= dots - 1) {
            size_t dot_at = i + word_first(dots);
            if (dot_at - label_at - 1 >= LABEL_MAX)
                return false;
            label_at = dot_at + 1;
        }
    }
    return (high & WORD_MASK) == 0 && name.n - label_at - 1 < LABEL_MAX;
}

/* [RFC1035 2.3.4] [RFC8616 3] */
bool name_read(struct arena *a, str text, str *name)
{
    str ascii;
    if (idn_to_ascii(a, without_last_dot(text), &ascii) != IDN_OK)
        return false;
    if (!name_is_askable(ascii))
        return false;
    *name = ascii;
    return true;
}

size_t name_labels(str name)
{
    size_t n = name.n > 0;
    for (size_t i = 0; i < name.n; i++)
        n += name.p[i] == '.';
    return n;
}

str name_parent(str name)
{
    return str_from(name, str_find(name, '.') + 1);
}

str name_last_labels(str name, size_t n)
{
    if (n == 0)
        return str_from(name, name.n);
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '.' && --n == 0)
            return str_from(name, i);
    return name;
}

bool name_is_under(str name, str top)
{
    if (top.n == 0)
        return true;
    if (!str_ends_nocase(name, top))
        return false;
    return name.n == top.n || name.p[name.n - top.n - 1] == '.';
}

/* Adds one label. ret false: no room */
static bool add_label(str label, uint8_t text[NAME_MAX], size_t *n)
{
    static const uint8_t dot[] = {'\\', '0', '4', '6'};
    for (size_t i = 0; i < label.n; i++) {
        bool is_dot = label.p[i] == '.';
        size_t need = is_dot ? sizeof dot : 1;
        if (need > NAME_MAX - *n)
            return false;
        memcpy(text + *n, is_dot ? dot : label.p + i, need);
        *n += need;
    }
    return true;
}

const uint8_t *name_read_wire(cur *c, uint8_t text[NAME_MAX], size_t *n)
{
    for (*n = 0;;) {
        const uint8_t *at = c->p;
        if (cur_end(c) || *at > LABEL_MAX || (size_t)(c->end - at) <= *at)
            return at;
        str label = {at + 1, *at};
        c->p = at + 1 + label.n;
        if (label.n == 0)
            return NULL;
        if (*n == NAME_MAX)
            return at;
        if (*n)
            text[(*n)++] = '.';
        if (!add_label(label, text, n))
            return at;
    }
}
