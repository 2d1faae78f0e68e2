/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything a program that embeds libingam includes. The library does no I/O, reads no clock and keeps no globals. */
#ifndef INGAM_INGAM_H
#define INGAM_INGAM_H

#include <ingam/cause.h>
#include <ingam/check.h>
#include <ingam/dns.h>
#include <ingam/records.h>
#include <ingam/seal.h>
#include <ingam/sign.h>
#include <ingam/spf.h>
#include <ingam/types.h>

INGAM_API const char *ingam_version(void);

#endif
