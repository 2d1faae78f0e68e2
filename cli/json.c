/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/json.h"

#include <stdlib.h>

/* Writes \xNN for each byte that is not part of well-formed UTF-8. */
static json_t *escaped(str text)
{
    static const char hex[] = "0123456789abcdef";
    char *to = malloc(text.n * 4);
    if (to == NULL)
        return NULL;
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c < 0x80) {
            to[n++] = (char)c;
            continue;
        }
        to[n++] = '\\';
        to[n++] = 'x';
        to[n++] = hex[c >> 4];
        to[n++] = hex[c & 15];
    }
    json_t *made = json_stringn(to, n);
    free(to);
    return made;
}

json_t *json_text(str text)
{
    if (text.n == 0)
        return json_string("");
    return str_is_utf8(text) ? json_stringn((const char *)text.p, text.n) : escaped(text);
}

json_t *json_text_or_null(str text)
{
    return text.n ? json_text(text) : json_null();
}

json_t *json_fault(enum ingam_fault fault)
{
    char name[INGAM_FAULT_NAME_SIZE];
    return fault == INGAM_FAULT_NONE ? json_null() : json_string(ingam_fault_name(fault, name));
}

json_t *json_notes(const struct ingam_note *notes, size_t n)
{
    enum { TEXT_MAX = 4096 };
    json_t *list = json_array();
    char *text = malloc(TEXT_MAX);
    for (size_t i = 0; text && i < n; i++) {
        const struct ingam_rule_row *rule = ingam_rule_row(notes[i].rule);
        ingam_note_text(&notes[i], text, TEXT_MAX);
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:o}", "method",
                                              ingam_method_name(rule->method), "rule", rule->name, "spec",
                                              rule->spec, "text", text, "fault", json_fault(notes[i].fault)));
    }
    free(text);
    return list;
}

bool json_line(json_t *object, FILE *to)
{
    bool is_fine = object && json_dumpf(object, to, JSON_COMPACT | JSON_ENSURE_ASCII) == 0;
    json_decref(object);
    fputc('\n', to);
    return is_fine;
}
