/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world world;

_Noreturn void give_up(const char *why, const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", why, what);
    exit(1);
}

ingam_str text(const char *z)
{
    return (ingam_str){(const uint8_t *)z, strlen(z)};
}

/* ret  the file with a NUL behind its end */
static struct bytes read_file(const char *folder, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        give_up("cannot read", path);
    long size = ftell(file);
    rewind(file);
    struct bytes b = {size < 0 ? NULL : malloc((size_t)size + 1), size < 0 ? 0 : (size_t)size};
    if (b.p == NULL || fread(b.p, 1, b.n, file) != b.n)
        give_up("cannot read", path);
    b.p[b.n] = 0;
    fclose(file);
    return b;
}

/* Lines "NAME TEXT". */
static void read_records(struct bytes file)
{
    char *line = (char *)file.p;
    while (*line) {
        char *blank = strchr(line, ' '), *end = strchr(line, '\n');
        if (blank == NULL || end == NULL || world.record_n == RECORDS_MAX)
            give_up("records.txt", line);
        *blank = *end = 0;
        world.records[world.record_n++] = (struct record){
            .name = text(line), .rr.data = text(blank + 1), .name_z = line, .text_z = blank + 1};
        line = end + 1;
    }
}

void world_read(const char *folder, const char *keys_folder)
{
    static const char *const files[KEY_N] = {"rsa2048.pem", "ed25519.pem"};
    world.folder = folder;
    read_records(read_file(folder, "records.txt"));
    for (size_t i = 0; i < KEY_N; i++)
        world.pem[i] = read_file(keys_folder, files[i]);
}

static bool is_folded(const uint8_t *p)
{
    return *p == ' ' || *p == '\t';
}

/* ret  where the field that starts at p ends: at its CRLF */
static uint8_t *field_end(uint8_t *p)
{
    do {
        p = (uint8_t *)strchr((char *)p + 1, '\n');
        if (p == NULL)
            give_up("a message", "has no body");
    } while (is_folded(p + 1));
    return p - 1;
}

static void split(struct mail *m)
{
    uint8_t *p = m->whole.p;
    for (; *p != '\r'; p = field_end(p) + 2) {
        if (m->field_n == FIELDS_MAX)
            give_up("a message", "has too many fields");
        struct mail_field *f = &m->fields[m->field_n++];
        f->whole = (struct bytes){p, (size_t)(field_end(p) - p)};
        f->name_n = strcspn((const char *)p, ":");
    }
    p += 2;
    m->body = (struct bytes){p, m->whole.n - (size_t)(p - m->whole.p)};
}

struct mail *world_mail(const char *file)
{
    struct mail *m = calloc(1, sizeof *m);
    if (m == NULL)
        give_up("no memory", file);
    m->whole = read_file(world.folder, file);
    split(m);
    return m;
}

const struct record *world_record(ingam_str name)
{
    for (size_t i = 0; i < world.record_n; i++)
        if (world.records[i].name.n == name.n && memcmp(world.records[i].name.p, name.p, name.n) == 0)
            return &world.records[i];
    return NULL;
}

void world_answer(const struct ingam_question *q, struct ingam_answer *out)
{
    const struct record *found = q->type == INGAM_RR_TXT ? world_record(q->name) : NULL;
    *out = (struct ingam_answer){.id = q->id, .status = INGAM_STATUS_NXDOMAIN, .ttl = 300};
    if (found) {
        out->status = INGAM_STATUS_OK;
        out->rrs = &found->rr;
        out->rr_n = 1;
    }
}
