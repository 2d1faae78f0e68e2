/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings for programs: JSON, and SARIF 2.1.0 for what shows results of analyzers. */
#include "cli/lint.h"

static json_t *finding(struct arena *a, const struct ingam_finding *f)
{
    const struct ingam_finding_row *row = ingam_finding_row(f->code);
    json_t *at = f->record.n ? json_integer((json_int_t)f->at) : json_null();
    return json_pack("{s:s,s:s,s:o,s:o,s:o,s:I,s:s,s:o,s:o,s:o}", "code", row->code, "severity",
                     ingam_severity_name(row->severity), "name", json_text_or_null(f->name), "record",
                     json_text_or_null(f->record), "at", at, "length", (json_int_t)f->length, "spec",
                     ingam_finding_spec(f), "text", json_text(linted_text(a, f, ingam_finding_text)), "fix",
                     json_text(linted_text(a, f, ingam_finding_fix)), "fault", json_fault(f->fault));
}

static json_t *findings(struct arena *a, const struct linted *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < d->n; i++)
        json_array_append_new(list, finding(a, &d->findings[i]));
    return list;
}

static json_t *records(const struct linted *d)
{
    const struct ingam_published *published;
    json_t *list = json_array();
    size_t n = ingam_lint_published(d->lint, &published);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list,
                              json_pack("{s:s,s:o,s:o,s:I}", "type", ingam_record_name(published[i].type),
                                        "name", json_text(published[i].name), "text",
                                        json_text(published[i].text), "ttl", (json_int_t)published[i].ttl));
    return list;
}

json_t *lint_json(struct arena *a, const struct linted *d)
{
    enum ingam_record type = ingam_lint_type(d->lint);
    if (d->subject.n == 0)
        return json_pack("{s:o,s:s,s:o}", "type",
                         type == INGAM_RECORD_UNKNOWN ? json_null() : json_string(ingam_record_name(type)),
                         "verdict", linted_verdict(d), "findings", findings(a, d));
    return json_pack("{s:o,s:s,s:o,s:o}", "domain", json_text(d->subject), "verdict", linted_verdict(d),
                     "findings", findings(a, d), "records", records(d));
}

static json_t *sarif_rules(void)
{
    json_t *list = json_array();
    for (int code = 0; code < INGAM_FINDING_N; code++) {
        const struct ingam_finding_row *row = ingam_finding_row((enum ingam_finding_code)code);
        json_array_append_new(
            list, json_pack("{s:s,s:{s:s},s:{s:s},s:{s:s},s:{s:s}}", "id", row->code, "shortDescription",
                            "text", row->sentence, "help", "text", row->fix, "defaultConfiguration", "level",
                            ingam_severity_name(row->severity), "properties", "spec", row->spec));
    }
    return list;
}

/* A record in the DNS is told as dns:NAME?type=TXT (RFC 4501), its text as line 1. */
static json_t *sarif_place(struct arena *a, const struct ingam_finding *f)
{
    struct out o;
    out_init(&o, a);
    out_z(&o, "dns:");
    out_str(&o, f->name.n ? f->name : S("record"));
    out_z(&o, "?type=TXT");
    json_t *place = json_pack("{s:{s:o}}", "artifactLocation", "uri", json_text(out_done(&o)));
    if (f->record.n)
        json_object_set_new(place, "region",
                            json_pack("{s:i,s:I,s:I,s:{s:o}}", "startLine", 1, "startColumn",
                                      (json_int_t)f->at + 1, "endColumn", (json_int_t)(f->at + f->length) + 1,
                                      "snippet", "text", json_text(f->record)));
    return json_pack("{s:o,s:[{s:o}]}", "physicalLocation", place, "logicalLocations", "fullyQualifiedName",
                     json_text(f->name.n ? f->name : S("record")));
}

static json_t *sarif_result(struct arena *a, const struct ingam_finding *f)
{
    const struct ingam_finding_row *row = ingam_finding_row(f->code);
    struct out o;
    out_init(&o, a);
    out_str(&o, linted_text(a, f, ingam_finding_text));
    out_z(&o, " Instead: ");
    out_str(&o, linted_text(a, f, ingam_finding_fix));
    return json_pack("{s:s,s:i,s:s,s:{s:o},s:[o]}", "ruleId", row->code, "ruleIndex", (int)f->code, "level",
                     ingam_severity_name(row->severity), "message", "text", json_text(out_done(&o)),
                     "locations", sarif_place(a, f));
}

json_t *lint_sarif(struct arena *a, const struct linted *list, size_t n)
{
    json_t *results = json_array();
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i].n; k++)
            json_array_append_new(results, sarif_result(a, &list[i].findings[k]));
    return json_pack("{s:s,s:s,s:[{s:{s:{s:s,s:s,s:o}},s:s,s:o}]}", "$schema",
                     "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs", "tool",
                     "driver", "name", "ingam", "version", ingam_version(), "rules", sarif_rules(),
                     "columnKind", "utf16CodeUnits", "results", results);
}
