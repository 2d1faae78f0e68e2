/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines that were added to the body: behind it, before its last few lines (inside the closing boundary), or in front of it. The
 * canonical lines are hashed once, and the state is copied where the original may have ended, so that every possible end
 * costs one block and not a body. */
#include "cause/search.h"

enum { TAIL_MAX = 20, BANNER_MAX = 50, BANNER_AND_FOOTER_MAX = 12 };

static bool ends_here(const struct sha256 *state, str tail, const uint8_t wanted[32])
{
    struct sha256 copy = *state;
    uint8_t digest[32];
    sha256_add(&copy, tail);
    sha256_end(&copy, digest);
    return memcmp(digest, wanted, 32) == 0;
}

static bool is_empty_line(const struct lines *l, size_t i)
{
    return l->at[i + 1] - l->at[i] == 2;
}

/* Looks for the line behind which the original ended, when it began at `from` and its last `tail` lines still stand at the end.
 * ret  l->n + 1: nowhere */
static size_t find_end(struct cause_scene *scene, const struct lines *l, size_t from, size_t tail)
{
    struct sha256 state;
    str last = lines_from_to(l, l->n - tail, l->n);
    sha256_init(&state);
    for (size_t i = from; i + tail < l->n; i++) {
        str line = lines_from_to(l, i, i + 1);
        if (!scene_afford(scene, line.n + last.n + CAUSE_END_COST))
            break;
        sha256_add(&state, line);
        bool may_end = tail || !is_empty_line(l, i);
        if (may_end && ends_here(&state, last, scene->sig->body_hash))
            return i + 1;
    }
    return l->n + 1;
}

static bool footer(struct cause_scene *scene, const struct lines *l, struct found *f)
{
    for (size_t tail = 0; tail <= TAIL_MAX && tail < l->n; tail++) {
        size_t end = find_end(scene, l, 0, tail);
        if (end > l->n)
            continue;
        const uint64_t numbers[2] = {end, l->n - tail - end};
        found_set(
            scene, f, "body-appended",
            tail ? "the first {0} lines and the end are what was signed; {1} lines were added between them"
                 : "the first {0} lines are what was signed; {1} lines were added behind them",
            numbers);
        return true;
    }
    return false;
}

static bool nothing_was_there(struct cause_scene *scene, const struct lines *l, struct found *f)
{
    str empty = scene->sig->body_canon == CANON_SIMPLE ? S("\r\n") : S("");
    const uint64_t numbers[2] = {0, l->n};
    if (!canonical_fits(scene, empty))
        return false;
    found_set(scene, f, "body-appended", "an empty body was signed; all {1} lines were added", numbers);
    return true;
}

static bool banner(struct cause_scene *scene, const struct lines *l, struct found *f)
{
    for (size_t from = 1; from <= BANNER_MAX && from < l->n; from++) {
        if (!canonical_fits(scene, lines_from_to(l, from, l->n)))
            continue;
        const uint64_t numbers[2] = {from, 0};
        found_set(scene, f, "body-changed", "{0} lines were put in front; what follows is what was signed",
                  numbers);
        return true;
    }
    return false;
}

static bool banner_and_footer(struct cause_scene *scene, const struct lines *l, struct found *f)
{
    for (size_t from = 1; from <= BANNER_AND_FOOTER_MAX && from < l->n; from++) {
        size_t end = find_end(scene, l, from, 0);
        if (end > l->n)
            continue;
        const uint64_t numbers[2] = {from, l->n - end};
        found_set(scene, f, "body-appended", "{0} lines were put in front and {1} lines were added behind",
                  numbers);
        return true;
    }
    return false;
}

/* With l= only the first bytes are hashed, so what was added behind them cannot be what breaks it.   [RFC6376 3.5] */
bool cut_search(struct cause_scene *scene, struct found *f)
{
    struct lines l;
    if (scene->sig->has_length)
        return false;
    if (!lines_of(scene, scene->body, scene->sig->body_canon, &l) || l.n == 0)
        return false;
    return nothing_was_there(scene, &l, f) || footer(scene, &l, f) || banner(scene, &l, f) ||
           banner_and_footer(scene, &l, f);
}
