/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/words.h"

#include "cli/facts.h"
#include "mail/mail.h"

struct telling {
    const struct judged *d;
    const struct ingam_dmarc_outcome *dmarc;
    struct words *w;
    struct out o;
};

static void tell(struct telling *t, const char *words)
{
    out_z(&t->o, words);
}

static void tell_author(struct telling *t)
{
    out_str(&t->o, t->dmarc->author_domain);
}

static void say(struct telling *t, enum paint paint, const char *word)
{
    t->w->paint = paint;
    t->w->word = word;
}

const struct ingam_warning *words_warning(const struct judged *d, const char *kind)
{
    for (size_t i = 0; i < d->warning_n; i++)
        if (strcmp(d->warnings[i].kind, kind) == 0)
            return &d->warnings[i];
    return NULL;
}

/* ret  the first aligned signature that passes or, for false, one that does not and was decided; NULL: none */
static const struct ingam_dkim_outcome *aligned_signature(const struct judged *d, bool is_pass)
{
    for (size_t i = 0; i < d->verdict->dkim_n; i++) {
        const struct ingam_dkim_outcome *s = &d->verdict->dkim[i];
        bool is_aligned =
            s->is_aligned || (s->domain.n && str_eq(s->domain, d->verdict->dmarc.author_domain));
        bool is_decided = s->result != INGAM_RESULT_TEMPERROR;
        if (is_aligned && is_decided && (s->result == INGAM_RESULT_PASS) == is_pass)
            return s;
    }
    return NULL;
}

/* ret  a passing signature of another domain; NULL: none */
static const struct ingam_dkim_outcome *other_signature(const struct judged *d)
{
    for (size_t i = 0; i < d->verdict->dkim_n; i++)
        if (d->verdict->dkim[i].result == INGAM_RESULT_PASS && !d->verdict->dkim[i].is_aligned)
            return &d->verdict->dkim[i];
    return NULL;
}

static bool is_spf_of_author(const struct judged *d)
{
    const struct ingam_spf_outcome *spf = &d->verdict->spf_mail_from;
    return spf->result == INGAM_RESULT_PASS &&
           (d->verdict->dmarc.is_spf_aligned || str_eq_nocase(spf->domain, d->verdict->dmarc.author_domain));
}

static void tell_signer(struct telling *t, const struct ingam_dkim_outcome *signature)
{
    tell(t, "signed by ");
    out_str(&t->o, signature->domain);
    if (str_eq(signature->domain, t->dmarc->author_domain)) {
        tell(t, ", the domain in From");
        return;
    }
    tell(t, " for ");
    tell_author(t);
    tell(t, ", the domain in From");
}

/* Says who vouches for the domain in From. ret false: nobody does */
static bool tell_proof(struct telling *t)
{
    const struct ingam_dkim_outcome *signature = aligned_signature(t->d, true);
    if (signature) {
        tell_signer(t, signature);
        return true;
    }
    if (!is_spf_of_author(t->d))
        return false;
    tell(t, "sent by a server that ");
    tell_author(t);
    tell(t, " allows");
    return true;
}

/* What makes a proven sender worth a second look: the domain is proven, but a person reads another one. */
static const struct ingam_warning *disguise(const struct judged *d)
{
    const struct ingam_warning *w = words_warning(d, "lookalike");
    return w ? w : words_warning(d, "display-name-address");
}

static void tell_disguise(struct telling *t, const struct ingam_warning *w)
{
    bool is_lookalike = strcmp(w->kind, "lookalike") == 0;
    tell(t, is_lookalike ? "it is " : "really from ");
    tell_author(t);
    tell(t, is_lookalike ? ", shown as " : ", though the name shown says ");
    out_str(&t->o, w->text[is_lookalike ? 1 : 0]);
}

static void tell_pass(struct telling *t)
{
    const struct ingam_warning *w = disguise(t->d);
    say(t, w ? PAINT_UNSURE : PAINT_GOOD, w ? "Careful" : "Genuine");
    if (w) {
        tell_disguise(t, w);
        return;
    }
    if (!tell_proof(t)) {
        tell(t, "DMARC passes for ");
        tell_author(t);
    }
}

/* ret  the header of signature i holds as it is */
static bool is_header_right(const struct judged *d, size_t i)
{
    const struct ingam_note *notes;
    size_t n = ingam_check_notes(d->check, &notes);
    for (size_t k = 0; k < n; k++)
        if (notes[k].rule == INGAM_RULE_DKIM_HEADER && notes[k].subject == i)
            return notes[k].fault == INGAM_FAULT_NONE;
    return false;
}

