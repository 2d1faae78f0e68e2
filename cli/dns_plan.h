/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_DNS_PLAN_H
#define CLI_DNS_PLAN_H

#include "base/base.h"

/* Prints a character-string of zone text with a blank before it; what may not stand there is escaped.   [RFC1035 5.1] */
void zone_put_string(str text);
/* ingam dns plan; argv[0] is "plan". */
int dns_plan_command(int argc, char **argv);

#endif
