/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking the daemon over its control socket. */
#ifndef CLI_CONTROL_H
#define CLI_CONTROL_H

#include <jansson.h>

/* in   path     of the socket, not longer than such a path may be
 *      command  one line, without its end
 * ret  the daemon's answer, an object, to json_decref; NULL: there was none, said why */
json_t *control_ask(const char *path, const char *command);
/* ret  the text of that name; "" where there is none */
const char *control_text(const json_t *o, const char *key);

#endif
