/* SPDX-License-Identifier: BSD-2-Clause */
/* scenario CASES [FILE...]        plays every *.case of the folder CASES, or those files, in every way
 * scenario --show CASES FILE      prints the verdict, the facts and the notes of each case instead */
#include "scenario.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 3, CAP_FIRST = 1024 };

struct tally {
    size_t passed, failed;
    bool seen[INGAM_FAULT_N];
    struct ingam_keys *keys;
};

static void count(struct tally *tally, bool is_good)
{
    if (is_good)
        tally->passed++;
    else
        tally->failed++;
}

/* --- which faults the cases have shown --- */

static void see_faults(struct tally *tally, const struct played *p)
{
    const struct ingam_verdict *v = p->verdict;
    const struct ingam_note *notes = NULL;
    size_t n = ingam_check_notes(p->check, &notes);
    tally->seen[v->fault] = tally->seen[v->dmarc.fault] = tally->seen[v->arc.fault] = true;
    tally->seen[v->spf_mail_from.fault] = tally->seen[v->spf_helo.fault] = true;
    for (size_t i = 0; i < v->dkim_n; i++)
        tally->seen[v->dkim[i].fault] = true;
    for (size_t i = 0; i < n; i++)
        tally->seen[notes[i].fault] = true;
}

/* ret  the file names the fault: FAULT_X, or "!short-name" as tables of tests write it */
static bool file_names(const char *root, const char *path, enum ingam_fault fault)
{
    char full[1024];
    struct text text = {0}, row = {0};
    snprintf(full, sizeof full, "%s/%s", root, path);
    text_add(&row, "!");
    tell_fault(&row, fault);
    bool is_there = text_file(&text, full) && text.p && strstr(text.p, row.p);
    text_free(&row);
    text_add(&row, "FAULT_%s", ingam_fault_row(fault)->name);
    is_there = is_there || (text.p && strstr(text.p, row.p));
    text_free(&row);
    text_free(&text);
    return is_there;
}

