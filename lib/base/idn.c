/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/idn.h"

#include <idn2.h>

enum { DOMAIN_MAX = 1024 };

static enum idn_got from_u_labels(struct arena *a, str domain, str *ascii)
{
    char *z = arena_copy_z(a, domain);
    uint8_t *converted = NULL;
    if (z == NULL)
        return IDN_MEMORY;
    int rc = idn2_lookup_u8((const uint8_t *)z, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (rc == IDN2_MALLOC)
        return IDN_MEMORY;
    if (rc != IDN2_OK)
        return IDN_BAD;
    *ascii = arena_copy_lower(a, str_of((const char *)converted));
    idn2_free(converted);
    return ascii->p ? IDN_OK : IDN_MEMORY;
}

enum idn_got idn_to_ascii(struct arena *a, str domain, str *ascii)
{
    if (str_is_ascii(domain)) {
        *ascii = arena_copy_lower(a, domain);
        return ascii->p ? IDN_OK : IDN_MEMORY;
    }
    if (domain.n > DOMAIN_MAX || !str_is_utf8(domain) || str_find(domain, 0) != domain.n)
        return IDN_BAD;
    return from_u_labels(a, domain, ascii);
}

enum idn_got idn_to_unicode(struct arena *a, str ascii, str *unicode)
{
    char *z = ascii.n <= DOMAIN_MAX ? arena_copy_z(a, ascii) : NULL;
    char *converted = NULL;
    if (z == NULL)
        return ascii.n <= DOMAIN_MAX ? IDN_MEMORY : IDN_BAD;
    int rc = idn2_to_unicode_8z8z(z, &converted, 0);
    if (rc == IDN2_MALLOC)
        return IDN_MEMORY;
    if (rc != IDN2_OK)
        return IDN_BAD;
    *unicode = arena_copy(a, str_of(converted));
    idn2_free(converted);
    return unicode->p ? IDN_OK : IDN_MEMORY;
}