/* Says what became of the message or of its signature, and whether that is a guess.
 * in   cause  NULL: none was found */
static void tell_change(struct telling *t, bool is_signed, const struct ingam_cause *cause)
{
    bool is_guess = cause && !cause->is_proved;
    const char *sure = is_signed ? ", then " : ": ", *unsure = is_signed ? ", then perhaps " : ": perhaps ";
    if (cause) {
        tell(t, is_guess ? unsure : sure);
        tell(t, words_cause(cause->kind));
    } else if (is_signed) {
        tell(t, ", then changed");
    }
}

/* A signature of the author's domain that fails. Where its header holds, or holds with a change undone, the domain did sign and
 * somebody changed the message afterwards; anything else a forger can write too. */
static void tell_broken(struct telling *t, const struct ingam_dkim_outcome *broken)
{
    struct ingam_cause cause;
    size_t i = (size_t)(broken - t->d->verdict->dkim);
    bool has_cause = judged_cause(t->d, i, &cause);
    bool is_signed = is_header_right(t->d, i) || (has_cause && words_is_header_proved(&cause));
    bool has_policy = t->dmarc->policy >= INGAM_DMARC_QUARANTINE;
    say(t, is_signed || !has_policy ? PAINT_UNSURE : PAINT_BAD, is_signed ? "Changed" : "Broken");
    tell(t, is_signed ? "signed by " : "the signature of ");
    out_str(&t->o, broken->domain);
    tell(t, is_signed ? "" : " does not hold");
    tell_change(t, is_signed, has_cause ? &cause : NULL);
}

static void tell_none(struct telling *t)
{
    const struct ingam_warning *w = disguise(t->d);
    say(t, w ? PAINT_UNSURE : PAINT_GOOD, w ? "Careful" : "Genuine");
    if (aligned_signature(t->d, true) || is_spf_of_author(t->d)) {
        if (w)
            tell_disguise(t, w);
        else
            tell_proof(t);
        return;
    }
    const struct ingam_dkim_outcome *broken = aligned_signature(t->d, false);
    if (broken) {
        tell_broken(t, broken);
        return;
    }
    say(t, PAINT_UNSURE, "Unproven");
    tell(t, "nothing shows that it is from ");
    tell_author(t);
    tell(t, t->dmarc->fault ? ", whose DMARC record does not count" : ", which has no DMARC policy");
}

/* Nothing speaks for the domain; that it did not send the message is known only where SPF was asked. */
static void tell_nobody(struct telling *t)
{
    if (t->d->verdict->spf_mail_from.is_run) {
        tell(t, ", which neither signed it nor sent it");
        return;
    }
    tell(t, ", which did not sign it; who sent it is not known (");
    tell(t, t->d->envelope.smtp.ip.n ? "--mail-from)" : "--ip)");
}

static void tell_fail(struct telling *t)
{
    const struct ingam_dkim_outcome *broken = aligned_signature(t->d, false), *other = other_signature(t->d);
    const struct ingam_spf_outcome *spf = &t->d->verdict->spf_mail_from;
    if (broken) {
        tell_broken(t, broken);
        return;
    }
    bool is_on_trial = t->dmarc->fault == INGAM_FAULT_DMARC_KEY_TESTING;
    bool is_forged = t->dmarc->policy != INGAM_DMARC_NONE && !is_on_trial;
    say(t, is_forged ? PAINT_BAD : PAINT_UNSURE, is_forged ? "Forged" : "Unproven");
    tell(t, "says ");
    tell_author(t);
    if (is_on_trial) {
        tell(t, ", whose signature is only a trial (t=y in its key)");
    } else if (other) {
        tell(t, ", but ");
        out_str(&t->o, other->domain);
        tell(t, " signed it");
    } else if (spf->result == INGAM_RESULT_PASS && spf->domain.n) {
        tell(t, ", but ");
        out_str(&t->o, spf->domain);
        tell(t, " sent it");
    } else {
        tell_nobody(t);
    }
}

static void tell_temperror(struct telling *t)
{
    struct ingam_fact f;
    say(t, PAINT_UNSURE, "Undecided");
    tell(t, "the DNS did not answer");
    for (size_t i = 0; ingam_check_fact(t->d->check, i, &f); i++) {
        if (f.status != INGAM_STATUS_FAILED)
            continue;
        tell(t, " (");
        out_str(&t->o, f.name);
        tell(t, " ");
        tell(t, fact_type(t->d->arena, f.type));
        tell(t, f.why ? ": " : "");
        tell(t, f.why ? f.why : "");
        tell(t, ")");
        break;
    }
    tell(t, "; try again later");
}

