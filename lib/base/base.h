/* SPDX-License-Identifier: BSD-2-Clause */
/* base: what every room stands on.
 *
 * A message is judged inside one arena: memory is taken from it, never given back piece by piece, and freed whole with
 * the check. The arena has a cap; reaching it is like running out of memory, and sticks. Text is handled as slices
 * (`str`): a pointer and a length that own nothing and end with no NUL. A reader takes a cursor (`cur`) and leaves it
 * at the byte that is wrong. A writer (`out`) grows in the arena and has one sticky error that is looked at once, at
 * the end. What is wrong with a message is a fault, a row in a table; what was decided is a note in the trace.
 *
 *   str.h     slices                     arena.h   memory
 *   cur.h     cursor, byte classes       out.h     growing writer
 *   tags.h    tag lists of RFC 6376 3.2  base64.h  both directions
 *   ip.h      addresses and CIDR         date.h    RFC 5322, RFC 3339 and plain seconds
 *   trace.h   notes                      idn.h     U-labels to A-labels
 *
 * Nothing here knows what a mail is. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include "base/arena.h"
#include "base/cur.h"
#include "base/fault.h"
#include "base/out.h"
#include "base/str.h"
#include "base/trace.h"

#endif
