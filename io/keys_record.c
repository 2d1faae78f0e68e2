/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of a key, and its selector. */
#include "io/keys.h"

#include "base/base64.h"
#include "base/tags.h"
#include <stdio.h>
#include <time.h>

enum { TAGS_MAX = 64, LABEL_SIZE = 64 };

static str kind_of(enum ingam_algorithm algorithm)
{
    return algorithm == INGAM_RSA_SHA256 ? S("rsa") : S("ed25519");
}

/* [RFC6376 3.6.1] [RFC8463 4.2] */
void keys_record_write(struct out *o, enum ingam_algorithm algorithm, str p)
{
    out_z(o, "v=DKIM1; k=");
    out_str(o, kind_of(algorithm));
    out_z(o, "; p=");
    out_str(o, p);
}

/* ret  a colon-separated list, or no list at all, allows the item */
static bool allows(const struct tag *list, str item, str any)
{
    cur c = cur_of(list ? list->value : item);
    for (;;) {
        str one = str_trim_fws(cur_until(&c, ':'));
        if (str_eq(one, item) || (any.n && str_eq(one, any)))
            return true;
        if (!cur_byte(&c, ':'))
            return false;
    }
}

static bool same_bytes(struct arena *a, str one, str other)
{
    size_t one_n = 0, other_n = 0;
    uint8_t *x = arena_take_raw(a, one.n / 4 * 3 + 3);
    uint8_t *y = arena_take_raw(a, other.n / 4 * 3 + 3);
    if (x == NULL || y == NULL || base64_read(one, x, &one_n) || base64_read(other, y, &other_n))
        return false;
    return one_n == other_n && memcmp(x, y, one_n) == 0;
}

/* ret  a verifier that is strict about k=, h= and s= takes a key of this kind. t=y says that it should not be believed, so
 * that is another record than ours.                                               [RFC6376 3.6.1] [RFC6376 6.1.2] */
static bool has_use(const struct tag_list *list, enum ingam_algorithm algorithm)
{
    const struct tag *k = tag_find(list, S("k")), *t = tag_find(list, S("t"));
    if (!str_eq(k ? k->value : S("rsa"), kind_of(algorithm)) || (t && allows(t, S("y"), S(""))))
        return false;
    return allows(tag_find(list, S("h")), S("sha256"), S("")) &&
           allows(tag_find(list, S("s")), S("email"), S("*"));
}

/* [RFC6376 3.6.1] */
enum keys_sight keys_record_judge(struct arena *a, str record, enum ingam_algorithm algorithm, str p)
{
    struct tag_list list;
    if (tag_list_read(a, record, TAGS_MAX, false, &list) != TAG_LIST_OK)
        return KEYS_DIFFERS;
    const struct tag *v = tag_find(&list, S("v")), *data = tag_find(&list, S("p"));
    if (data == NULL || (v && (v != list.tags || !str_eq(v->value, S("DKIM1")))))
        return KEYS_DIFFERS;
    if (data->value.n == 0)
        return KEYS_EMPTY;
    return p.n && has_use(&list, algorithm) && same_bytes(a, data->value, p) ? KEYS_RIGHT : KEYS_DIFFERS;
}

/* [RFC6376 3.1] */
bool keys_selector_is_good(const char *selector)
{
    cur c = cur_of(str_of(selector));
    if (strlen(selector) >= KEYS_SELECTOR_SIZE)
        return false;
    do {
        str label = cur_run(&c, C_ALPHA | C_DIGIT | C_DASH | C_UNDER);
        if (label.n == 0 || label.n >= LABEL_SIZE || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
    } while (cur_byte(&c, '.'));
    return cur_end(&c);
}

/* Writes what one letter of a template stands for. ret  bytes, 0: it stands for nothing */
static size_t put_part(char letter, enum ingam_algorithm algorithm, const struct tm *tm, char part[16])
{
    static const char known[] = "YmdHM";
    char format[3] = {'%', letter, 0};
    if (letter == 'a')
        return (size_t)snprintf(part, 16, "%s", algorithm == INGAM_RSA_SHA256 ? "rsa" : "ed25519");
    if (letter == 0 || strchr(known, letter) == NULL)
        return 0;
    return strftime(part, 16, format, tm);
}

bool keys_selector_make(const char *template, enum ingam_algorithm algorithm, int64_t now_s,
                        char selector[KEYS_SELECTOR_SIZE])
{
    time_t at = (time_t)now_s;
    struct tm tm;
    size_t n = 0;
    if (gmtime_r(&at, &tm) == NULL)
        return false;
    for (const char *t = template; *t; t++) {
        char part[16] = {*t, 0};
        size_t part_n = *t == '%' ? put_part(*++t, algorithm, &tm, part) : 1;
        if (part_n == 0 || n + part_n >= KEYS_SELECTOR_SIZE)
            return false;
        memcpy(selector + n, part, part_n);
        n += part_n;
    }
    selector[n] = 0;
    return keys_selector_is_good(selector);
}