/* Lines `PATTERN FILE why`: the fault shows in no case; FILE (from the project's top) tests it by name. */
static bool is_elsewhere(const struct text *list, const char *root, enum ingam_fault fault)
{
    char pattern[64], path[256];
    for (const char *line = list->p; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (sscanf(line, "%63s %255s", pattern, path) == 2 &&
            fnmatch(pattern, ingam_fault_row(fault)->name, 0) == 0 && file_names(root, path, fault))
            return true;
    return false;
}

static void check_faults(struct tally *tally, const char *folder)
{
    char path[512], root[512];
    struct text list = {0};
    snprintf(path, sizeof path, "%s/elsewhere.txt", folder);
    snprintf(root, sizeof root, "%s/../..", folder);
    text_file(&list, path);
    for (int i = INGAM_FAULT_NONE + 1; i < INGAM_FAULT_N; i++) {
        enum ingam_fault fault = (enum ingam_fault)i;
        bool is_covered = tally->seen[i] || is_elsewhere(&list, root, fault);
        if (!is_covered)
            printf("fault %s: no case shows it, and elsewhere.txt names no test that does\n",
                   ingam_fault_row(fault)->name);
        count(tally, is_covered);
    }
    text_free(&list);
}

/* --- the ways --- */

static const char *const feeds[] = {"whole", "byte by byte", "in chunks", "field by field"};
static const char *const answers[] = {"answers in order", "answers reversed", "answers late",
                                      "answers at random"};

static void complain(const struct scenario *sc, const struct way *way, const char *what)
{
    printf("%s:%zu: %s: %s, %s, seed %u, cap %zu, allocation %zu: %s\n", sc->file, sc->line, sc->name,
           feeds[way->feed], answers[way->answer], way->seed, way->cap,
           way->memory ? way->memory->fail_at : 0, what);
}

/* The whole story of a run; of one that had to save memory only the verdict. */
static void story(struct text *t, const struct played *p, bool is_short)
{
    if (p->verdict == NULL) {
        text_add(t, "no memory\n");
        return;
    }
    tell_verdict(t, p->verdict);
    if (is_short)
        return;
    tell_facts(t, p->check);
    tell_notes(t, p->check);
}

static void show_difference(const char *want, const char *got)
{
    while (*want && *got) {
        size_t want_n = strcspn(want, "\n"), got_n = strcspn(got, "\n");
        if (want_n != got_n || strncmp(want, got, want_n) != 0)
            break;
        want += want_n + (want[want_n] != 0);
        got += got_n + (got[got_n] != 0);
    }
    printf("  want %.*s\n  got  %.*s\n", (int)strcspn(want, "\n"), want, (int)strcspn(got, "\n"), got);
}

/* ret  the run went right, and says the same as the plain one */
static bool is_same_story(const struct scenario *sc, const struct way *way, const char *want)
{
    struct played p;
    struct text got = {0};
    play(sc, way, &p);
    story(&got, &p, false);
    bool is_same = p.wrong == NULL && strcmp(got.p, want) == 0;
    if (p.wrong)
        complain(sc, way, p.wrong);
    else if (!is_same) {
        complain(sc, way, "another story");
        show_difference(want, got.p);
    }
    text_free(&got);
    played_free(&p);
    return is_same;
}

static bool play_all_ways(const struct scenario *sc, const char *want, struct ingam_keys *keys)
{
    bool is_good = true;
    for (int feed = FEED_WHOLE; feed <= FEED_FIELDS; feed++) {
        if ((feed == FEED_FIELDS && !can_feed_fields(sc)) || (feed == FEED_BYTES && !sc->feeds_bytes))
            continue;
        for (int answer = ANSWER_AT_ONCE; answer <= ANSWER_RANDOM; answer++)
            for (uint32_t seed = 1; seed <= (feed == FEED_CHUNKS || answer == ANSWER_RANDOM ? SEEDS : 1);
                 seed++) {
                struct way way = {
                    (enum feed_way)feed, (enum answer_way)answer, seed, seed == 2 ? keys : NULL, NULL, 0};
                is_good &= is_same_story(sc, &way, want);
            }
    }
    return is_good;
}

/* One run with memory that runs out somewhere: the same verdict, or none; and all of it comes back.
 * out  has_verdict  it was enough */
static bool play_short(const struct scenario *sc, struct way *way, const char *want, bool *has_verdict)
{
    struct played p;
    struct text got = {0};
    play(sc, way, &p);
    story(&got, &p, true);
    const char *wrong = p.wrong;
    if (wrong == NULL && p.verdict && strncmp(want, got.p, got.n) != 0)
        wrong = "another verdict";
    *has_verdict = p.verdict != NULL;
    played_free(&p);
    if (wrong == NULL && way->memory->live)
        wrong = "memory was not given back";
    if (wrong)
        complain(sc, way, wrong);
    text_free(&got);
    return wrong == NULL;
}

static bool fail_each_allocation(const struct scenario *sc, const char *want, bool fails_on)
{
    bool is_good = true, is_past = false;
    for (size_t n = 1; !is_past && n < 10000; n++) {
        struct memory memory = {.fail_at = n, .fails_on = fails_on};
        struct way way = {n % 2 ? FEED_WHOLE : FEED_CHUNKS, (enum answer_way)(n % 4), 1, NULL, &memory, 0};
        bool has_verdict = false;
        is_good &= play_short(sc, &way, want, &has_verdict);
        is_past = memory.calls < n;
        if (is_past && !has_verdict && is_good) {
            complain(sc, &way, "no verdict though no allocation failed");
            return false;
        }
    }
    return is_good;
}

static bool raise_cap(const struct scenario *sc, const char *want)
{
    bool is_good = true;
    size_t most = sc->config.limits.arena;
    for (size_t cap = CAP_FIRST; cap < most; cap += cap / 4) {
        struct memory memory = {0};
        struct way way = {FEED_WHOLE, ANSWER_AT_ONCE, 1, NULL, &memory, cap};
        bool has_verdict = false;
        is_good &= play_short(sc, &way, want, &has_verdict);
        if (has_verdict && memory.peak < cap / 2)
            break;
    }
    return is_good;
}

static void play_case(const struct scenario *sc, struct tally *tally)
{
    struct played p;
    struct text want = {0};
    struct way plain = {FEED_WHOLE, ANSWER_AT_ONCE, 1, NULL, NULL, 0};
    play(sc, &plain, &p);
    bool is_fine = p.wrong == NULL && p.verdict != NULL;
    if (!is_fine)
        complain(sc, &plain, p.wrong ? p.wrong : "no verdict");
    count(tally, is_fine && expect_all(sc, &p) == 0);
    if (is_fine) {
        story(&want, &p, false);
        see_faults(tally, &p);
        count(tally, play_all_ways(sc, want.p, tally->keys));
        count(tally, fail_each_allocation(sc, want.p, false));
        count(tally, fail_each_allocation(sc, want.p, true));
        count(tally, raise_cap(sc, want.p));
    }
    text_free(&want);
    played_free(&p);
}

static void show_case(const struct scenario *sc)
{
    struct played p;
    struct text t = {0};
    struct way plain = {FEED_WHOLE, ANSWER_AT_ONCE, 1, NULL, NULL, 0};
    play(sc, &plain, &p);
    printf("=== %s:%zu: %s%s%s\n", sc->file, sc->line, sc->name, p.wrong ? ": " : "", p.wrong ? p.wrong : "");
    story(&t, &p, false);
    fputs(t.p, stdout);
    if (p.verdict)
        expect_all(sc, &p);
    text_free(&t);
    played_free(&p);
}

/* --- which cases --- */

static int is_case(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 5 && strcmp(entry->d_name + n - 5, ".case") == 0;
}

static bool read_folder(struct scenarios *all, const char *folder)
{
    struct dirent **list = NULL;
    bool is_good = true;
    int n = scandir(folder, &list, is_case, alphasort);
    for (int i = 0; i < n; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
        is_good &= scenarios_read(all, folder, path);
        free(list[i]);
    }
    free(list);
    return is_good && n > 0;
}

int main(int argc, char **argv)
{
    struct scenarios all = {0};
    struct tally tally = {0};
    bool shows = argc > 1 && strcmp(argv[1], "--show") == 0, is_good = true;
    int at = shows ? 2 : 1;
    if (argc <= at) {
        fprintf(stderr, "usage: scenario [--show] CASES [FILE...]\n");
        return 64;
    }
    const char *folder = argv[at++];
    bool is_whole = at == argc;
    if (is_whole)
        is_good = read_folder(&all, folder);
    for (; at < argc; at++)
        is_good &= scenarios_read(&all, folder, argv[at]);
    count(&tally, is_good);
    tally.keys = ingam_keys_new(NULL, 16);
    for (size_t i = 0; i < all.n; i++)
        shows ? show_case(&all.list[i]) : play_case(&all.list[i], &tally);
    if (is_whole && !shows)
        check_faults(&tally, folder);
    ingam_keys_free(tally.keys);
    scenarios_free(&all);
    printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
    return tally.failed > 0;
}
