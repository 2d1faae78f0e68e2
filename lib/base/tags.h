/* SPDX-License-Identifier: BSD-2-Clause */
/* Tag lists, as DKIM, ARC, DMARC and key records share them.               [RFC6376 3.2]
 *
 *     tag-list  = tag-spec *( ";" tag-spec ) [ ";" ]
 *     tag-spec  = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 *     tag-name  = ALPHA *ALNUMPUNC             ; case matters
 *     tag-value = [ tval *( 1*(WSP / FWS) tval ) ]
 *     tval      = 1*VALCHAR                    ; %x21-3A / %x3C-7E */
#ifndef BASE_TAGS_H
#define BASE_TAGS_H

#include "base/arena.h"
#include "base/cur.h"

enum tag_got { TAG_OK, TAG_END, TAG_BAD };

/* Reads the next tag.                                                       [RFC6376 3.2]
 * in   c      between tags: at the start, or where the last call left it
 * out  name   the tag-name, as written: case matters
 *      value  outer FWS removed, inner FWS kept; may be empty
 * ret  TAG_OK   both slices lie inside the input
 *      TAG_END  nothing left
 *      TAG_BAD  c->p is at the byte that does not fit */
enum tag_got tag_next(cur *c, str *name, str *value);

struct tag {
    str name;
    str value;
};
struct tag_list {
    struct tag *tags;
    size_t n;
    const uint8_t *wrong; /* on failure: the byte, inside the text */
};
enum tag_list_got { TAG_LIST_OK, TAG_LIST_SYNTAX, TAG_LIST_TWICE, TAG_LIST_TOO_MANY, TAG_LIST_MEMORY };

/* Reads a whole list into memory of the arena; a name that occurs twice makes the list invalid.
 * in   text         the list
 *      max          how many tags at most (at most 64)
 *      allow_high   bytes 0x80-0xff may stand in values (EAI)               [RFC8616 5] */
enum tag_list_got tag_list_read(struct arena *a, str text, size_t max, bool allow_high,
                                struct tag_list *list);
/* ret  NULL if there is none; `name` matches exactly */
const struct tag *tag_find(const struct tag_list *list, str name);

#endif
