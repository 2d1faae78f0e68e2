/* SPDX-License-Identifier: BSD-2-Clause */
/* The body was wrapped: list software puts what came into the first part of a new multipart and its footer into the second.
 * Or the end was lost: the closing boundary is missing. */
#include "cause/search.h"

enum { PARTS_MAX = 64 };

static str boundary_of(const struct cause_scene *scene)
{
    const struct mail_field *type = header_find(scene->header, S("Content-Type"));
    return type ? mime_parameter(type->value, S("boundary")) : S("");
}

static bool is_a_part(struct cause_scene *scene, struct found *f)
{
    str list[PARTS_MAX];
    if (!scene_afford_pass(scene))
        return false;
    size_t n = mime_parts(scene->body, boundary_of(scene), list, PARTS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!body_fits(scene, list[i]))
            continue;
        const uint64_t numbers[2] = {i + 1, n};
        found_set(scene, f, "mime-changed", "the message was wrapped: what was signed is now part {0} of {1}",
                  numbers);
        return true;
    }
    return false;
}

/* Without boundary in the header as it came: the signed body may have been plain, or its wrapper gone. */
static bool end_is_lost(struct cause_scene *scene, struct found *f)
{
    static const char *const ends[] = {"--", "--\r\n"};
    str boundary = boundary_of(scene);
    for (size_t i = 0; boundary.n && i < 2 * (sizeof ends / sizeof ends[0]) && scene_afford_pass(scene);
         i++) {
        struct arena_mark mark = arena_mark(scene->scratch);
        struct out o;
        out_init(&o, scene->scratch);
        out_str(&o, scene->body);
        out_z(&o, i < 2 ? "\r\n--" : "--");
        out_str(&o, boundary);
        out_z(&o, ends[i % 2]);
        bool is_it = body_fits(scene, out_done(&o));
        arena_rewind(scene->scratch, mark);
        if (is_it) {
            found_text(scene, f, "body-truncated", "the closing boundary at the end is missing", S(""));
            return true;
        }
    }
    return false;
}

bool part_search(struct cause_scene *scene, struct found *f)
{
    return is_a_part(scene, f) || end_is_lost(scene, f);
}
