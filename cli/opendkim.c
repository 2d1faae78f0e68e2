/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/opendkim.h"

#include "cli/cli.h"
#include "cli/input.h"

int opendkim_read(struct arena *a, const char *spec, struct opendkim_table *table, uint8_t **text)
{
    static const char *const kinds[] = {"refile:", "file:"};
    size_t n = 0;
    bool is_done;
    *text = NULL;
    *table = (struct opendkim_table){.name = spec};
    if (str_starts(str_of(spec), S("csl:"))) {
        is_done = opendkim_add_list(a, table, str_of(spec + 4));
    } else {
        for (size_t i = 0; i < 2; i++)
            if (str_starts(str_of(table->name), str_of(kinds[i])))
                table->name += strlen(kinds[i]);
        if (!input_read_file(table->name, text, &n))
            return EXIT_NO_INPUT;
        is_done = opendkim_add_lines(a, table, (str){*text, n});
    }
    if (!is_done)
        complain("%s: no memory", table->name);
    return is_done ? EXIT_GOOD : EXIT_LATER;
}
