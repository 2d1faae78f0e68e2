/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this room share. */
#ifndef CAUSE_SEARCH_H
#define CAUSE_SEARCH_H

#include "cause/cause.h"

/* What work counts as, in bytes hashed: verifying an Ed25519 signature; canonicalizing a body and hashing it, and going over the
 * body or making another of it, for each byte; ending a hash early. */
enum { CAUSE_SIGNATURE_COST = 96 * 1024, CAUSE_BODY_COST = 2, CAUSE_PASS_COST = 1, CAUSE_END_COST = 128 };

/* One thing that was found. kind NULL: nothing. detail lies in run->arena. */
struct found {
    const char *kind;
    str detail;
};

/* Takes the cost of a hash from the budget. ret false: it is used up */
bool scene_afford(struct cause_scene *scene, uint64_t bytes);
/* The same for going over the whole body once; to be asked before that is done. */
bool scene_afford_pass(struct cause_scene *scene);
/* ret  this body, canonicalized as the signature says, has the signed body hash */
bool body_fits(struct cause_scene *scene, str body);
/* ret  these canonical bytes have the signed body hash */
bool canonical_fits(struct cause_scene *scene, str canonical);
/* Remembers a finding; numbers stand for {0} and {1} of the sentence, the text for {2}. */
void found_set(struct cause_scene *scene, struct found *f, const char *kind, const char *sentence,
               const uint64_t numbers[2]);
void found_text(struct cause_scene *scene, struct found *f, const char *kind, const char *sentence, str text);

/* The canonical body, cut into lines: without the empty lines at its end. */
struct lines {
    str text;
    size_t *at; /* n + 1 offsets; the last is the end */
    size_t n;
};
/* ret  false: no budget, or no memory */
bool lines_of(struct cause_scene *scene, str body, enum dkim_canon canon, struct lines *lines);
static inline str lines_from_to(const struct lines *l, size_t from, size_t to)
{
    return (str){l->text.p + l->at[from], l->at[to] - l->at[from]};
}

/* Hypotheses about the body: each ret true when the signed hash was met and f says how. */
typedef bool body_search(struct cause_scene *scene, struct found *f);
body_search cut_search;    /* lines in front, behind or before the end were added */
body_search text_search;   /* line ends, spaces, blank lines, mbox and dot escapes */
body_search wrap_search;   /* lines broken or joined */
body_search recode_search; /* transfer encodings */
body_search part_search;   /* wrapped in MIME, closing boundary lost */

/* A move: other bytes for signed fields. */
enum { MOVE_ITEMS = 16 };
struct move {
    const char *kind;
    str detail;
    bool is_of_lists; /* what list software does: tried in threes */
    size_t n;
    struct {
        size_t item;
        str text; /* canonical; empty: the field was not there */
    } to[MOVE_ITEMS];
};

/* The signed fields in order, each in canonical form, and the signature field last. */
struct head {
    struct cause_scene *scene;
    struct item {
        str name;                       /* as h= has it */
        const struct mail_field *field; /* NULL: none was there */
        str canonical;
    } * items;
    size_t n; /* with the signature field */
    struct move *moves;
    size_t move_n, move_cap;
    bool has_target; /* the digest that was signed is known */
    uint8_t target[32];
};
bool head_begin(struct cause_scene *scene, struct head *head); /* ret false: no memory */
/* Makes the canonical form of a field given by name and value (all behind the colon, without CRLF). */
str head_canonical(struct head *head, str name, str value);
/* Adds a move; more than its room are dropped. ret  the move, to which further items may be added; NULL if dropped */
struct move *head_move(struct head *head, const char *kind, str detail);
void move_item(struct move *move, size_t item, str text);
/* One move that gives one item another value. */
void head_try_value(struct head *head, const char *kind, size_t item, str value, const char *sentence);
/* ret  nothing has to be changed: the header verifies as it is */
bool head_fits(struct head *head);
/* Tries the moves. ret  how many moves made it match (0: none), their indices in picked[3] */
size_t head_search(struct head *head, size_t picked[3]);

void moves_of_lists(struct head *head);     /* Subject tags, From, Reply-To, List-* */
void moves_of_instances(struct head *head); /* fields added, removed, chosen otherwise */
void moves_of_form(struct head *head);      /* folding, case, dates, addresses, MIME words */

/* The key and the signature itself. ret true: f says what */
bool key_search(struct cause_scene *scene, bool is_digest_known, const uint8_t digest[32], struct found *f);

/* What is likely where nothing was proved. */
void likely_body(struct cause_scene *scene, struct found *f);
void likely_header(struct cause_scene *scene, struct found *f);

/* MIME, as far as it is needed here. */
/* ret  the value of a parameter of a field value, unquoted; empty if there is none */
str mime_parameter(str value, str name);
/* ret  the first field of this name, NULL if none */
const struct mail_field *header_find(const struct mail_header *h, str name);
/* Puts the body parts of a multipart, at any depth, into list: what stands behind each part's empty line, and up to the CRLF
 * before the next boundary. ret their number, at most max */
size_t mime_parts(str body, str boundary, str *list, size_t max);

/* Transfer encodings. Each ret a text in the arena; p NULL on no memory */
str quoted_printable_read(struct arena *a, str text);
str quoted_printable_write(struct arena *a, str text, bool escapes_dots_and_from);
str base64_lines_read(struct arena *a, str text);
str base64_lines_write(struct arena *a, str text, size_t columns);

#endif
