/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/key.h"

#include "base/date.h"
#include "base/ip.h"
#include <math.h>
#include <stdlib.h>

void key_options_default(struct key_options *o)
{
    *o = (struct key_options){.keys = "/var/lib/ingam/keys",
                              .template = "%Y%m-%a",
                              .times = {KEYS_FLIGHT_S, KEYS_EMPTY_S},
                              .ttl_s = 3600};
}

static bool set_text(const char **into, const char *value)
{
    *into = value;
    return *value != 0;
}

static bool set_keys(void *into, const char *value)
{
    return set_text(&((struct key_options *)into)->keys, value);
}

static bool set_at(void *into, const char *value)
{
    struct key_options *o = into;
    o->has_at = true;
    return date_read(str_of(value), &o->at_s);
}

static bool set_ed25519(void *into, const char *value)
{
    (void)value;
    ((struct key_options *)into)->algorithm = INGAM_ED25519_SHA256;
    return true;
}

static bool set_bits(void *into, const char *value)
{
    uint64_t bits = 0;
    if (!str_to_uint(str_of(value), 4096, &bits))
        return false;
    ((struct key_options *)into)->bits = (uint32_t)bits;
    return bits == 2048 || bits == 3072 || bits == 4096;
}

static bool set_template(void *into, const char *value)
{
    char selector[KEYS_SELECTOR_SIZE];
    return set_text(&((struct key_options *)into)->template, value) &&
           keys_selector_make(value, INGAM_RSA_SHA256, 0, selector);
}

/* Reads a number with s, m, h, d or w behind it; one without could be meant in days. */
static bool read_duration(const char *value, int64_t *seconds)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    cur c = cur_of(str_of(value));
    uint64_t n = 0;
    if (!cur_uint(&c, 100000000, &n))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (cur_byte(&c, (uint8_t)units[i].unit)) {
            *seconds = (int64_t)n * units[i].seconds;
            return cur_end(&c) && *seconds <= INT64_C(3155760000);
        }
    return false;
}

static bool set_every(void *into, const char *value)
{
    struct key_options *o = into;
    return read_duration(value, &o->every_s) && o->every_s > 0;
}

static bool set_flight(void *into, const char *value)
{
    return read_duration(value, &((struct key_options *)into)->times.flight_s);
}

static bool set_empty(void *into, const char *value)
{
    return read_duration(value, &((struct key_options *)into)->times.empty_s);
}

static bool set_leaked(void *into, const char *value)
{
    (void)value;
    ((struct key_options *)into)->is_leaked = true;
    return true;
}

static bool set_forced(void *into, const char *value)
{
    (void)value;
    ((struct key_options *)into)->is_forced = true;
    return true;
}

static bool set_past(void *into, const char *value)
{
    (void)value;
    ((struct key_options *)into)->with_past = true;
    return true;
}

static bool set_zone(void *into, const char *value)
{
    return set_text(&((struct key_options *)into)->zone, value);
}

static bool is_address(str text)
{
    struct ip ip;
    uint64_t port = 0;
    size_t at = str_find(text, '@');
    return ip_read(str_first(text, at), &ip) &&
           (at == text.n || (str_to_uint(str_from(text, at + 1), 65535, &port) && port));
}

static bool set_resolver(void *into, const char *value)
{
    return set_text(&((struct key_options *)into)->resolver, value) && is_address(str_of(value));
}

/* [ZONE=]ADDR[@PORT] */
static bool set_authority(void *into, const char *value)
{
    struct key_options *o = into;
    str text = str_of(value);
    size_t at = str_find(text, '=');
    str zone = at < text.n ? str_first(text, at) : S("");
    if (o->server_n == KEY_SERVERS_MAX || zone.n >= sizeof o->texts[0])
        return false;
    char *kept = o->texts[o->server_n];
    for (size_t i = 0; i < zone.n; i++)
        kept[i] = (char)byte_lower(zone.p[i]);
    const char *address = at < text.n ? value + at + 1 : value;
    o->servers[o->server_n++] = (struct authority_server){kept, address};
    return is_address(str_of(address));
}

static bool set_timeout(void *into, const char *value)
{
    char *end;
    double seconds = strtod(value, &end);
    ((struct key_options *)into)->timeout_s = seconds;
    return end != value && *end == 0 && isfinite(seconds) && seconds > 0 && seconds <= 3600;
}

static bool set_opendkim(void *into, const char *value)
{
    (void)value;
    ((struct key_options *)into)->is_opendkim = true;
    return true;
}

static bool set_apply(void *into, const char *value)
{
    ((struct key_options *)into)->apply = value;
    return strcmp(value, "nsupdate") == 0 || (str_starts(str_of(value), S("hook:")) && value[5]);
}

static bool set_tsig(void *into, const char *value)
{
    return set_text(&((struct key_options *)into)->tsig, value);
}

static bool set_server(void *into, const char *value)
{
    return set_text(&((struct key_options *)into)->server, value) && is_address(str_of(value));
}

static bool set_update_zone(void *into, const char *value)
{
    return set_text(&((struct key_options *)into)->update_zone, value);
}

