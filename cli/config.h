/* SPDX-License-Identifier: BSD-2-Clause */
/* ingam config: one file a verb. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/args.h"
#include "conf/conf.h"

struct config_options {
    const char *opendkim, *opendmarc, *policyd; /* import: files; NULL: not given */
    bool is_json;
};

/* Writes all that is in force. ret  false: no memory */
bool config_show_text(const struct conf *c);
bool config_show_json(const struct conf *c);
/* Writes our words for what the files say, and on standard error what could not be said. ret  an exit status */
int config_import(const struct config_options *o);
/* Says what is not wrong in the text, but will not do on this machine or at this time. ret  how many such things */
size_t config_notes(const struct conf *c);

#endif
