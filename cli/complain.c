/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/cli.h"
#include "cli/screen.h"
#include <stdio.h>

static const char *speaker;

void complain_as(const char *command)
{
    speaker = command;
}

void complain(const char *format, ...)
{
    char text[2048];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (n < 0)
        return;
    struct screen s;
    fflush(stdout);
    screen_init(&s, stderr, COLOR_NEVER);
    screen_z(&s, "ingam");
    if (speaker) {
        screen_z(&s, " ");
        screen_z(&s, speaker);
    }
    screen_z(&s, ": ");
    screen_z(&s, text);
    screen_end_line(&s);
}

int worse_of(int a, int b)
{
    static const int order[] = {EXIT_NO_INPUT, EXIT_USAGE, EXIT_DATA, EXIT_LATER, EXIT_BAD};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return EXIT_GOOD;
}