static bool set_delegate(void *into, const char *value)
{
    return set_text(&((struct key_options *)into)->delegate_to, value);
}

static bool set_ttl(void *into, const char *value)
{
    int64_t seconds = 0;
    bool is_good = read_duration(value, &seconds) && seconds <= 604800;
    ((struct key_options *)into)->ttl_s = (uint32_t)seconds;
    return is_good;
}

#define DURATION "a number with s, m, h, d or w behind it, such as 90d"
#define END_OF_ROWS                                                                                          \
    {                                                                                                        \
        NULL, NULL, NULL, NULL, NULL                                                                         \
    }

const struct arg key_options_store[] = {
    {"keys", "DIR", "the folder of all keys (/var/lib/ingam/keys)", set_keys, "the name of a folder"},
    END_OF_ROWS,
};
const struct arg key_options_time[] = {
    {"at", "TIME", "as of this time, not now", set_at,
     "a time such as 2026-09-01T12:00:00Z, or Unix seconds"},
    {"in-flight", "DURATION", "how long mail may be on its way: a retired key keeps its record (7d)",
     set_flight, DURATION},
    {"revoked-for", "DURATION", "how long an empty p= stands before it is removed (30d)", set_empty,
     DURATION},
    END_OF_ROWS,
};
const struct arg key_options_dns[] = {
    {"authority", "[ZONE=]ADDR",
     "ask this name server instead of those the DNS names; ADDR@PORT; may stand more than once",
     set_authority, "an address such as 192.0.2.53 or example.org=192.0.2.53@5300; at most 32 times"},
    {"resolver", "ADDR", "find name servers through this resolver: ADDR or ADDR@PORT", set_resolver,
     "an address such as 192.0.2.53 or ::1@5353"},
    {"timeout", "SECONDS", "how long one server may take (5)", set_timeout,
     "a number of seconds, such as 5 or 0.5"},
    END_OF_ROWS,
};
const struct arg key_options_make[] = {
    {"ed25519", NULL, "make an Ed25519 key, to stand beside an RSA one", set_ed25519, NULL},
    {"bits", "N", "size of an RSA key (2048)", set_bits, "2048, 3072 or 4096"},
    {"selector", "TEMPLATE", "name of the key: %Y %m %d %H %M are the time's, %a is rsa or ed25519 (%Y%m-%a)",
     set_template, "letters, digits, - and _, such as %Y%m-%a"},
    END_OF_ROWS,
};
const struct arg key_options_every[] = {
    {"every", "DURATION", "only where the key that signs has been active for so long; without it: now",
     set_every, DURATION},
    {"bits", "N", "size of a new RSA key (that of the old one)", set_bits, "2048, 3072 or 4096"},
    {"selector", "TEMPLATE", "name of a new key (%Y%m-%a)", set_template,
     "letters, digits, - and _, such as %Y%m-%a"},
    END_OF_ROWS,
};
const struct arg key_options_retire[] = {
    {"leaked", NULL, "somebody else may have it: revoke at once, without grace for mail on its way",
     set_leaked, NULL},
    {"force", NULL, "also where nothing else signs for the domain", set_forced, NULL},
    END_OF_ROWS,
};
const struct arg key_options_test[] = {
    {"dns", "FILE", "take answers from this zone file instead of the DNS", set_zone, "the name of a file"},
    {"resolver", "ADDR", "ask this resolver: ADDR or ADDR@PORT", set_resolver,
     "an address such as 192.0.2.53 or ::1@5353"},
    {"timeout", "SECONDS", "how long answers may take", set_timeout, "a number of seconds, such as 5 or 0.5"},
    {"at", "TIME", "as of this time, not now", set_at,
     "a time such as 2026-09-01T12:00:00Z, or Unix seconds"},
    END_OF_ROWS,
};
const struct arg key_options_list[] = {
    {"all", NULL, "also keys that are over", set_past, NULL},
    END_OF_ROWS,
};
const struct arg key_options_import[] = {
    {"opendkim", NULL, "the files are OpenDKIM's KeyTable and SigningTable", set_opendkim, NULL},
    END_OF_ROWS,
};
const struct arg key_options_publish[] = {
    {"apply", "WAY", "publish: nsupdate, or hook:COMMAND; without it nothing is changed anywhere", set_apply,
     "nsupdate or hook:COMMAND"},
    {"tsig", "FILE", "nsupdate: the file of the TSIG key (its -k)", set_tsig, "the name of a file"},
    {"server", "ADDR", "nsupdate: the primary server, ADDR or ADDR@PORT (that of the zone's SOA)", set_server,
     "an address such as 192.0.2.53 or 127.0.0.1@5300"},
    {"zone", "ZONE", "nsupdate: the zone to change (found by nsupdate)", set_update_zone,
     "the name of a zone"},
    {"delegate-to", "ZONE", "records live in this zone; the domain itself has CNAMEs to them", set_delegate,
     "the name of a zone"},
    {"ttl", "DURATION", "TTL of the records (1h)", set_ttl, "a duration such as 1h, at most 7d"},
    END_OF_ROWS,
};