static void tell_sentence(struct telling *t)
{
    if (t->dmarc->author_domain.n == 0) {
        say(t, PAINT_BAD, "Unusable");
        out_str(&t->o, fact_fault(t->d->verdict->fault ? t->d->verdict->fault : t->dmarc->fault));
        return;
    }
    switch (t->dmarc->result) {
    case INGAM_RESULT_PASS: tell_pass(t); return;
    case INGAM_RESULT_NONE: tell_none(t); return;
    case INGAM_RESULT_FAIL: tell_fail(t); return;
    case INGAM_RESULT_TEMPERROR: tell_temperror(t); return;
    case INGAM_RESULT_SOFTFAIL:
    case INGAM_RESULT_NEUTRAL:
    case INGAM_RESULT_POLICY:
    case INGAM_RESULT_PERMERROR: break;
    }
    say(t, PAINT_UNSURE, "Unproven");
    out_str(&t->o, fact_fault(t->dmarc->fault));
}

const char *words_done(enum ingam_disposition d)
{
    static const char *const words[] = {
        [INGAM_ACCEPT] = "accepted",
        [INGAM_QUARANTINE] = "put into quarantine",
        [INGAM_REJECT] = "rejected",
        [INGAM_DEFER] = "deferred",
    };
    return words[d];
}

static void tell_policy(struct telling *t)
{
    const char *policy = ingam_dmarc_policy_name(t->dmarc->policy);
    if (policy == NULL || t->dmarc->result != INGAM_RESULT_FAIL)
        return;
    out_str(&t->o, t->dmarc->policy_domain);
    tell(t, t->dmarc->policy == INGAM_DMARC_NONE     ? " asks for nothing to be done about such mail"
            : t->dmarc->policy == INGAM_DMARC_REJECT ? " asks that such mail be rejected"
                                                     : " asks that such mail be put into quarantine");
    tell(t, " (p=");
    tell(t, policy);
    tell(t, "). ");
}

static void tell_reason(struct telling *t)
{
    const struct ingam_action *a = &t->d->verdict->action;
    bool is_observing = a->disposition != a->would_be;
    if (t->dmarc->author_domain.n == 0) {
        tell(t, "Nobody can say which domain it is from. ");
    } else if (t->dmarc->fault) {
        tell(t, "DMARC: ");
        out_str(&t->o, fact_fault(t->dmarc->fault));
        tell(t, ". ");
    } else if (t->dmarc->result == INGAM_RESULT_NONE) {
        tell_author(t);
        tell(t, " publishes no DMARC policy. ");
    }
    tell_policy(t);
    tell(t,
         is_observing ? "This site only observes; enforcing, the message would be " : "Here the message is ");
    tell(t, words_done(a->would_be));
    for (size_t i = 0; i < a->reason_n; i++) {
        tell(t, i ? "; " : " (");
        tell(t, a->reasons[i]);
    }
    tell(t, a->reason_n ? ")." : ".");
}

void words_find(const struct judged *d, struct words *w)
{
    struct telling t = {.d = d, .dmarc = &d->verdict->dmarc, .w = w};
    *w = (struct words){.word = ""};
    out_init(&t.o, d->arena);
    tell_sentence(&t);
    w->sentence = out_done(&t.o);
    out_init(&t.o, d->arena);
    tell_reason(&t);
    w->reason = out_done(&t.o);
}

enum paint words_paint(enum ingam_result result)
{
    switch (result) {
    case INGAM_RESULT_PASS: return PAINT_GOOD;
    case INGAM_RESULT_FAIL:
    case INGAM_RESULT_PERMERROR: return PAINT_BAD;
    case INGAM_RESULT_SOFTFAIL:
    case INGAM_RESULT_POLICY:
    case INGAM_RESULT_TEMPERROR: return PAINT_UNSURE;
    case INGAM_RESULT_NONE:
    case INGAM_RESULT_NEUTRAL: break;
    }
    return PAINT_DIM;
}

str words_field(const struct judged *d, str name)
{
    str found, value;
    for (size_t i = 0; ingam_check_field_at(d->check, i, &found, &value); i++)
        if (str_eq_nocase(found, name))
            return mail_words_decode(d->arena, fact_unfolded(d->arena, "", value));
    return S("");
}
