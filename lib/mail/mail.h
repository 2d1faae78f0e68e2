/* SPDX-License-Identifier: BSD-2-Clause */
/* mail: RFC 5322 as it streams in.
 *
 * Bytes go into a splitter in any chunking. It keeps the header block (header_block limit) and stops at the empty line:
 * what is left of the chunk, and all later chunks, are body and never stored. Once the header has ended the block is cut into
 * fields, each kept raw. CRLF ends a line and nothing else does: a bare CR or LF is a byte of the line, and makes the
 * header unusable for DMARC, since other readers may see other fields in it.
 *
 * The author domain is read from From by the real grammar; it is one domain or a named fault, never a guess.
 *
 *   splitter.c  bytes -> header block        fields.c  block -> fields
 *   address_*.c address lists                author.c  From -> author domain
 *   words.c     encoded words, for people */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include "base/base.h"

/* Names that somebody looks for; found while splitting. */
enum mail_name {
    MAIL_OTHER,
    MAIL_JUNK, /* a line (with its folds) that is no field: name is empty, value the line */
    MAIL_FROM,
    MAIL_REPLY_TO,
    MAIL_SENDER,
    MAIL_SUBJECT,
    MAIL_RECEIVED,
    MAIL_RETURN_PATH,
    MAIL_DKIM_SIGNATURE,
    MAIL_AUTHENTICATION_RESULTS,
    MAIL_RECEIVED_SPF,
    MAIL_ARC_AUTHENTICATION_RESULTS,
    MAIL_ARC_MESSAGE_SIGNATURE,
    MAIL_ARC_SEAL
};

struct mail_field {
    str raw; /* name, colon, value, folds, last CRLF; a message that ends within its header may lack that CRLF */
    str name;  /* as written, without WSP before the colon */
    str value; /* all behind the colon without the last CRLF */
    enum mail_name known;
};

struct mail_header {
    str block; /* all raw fields; without the empty line */
    const struct mail_field *fields;
    size_t n;
    enum ingam_fault fault; /* the first limit that was reached; fields up to there are valid */
    bool has_bare_cr, has_bare_lf, has_nul, has_junk;
};

/* Takes the bytes of one message until its header has ended. */
struct mail_splitter {
    struct ingam_alloc alloc;
    const struct ingam_limits *limits;
    uint8_t *block; /* from the allocator, not the arena: it grows by copying */
    size_t n, cap;
    size_t line_n;    /* bytes of the current line so far */
    uint8_t last;     /* the byte before the next one */
    bool is_ended;    /* the empty line was seen, or _end called */
    bool is_too_long; /* the block is cut at header_block bytes */
    bool has_failed;  /* no memory */
    bool has_bare_lf;
};

void mail_splitter_init(struct mail_splitter *s, const struct ingam_alloc *alloc,
                        const struct ingam_limits *limits);
void mail_splitter_free(struct mail_splitter *s);
/* Takes header bytes from *bytes and moves it on; when is_ended is set what is left there is body.
 * Once header_block is exceeded the rest of the header is skipped (is_too_long), up to the empty line. */
void mail_splitter_feed(struct mail_splitter *s, str *bytes);
/* The other way: one field, its name without colon. An LF in value that white space follows is a fold; any other stays bare. */
void mail_splitter_field(struct mail_splitter *s, str name, str value);
void mail_splitter_end(struct mail_splitter *s);
/* Cuts the block into fields; the splitter must outlive the header. A message cut short by header_block loses the field
 * that was cut.
 * ret  false: no memory */
bool mail_header_split(const struct mail_splitter *s, struct arena *a, struct mail_header *h);
/* The same for a block that lies in memory, without the empty line. */
bool mail_header_of(str block, struct arena *a, const struct ingam_limits *limits, struct mail_header *h);
/* ret  the field's name is this, ASCII case-insensitive */
bool mail_field_is(const struct mail_field *f, str name);

/* One mailbox of an address list. Slices lie in the value, or in the arena where quoting had to go. */
struct mail_address {
    str display; /* raw phrase before the angle, trimmed; may hold encoded words; empty if none */
    str local;   /* local-part as written */
    str domain; /* as written, without comments and white space; "[...]" for a literal; empty for the null address <> */
};
struct mail_addresses {
    struct mail_address *list;
    size_t n;
    enum ingam_fault fault; /* NONE, or why reading stopped at `wrong` */
    const uint8_t *wrong;
};
/* Reads an address-list, obsolete forms too; where readers in the wild disagree about the domain it is a fault.
 * address.h says what is taken beyond the grammar.                                      [RFC5322 3.4] [RFC5322 4.4]
 * in   max, nesting  limits.from_addresses and limits.nesting
 * ret  false: no memory. A fault in the text is a->fault */
bool mail_addresses_read(struct arena *a, str value, const struct ingam_limits *limits,
                         struct mail_addresses *out);

/* The author of a message.                                                              [RFC9989 5.3.1] [RFC9989 11.5] */
struct mail_author {
    str domain; /* A-labels, lower case; empty when there is a fault */
    enum ingam_fault fault;
    const struct mail_field *from; /* the field that was looked at; may be NULL */
    size_t at;                     /* byte in from->value where it is wrong */
    struct mail_addresses addresses;
};
/* ret  false: no memory */
bool mail_author_find(struct arena *a, const struct mail_header *h, const struct ingam_limits *limits,
                      struct mail_author *author);
/* Leaves the notes of the mail method: what the header held, who the author is or why nobody is. */
void mail_author_tell(struct trace *trace, const struct mail_header *h, const struct mail_author *author);

/* Decodes encoded words of a phrase or unstructured text into UTF-8, for people's eyes only.   [RFC2047]
 * Unknown charsets stay as they are. */
str mail_words_decode(struct arena *a, str text);

#endif
