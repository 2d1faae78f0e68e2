/* SPDX-License-Identifier: BSD-2-Clause */
/* import: what the files of OpenDKIM, OpenDMARC and policyd-spf say, in the words of ingam.conf.
 *
 * Each word that those programs know is a row: what is done with it, or a sentence on what to do instead. What cannot be carried
 * over is named by its word and line, never with its value: that may be a password. What is written always reads as ingam.conf. */
#ifndef CONF_IMPORT_H
#define CONF_IMPORT_H

#include "conf/conf.h"

enum import_program { IMPORT_OPENDKIM, IMPORT_OPENDMARC, IMPORT_POLICYD };
enum { IMPORT_PROGRAMS = IMPORT_POLICYD + 1 };

struct import_from {
    struct conf_text list[IMPORT_PROGRAMS]; /* name NULL: that one is not there */
    /* Reads a file that another one names; *text lives as long as the arena.
     * ret  NULL, or why it cannot be read: a constant or in the arena */
    const char *(*read)(void *context, struct arena *a, const char *path, str *text);
    void *context;
};
struct imported {
    str conf; /* text of an ingam.conf */
    str left; /* lines "FILE:LINE: WORD: sentence"; empty: everything was carried over */
};
/* ret  false: no memory, or what was made would not read: error says why */
bool conf_import(struct arena *a, const struct import_from *from, struct imported *made,
                 struct conf_error *error);

#endif
