/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

void tell_fault(struct text *t, enum ingam_fault fault)
{
    static const char *const rooms[] = {"mail-", "dns-",   "spf-",     "dkim-",
                                        "arc-",  "dmarc-", "authres-", "verdict-"};
    char buf[INGAM_FAULT_NAME_SIZE];
    const char *name = ingam_fault_name(fault, buf);
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
        if (strncmp(name, rooms[i], strlen(rooms[i])) == 0) {
            text_add(t, "%s", name + strlen(rooms[i]));
            return;
        }
    text_add(t, "%s", name);
}

static void line(struct text *t, const char *name, ingam_str value)
{
    text_add(t, "  %s ", name);
    text_str(t, value);
    text_add(t, "\n");
}

static void head(struct text *t, const char *name, enum ingam_result result, enum ingam_fault fault)
{
    text_add(t, "%s %s ", name, ingam_result_name(result));
    tell_fault(t, fault);
    text_add(t, "\n");
}

static void tell_spf(struct text *t, const char *name, const struct ingam_spf_outcome *spf)
{
    head(t, name, spf->result, spf->fault);
    line(t, "domain", spf->domain);
    line(t, "mechanism", spf->mechanism);
    line(t, "explanation", spf->explanation);
    text_add(t, "  lookups %u voids %u run %d local %d\n", spf->lookups, spf->voids, spf->is_run,
             spf->uses_local_part);
}

static void tell_dkim(struct text *t, const struct ingam_dkim_outcome *dkim)
{
    head(t, "dkim", dkim->result, dkim->fault);
    line(t, "domain", dkim->domain);
    line(t, "selector", dkim->selector);
    line(t, "algorithm", dkim->algorithm);
    line(t, "auid", dkim->auid);
    line(t, "b", dkim->b_prefix);
    text_add(t, "  bits %u field %u aligned %d testing %d length %d unsigned %llu hashes %d right %d\n",
             dkim->key_bits, dkim->field, dkim->is_aligned, dkim->is_testing, dkim->has_length,
             (unsigned long long)dkim->unsigned_bytes, dkim->has_body_hash, dkim->is_body_hash_right);
    line(t, "wanted", (ingam_str){dkim->body_hash_wanted, sizeof dkim->body_hash_wanted});
    line(t, "got", (ingam_str){dkim->body_hash_got, sizeof dkim->body_hash_got});
}

static void tell_arc(struct text *t, const struct ingam_arc_outcome *arc)
{
    text_add(t, "  sets %u oldest %u first dmarc %s author signed %d\n", arc->sets, arc->oldest_pass,
             ingam_result_name(arc->first_dmarc), arc->is_author_signed);
    for (size_t i = 0; i < arc->sealer_n; i++)
        line(t, "sealer", arc->sealers[i]);
    line(t, "first results", arc->first_results);
}

static void tell_dmarc(struct text *t, const struct ingam_dmarc_outcome *dmarc)
{
    head(t, "dmarc", dmarc->result, dmarc->fault);
    line(t, "author", dmarc->author_domain);
    line(t, "organizational", dmarc->organizational_domain);
    line(t, "policy at", dmarc->policy_domain);
    text_add(t, "  policy %d published %d testing %d aligned %d %d\n", dmarc->policy, dmarc->published,
             dmarc->is_testing, dmarc->is_dkim_aligned, dmarc->is_spf_aligned);
}

static void tell_action(struct text *t, const struct ingam_action *a)
{
    text_add(t, "action %s would be %s reply %u ", ingam_disposition_name(a->disposition),
             ingam_disposition_name(a->would_be), a->code);
    text_str(t, a->enhanced);
    text_add(t, " ");
    text_str(t, a->text);
    text_add(t, "\n");
    for (size_t i = 0; i < a->reason_n; i++)
        text_add(t, "  because %s\n", a->reasons[i]);
}

void tell_verdict(struct text *t, const struct ingam_verdict *v)
{
    tell_spf(t, "spf", &v->spf_mail_from);
    tell_spf(t, "helo", &v->spf_helo);
    for (size_t i = 0; i < v->dkim_n; i++)
        tell_dkim(t, &v->dkim[i]);
    head(t, "arc", v->arc.result, v->arc.fault);
    tell_arc(t, &v->arc);
    tell_dmarc(t, &v->dmarc);
    tell_action(t, &v->action);
    line(t, "authres", v->authentication_results);
    line(t, "received-spf", v->received_spf);
    text_add(t, "  removed");
    for (size_t i = 0; i < v->removed_n; i++)
        text_add(t, " %u", v->removed[i]);
    text_add(t, "\nfault ");
    tell_fault(t, v->fault);
    text_add(t, "\n");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct text *)a)->p, ((const struct text *)b)->p);
}

static void tell_fact(struct text *t, const struct ingam_fact *fact)
{
    text_str(t, fact->name);
    text_add(t, " %s %s ttl %u secure %d %s", ingam_rr_type_name(fact->type), ingam_status_name(fact->status),
             fact->ttl, fact->is_secure, fact->why ? fact->why : "");
    for (size_t i = 0; i < fact->rr_n; i++) {
        text_add(t, " | %u ", fact->rrs[i].preference);
        text_str(t, fact->rrs[i].data);
    }
    text_add(t, "\n");
}

void tell_facts(struct text *t, const struct ingam_check *c)
{
    size_t n = ingam_check_facts(c);
    struct text *lines = calloc(n + 1, sizeof *lines);
    if (lines == NULL)
        abort();
    for (size_t i = 0; i < n; i++) {
        struct ingam_fact fact;
        if (ingam_check_fact(c, i, &fact))
            tell_fact(&lines[i], &fact);
    }
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 0; i < n; i++) {
        text_put(t, lines[i].p, lines[i].n);
        text_free(&lines[i]);
    }
    free(lines);
}

void tell_notes(struct text *t, const struct ingam_check *c)
{
    const struct ingam_note *notes = NULL;
    size_t n = ingam_check_notes(c, &notes);
    for (size_t i = 0; i < n; i++) {
        char buf[1024];
        const struct ingam_rule_row *rule = ingam_rule_row(notes[i].rule);
        ingam_note_text(&notes[i], buf, sizeof buf);
        text_add(t, "[%s %s %s] %u %s", ingam_method_name(rule->method), rule->name, rule->spec,
                 notes[i].subject, buf);
        if (notes[i].fault != INGAM_FAULT_NONE) {
            text_add(t, " !");
            tell_fault(t, notes[i].fault);
        }
        if (notes[i].record.n) {
            text_add(t, " at %zu of ", notes[i].at);
            text_str(t, notes[i].record);
        }
        text_add(t, "\n");
    }
}
