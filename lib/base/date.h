/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/out.h"

/* Reads RFC 3339 ("2026-09-01T12:00:00Z", with offset, fraction ignored) or Unix seconds (digits only).
 * ret  false: neither; years 1970 to 9999 */
bool date_read(str text, int64_t *seconds);
/* Reads a Date field's value: RFC 5322 3.3 with comments and the obsolete zones of 4.3. */
bool date_read_mail(str text, int64_t *seconds);
/* Writes RFC 3339 in UTC: "2026-09-01T12:00:00Z". */
void date_write(struct out *o, int64_t seconds);
/* Writes "Tue, 01 Sep 2026 12:00:00 +0000".                               [RFC5322 3.3] */
void date_write_mail(struct out *o, int64_t seconds);

#endif
