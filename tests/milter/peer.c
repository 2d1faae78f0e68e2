/* SPDX-License-Identifier: BSD-2-Clause */
#include "peer.h"

#include <stdlib.h>

enum { EXIT_OTHER = 1, EXIT_LOST = 2, EXIT_WRONG = 64 };

static int play_line(struct peer *p, str line, size_t number)
{
    struct words words;
    enum played played = PLAYED_WRONG;
    arena_init(&p->memory, NULL, (size_t)1 << 30);
    snprintf(p->why, sizeof p->why, "no command");
    if (words_read(&p->memory, line, &words))
        played = words.n ? peer_play(p, &words) : PLAYED;
    arena_free(&p->memory);
    if (played == PLAYED)
        return 0;
    fprintf(stderr, "line %zu: %.*s: %s\n", number, (int)line.n, (const char *)line.p, p->why);
    return played == PLAYED_OTHER ? EXIT_OTHER : played == PLAYED_LOST ? EXIT_LOST : EXIT_WRONG;
}

static int play_script(struct peer *p, FILE *script)
{
    char *line = NULL;
    size_t room = 0, number = 0;
    int status = 0;
    for (ssize_t n; status == 0 && (n = getline(&line, &room, script)) >= 0;) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        status = play_line(p, (str){(const uint8_t *)line, (size_t)n}, ++number);
        if (p->to)
            fflush(p->to);
    }
    free(line);
    return status;
}

int main(int argc, char **argv)
{
    static struct peer p = {.wire = {.fd = -1, .timeout_ms = 10000}};
    bool is_quiet = argc > 1 && strcmp(argv[1], "-q") == 0;
    argv += is_quiet;
    argc -= is_quiet;
    if (argc < 2 || argc > 3) {
        fputs("usage: milter-peer [-q] ADDRESS [SCRIPT]\n", stderr);
        return EXIT_WRONG;
    }
    FILE *script = argc == 3 ? fopen(argv[2], "r") : stdin;
    if (script == NULL) {
        perror(argv[2]);
        return EXIT_WRONG;
    }
    p.address = argv[1];
    p.to = is_quiet ? NULL : stdout;
    arena_init(&p.kept, NULL, (size_t)1 << 28);
    if (!wire_open(&p.wire, p.address)) {
        perror(p.address);
        return EXIT_LOST;
    }
    int status = play_script(&p, script);
    wire_close(&p.wire);
    arena_free(&p.kept);
    if (argc == 3)
        fclose(script);
    return status;
}
