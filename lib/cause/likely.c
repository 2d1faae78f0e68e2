/* SPDX-License-Identifier: BSD-2-Clause */
/* What is likely where no hash could prove it, from what such messages usually carry. */
#include "cause/search.h"

#include "dkim/signed_names.h"

static bool has(const struct cause_scene *scene, const char *name)
{
    return header_find(scene->header, str_of(name)) != NULL;
}

static bool came_by_a_list(const struct cause_scene *scene)
{
    return has(scene, "List-Id") || has(scene, "List-Post") || has(scene, "List-Unsubscribe") ||
           has(scene, "Mailing-List") || has(scene, "X-Mailman-Version");
}

static bool has_tag(const struct cause_scene *scene)
{
    const struct mail_field *subject = header_find(scene->header, S("Subject"));
    str text = subject ? str_trim_fws(subject->value) : S("");
    return str_starts(text, S("[")) && str_find(text, ']') < text.n;
}

/* ret  the last lines look like a list's footer: a rule of underscores or dashes near the end */
static bool has_footer(const struct cause_scene *scene)
{
    str tail = str_from(scene->body, scene->body.n > 2000 ? scene->body.n - 2000 : 0);
    return str_find_str(tail, S("\r\n________")) < tail.n || str_find_str(tail, S("\r\n--------")) < tail.n ||
           str_find_str(tail, S("nsubscribe")) < tail.n;
}

static bool is_cut(const struct cause_scene *scene)
{
    const struct mail_field *type = header_find(scene->header, S("Content-Type"));
    str boundary = type ? mime_parameter(type->value, S("boundary")) : S("");
    size_t at = str_find_str(scene->body, boundary);
    if (boundary.n == 0)
        return false;
    for (str rest = str_from(scene->body, at); rest.n;
         rest = str_from(rest, 1 + str_find_str(str_from(rest, 1), boundary)))
        if (str_starts(str_from(rest, boundary.n), S("--")))
            return false;
    return true;
}

/* Every mail that came by SMTP ends in a line end.                                                [RFC5321 4.1.1.4] */
static bool ends_within_a_line(const struct cause_scene *scene)
{
    str body = scene->body;
    return body.n > 2 && !(body.p[body.n - 2] == '\r' && body.p[body.n - 1] == '\n');
}

/* ret  a field that every mail has, that is signed and not there; empty: none. What else is signed and not there may be
 *      signed so that nobody adds it. */
static str missing_field(const struct cause_scene *scene)
{
    static const char *const names[] = {"Date", "Message-ID", "Subject", "To"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cur c = cur_of(scene->sig->signed_names);
        for (str name; signed_name_next(&c, &name);)
            if (str_eq_nocase(name, str_of(names[i])) && !has(scene, names[i]))
                return str_of(names[i]);
    }
    return S("");
}

void likely_body(struct cause_scene *scene, struct found *f)
{
    if (is_cut(scene))
        found_text(scene, f, "body-truncated",
                   "the closing boundary is missing: probably the end was cut off", S(""));
    else if (has(scene, "X-MIME-Autoconverted"))
        found_text(scene, f, "body-recoded",
                   "X-MIME-Autoconverted says that a relay changed the transfer encoding", S(""));
    else if (came_by_a_list(scene) && has_footer(scene))
        found_text(scene, f, "body-appended",
                   "it came by a mailing list, and its end looks like the list's footer", S(""));
    else if (came_by_a_list(scene))
        found_text(scene, f, "body-changed", "the body is not what was signed; it came by a mailing list",
                   S(""));
    else if (has_footer(scene))
        found_text(scene, f, "body-appended", "the body is not what was signed; its end looks like a footer",
                   S(""));
    else if (ends_within_a_line(scene))
        found_text(
            scene, f, "body-changed",
            "the body is not what was signed, and it ends within a line: perhaps its end was cut off, or "
            "text was added",
            S(""));
    else
        found_text(scene, f, "body-changed",
                   "the body is not what was signed; how it was changed is not known", S(""));
}

void likely_header(struct cause_scene *scene, struct found *f)
{
    str missing = missing_field(scene);
    if (missing.n)
        found_text(scene, f, "header-removed",
                   "{2} is signed, and the message has none: probably it was removed", missing);
    else if (came_by_a_list(scene) && has_tag(scene))
        found_text(scene, f, "subject-tagged",
                   "a signed field was changed; it came by a mailing list, and Subject has a tag", S(""));
    else if (came_by_a_list(scene))
        found_text(scene, f, "header-changed", "a signed field was changed; it came by a mailing list",
                   S(""));
    else if (has_tag(scene))
        found_text(scene, f, "subject-tagged", "a signed field was changed; Subject begins with a tag",
                   S(""));
    else if (scene->key && public_key_kind(scene->key) == KEY_ED25519)
        found_text(scene, f, "key-mismatch",
                   "the key published here is not the one that signed, or a signed field was changed", S(""));
    else
        found_text(scene, f, "header-changed",
                   "a signed field was changed, added or taken away; which is not known", S(""));
}
