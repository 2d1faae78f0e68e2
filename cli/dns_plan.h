/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_DNS_PLAN_H
#define CLI_DNS_PLAN_H

/* ingam dns plan; argv[0] is "plan". */
int dns_plan_command(int argc, char **argv);

#endif
