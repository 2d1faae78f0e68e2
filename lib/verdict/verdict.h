/* SPDX-License-Identifier: BSD-2-Clause */
/* verdict: one message's life.
 *
 * A host makes a check (ingam_check_new) when it knows the envelope. The check is one block of the arena and lives in it. From
 * that moment SPF can run, so the first call of ingam_check_next already has questions: who may send for HELO and MAIL FROM.
 *
 * Then the message comes, as raw bytes or field by field. The splitter keeps the header block; at its end the block is cut into
 * fields, From is read, and there is an author domain or a named fault. dkim_begin picks the signatures worth trying and opens a
 * hasher for each distinct way the body is to be hashed. From here on DKIM asks for its keys and DMARC for the author domain's
 * walk, while the body streams through the hashers and is forgotten.
 *
 * Each method is a function over the fact box and is run again from its start when something new was learnt: an answer to one of
 * its own questions, the end of the header, the end of the body, or, for DMARC, that SPF and DKIM are done. A method that is
 * DONE is never run again, and none is run where nothing is new. Questions that wait to be handed out go first: a host that
 * answers at once costs each method one run a round, not one an answer. Notes of a run replace those of the run before it,
 * so the trace tells one story however often a method was run.
 *
 * When the message has ended and all methods are done the verdict is written: outcomes, the action that this site's policy makes
 * of them, the inbound Authentication-Results that claim to be ours, and our own field. It stands from then on. At the deadline
 * the fact box closes: what is open has failed, the methods finish with temperror where they needed it, and a verdict stands
 * all the same. Only memory can prevent it: then every call says so, and there is no verdict rather than a wrong one.
 *
 *   check.c    the public face: feeding, asking        methods.c   running the methods, writing the verdict
 *   tell.c     notes, facts and fields, as evidence    policy.c    verdict -> action and SMTP reply
 *   warning.c  what is worth a person's eye            lookalike.c names made to be misread
 *   chain.c    what an ARC chain says             trust.c    whose word counts
 *   config.c   defaults, version                       state.h     the check itself */
#ifndef VERDICT_VERDICT_H
#define VERDICT_VERDICT_H

#include "base/base.h"
#include <ingam/check.h>

/* Decides what a site does with a verdict.                                      [RFC9989 5.3.6, 5.4, 7.2, 7.4] [RFC7372 3]
 * in   policy   the site's
 *      verdict  whole but for its action; verdict->fault says why there is no author domain
 *      trace    may be NULL
 * out  action   all of it; texts in the arena or constant */
void policy_decide(struct arena *a, const struct ingam_policy *policy, const struct ingam_verdict *verdict,
                   struct trace *trace, struct ingam_action *action);

/* ret  a passing chain whose first sealer saw DMARC pass for this author domain; the newest message signature covers From: if
 *      all its sealers are trusted it may excuse a failure                                  [RFC8617 7.2.1] */
bool chain_is_witness(const struct ingam_arc_outcome *arc);

/* Who is trusted of those through whose hands a message came.                               [RFC8617 7.2.1] [RFC9989 5.4]
 * out  trust  effect: the mildest that fits; rule: whose it is, empty for a member of trusted_sealers
 *      name   who is trusted: signer, first sealer; empty for a client
 * ret  false: nobody */
bool trust_find(const struct ingam_policy *policy, const struct ingam_verdict *verdict,
                struct ingam_trust *trust);

/* ret  these bytes may stand in an SMTP reply line: printable US-ASCII only           [RFC5321 4.2] */
bool reply_is_printable(str text);
/* Writes the text of an SMTP reply. The only way foreign bytes get into a reply: a name that is no plain host name is left out.
 * in   words   printable US-ASCII
 *      before  what stands between them and the name
 * ret  printable US-ASCII; empty on no memory */
str reply_write(struct arena *a, str words, str before, str name);

#endif
