/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/import_inside.h"

static void put_value(struct out *o, const char *before, str value)
{
    out_z(o, before);
    value_write_quoted(o, value);
    out_byte(o, '\n');
}

static void put_number(struct out *o, const char *before, uint64_t n, const char *behind)
{
    out_z(o, before);
    out_uint(o, n);
    out_z(o, behind);
    out_byte(o, '\n');
}

static void put_list(struct out *o, const char *before, const struct import_list *list)
{
    if (list->n == 0)
        return;
    out_z(o, before);
    out_z(o, "{");
    for (size_t i = 0; i < list->n; i++) {
        out_z(o, i ? ",\n        " : "");
        value_write_quoted(o, list->list[i]);
    }
    out_z(o, "}\n");
}

static void put_enforced(const struct import *im, struct out *o)
{
    out_z(o, "# RejectFailures or HoldQuarantinedMessages of OpenDMARC.\nmode = enforce\n");
    out_z(o, im->rejects ? "on-reject = reject\n" : "on-reject = accept\n");
    if (im->holds)
        out_z(o, "on-quarantine = quarantine\nquarantine = hold\n");
    if (!im->rejects_no_author)
        out_z(o, "# Neither RejectMultiValueFrom nor RequiredHeaders.\non-no-author = accept\n");
}

static void put_policy(const struct import *im, struct out *o)
{
    if (im->rejects || im->holds)
        put_enforced(im, o);
    else
        out_z(
            o,
            "# Nothing is refused: the header and the log say what would have been done.\nmode = observe\n");
    if (im->accepts_temperror && !im->rejects && !im->defers)
        out_z(o, "on-temperror = accept\n");
    if (im->exempt.n == 0)
        return;
    put_list(o, "\npolicy \"exempt\" {\n    mode = observe\n    author = ", &im->exempt);
    out_z(o, "}\n");
}

static void put_listen(const struct import *im, struct out *o)
{
    if (im->listen.n == 0)
        return;
    out_z(o, "\n# The other program must have stopped before ingamd listens here.\nlisten ");
    value_write_quoted(o, im->listen);
    out_z(o, " {\n    front = milter\n");
    out_z(o, "}\n");
}

static void put_sign(const struct import *im, struct out *o)
{
    str loopback = S("127.0.0.1");
    struct import_list clients = im->clients;
    if (!im->signs || im->domains.n == 0)
        return;
    if (!im->has_internal_hosts)
        clients = (struct import_list){&loopback, 1};
    out_z(o, "\nsign {\n    keys = \"/var/lib/ingam/keys\"\n");
    put_list(o, "    domains = ", &im->domains);
    put_list(o, "    clients = ", &clients);
    if (im->has_subdomains)
        out_z(o, "    subdomains = yes\n");
    if (im->expire_s)
        put_number(o, "    expire = ", im->expire_s, "s");
    put_list(o, "    headers = ", &im->headers);
    out_z(o, "}\n");
}

static void put_trust(struct out *o, const char *name, const char *kind, const struct import_list *list)
{
    if (list->n == 0)
        return;
    out_z(o, "\ntrust \"");
    out_z(o, name);
    out_z(o, kind);
    out_z(o, "\" {\n");
    put_list(o,
             strcmp(kind, " addresses") == 0 ? "    address = "
             : strcmp(kind, " hosts") == 0   ? "    host = "
                                             : "    arc = ",
             list);
    out_z(o, "}\n");
}

static void put_trusts(const struct import *im, struct out *o)
{
    static const char *const names[] = {"PeerList of OpenDKIM", "IgnoreHosts of OpenDMARC",
                                        "whitelists of policyd-spf"};
    for (size_t i = 0; i <= HOSTS_POLICYD; i++) {
        const struct import_trust *t = &im->trusts[i];
        put_trust(o, names[i], " addresses", &t->nets);
        put_trust(o, names[i], " hosts", &t->hosts);
        put_trust(o, "DomainWhitelist of OpenDMARC", " sealers", &t->sealers);
    }
}

static void put_resolver(const struct import *im, struct out *o)
{
    if (im->forward.n == 0 && im->anchor.n == 0 && im->timeout_s == 0)
        return;
    out_z(o, "\nresolver {\n");
    if (im->forward.n)
        put_value(o, "    forward = ", im->forward);
    if (im->anchor.n)
        put_value(o, "    dnssec = yes\n    anchor = ", im->anchor);
    if (im->timeout_s)
        put_number(o, "    timeout = ", im->timeout_s, "s");
    out_z(o, "}\n");
}

static void put_limits(const struct import *im, struct out *o)
{
    if (im->signatures == 0 && im->header_bytes == 0 && !im->passes_trouble)
        return;
    out_z(o, "\nlimits {\n");
    if (im->signatures)
        put_number(o, "    signatures = ", im->signatures, "");
    if (im->header_bytes)
        put_number(o, "    header = ", im->header_bytes, "");
    out_z(o, im->passes_trouble ? "    on-trouble = unmarked\n}\n" : "}\n");
}

void import_write(struct import *im, struct out *o)
{
    static const char *const programs[] = {"OpenDKIM", "OpenDMARC", "policyd-spf"};
    const char *between = "";
    out_z(o, "# Made by ingam config import from: ");
    for (size_t i = 0; i < IMPORT_PROGRAMS; i++) {
        if (im->from->list[i].name == NULL)
            continue;
        out_z(o, between);
        out_z(o, programs[i]);
        between = ", ";
    }
    out_z(o, "\n# What it does not say has its default: ingam config show.\n\n");
    if (im->has_policy && !im->has_ignored_hosts)
        import_add(im, &im->trusts[HOSTS_OPENDMARC].nets, S("127.0.0.1"));
    if (im->authserv_id.n)
        put_value(o, "authserv-id = ", im->authserv_id);
    if (im->adds_received_spf)
        out_z(o, "received-spf = yes\n");
    put_policy(im, o);
    put_listen(im, o);
    put_sign(im, o);
    put_trusts(im, o);
    put_resolver(im, o);
    put_limits(im, o);
    if (im->has_syslog)
        out_z(o, "\nlog {\n    to = syslog\n}\n");
}
