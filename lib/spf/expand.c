/* SPDX-License-Identifier: BSD-2-Clause */
/* Macro expansion over one evaluation: what each letter stands for, and the name a term asks for.      [RFC7208 7] */
#include "spf/eval.h"

#include "spf/macro.h"

/* A name is at most 253 bytes, cut from the left: no more than the end of a long expansion is kept. */
enum { KEPT = 512, TOO_LONG = 2048 };

/* %{s}                                                                                 [RFC7208 7.2] */
static void write_sender(const struct spf_run *run, struct out *o)
{
    out_str(o, run->sender->local);
    out_byte(o, '@');
    out_str(o, run->sender->domain);
}

/* %{i}: nibbles in upper case, as in the openspf suite; names do not care.                 [RFC7208 7.3] */
static void write_address(const struct spf_run *run, struct out *o)
{
    ip_write_dotted(o, &run->request->ip);
    for (size_t i = 0; !o->has_failed && i < o->n; i++)
        if (o->p[i] >= 'a')
            o->p[i] = (uint8_t)(o->p[i] - 'a' + 'A');
}

/* The letters whose value has to be written first. */
static str written(const struct spf_run *run, uint8_t letter)
{
    struct out o;
    out_init(&o, run->on->arena);
    if (letter == 's')
        write_sender(run, &o);
    else if (letter == 'i')
        write_address(run, &o);
    else if (letter == 'c')
        ip_write(&o, &run->request->ip);
    else
        out_uint(&o, run->on->now_s > 0 ? (uint64_t)run->on->now_s : 0);
    return out_done(&o);
}

/* ret  the value of any letter but p                                                   [RFC7208 7.2] */
static str value_of(const struct spf_run *run, uint8_t letter)
{
    switch (letter) {
    case 'l': return run->sender->local;
    case 'o': return run->sender->domain;
    case 'd': return run->place->domain;
    case 'h': return run->request->helo;
    case 'v': return run->request->ip.is_v6 ? S("ip6") : S("in-addr");
    case 'r': return run->request->receiver.n ? run->request->receiver : S("unknown");
    default: return written(run, letter);
    }
}

/* Writes the next piece. ret STEP_NO: the text has ended */
static enum spf_step expand_piece(struct spf_run *run, cur *c, struct out *o)
{
    struct macro m;
    enum macro_got got = macro_next(c, &m);
    if (got == MACRO_LITERAL) {
        out_str(o, m.literal);
        return STEP_YES;
    }
    if (got != MACRO_LETTER)
        return STEP_NO;
    str value;
    if (m.letter == 'p') {
        enum spf_step step = spf_validated_name(run, &value);
        if (step != STEP_YES)
            return step;
    } else {
        value = value_of(run, m.letter);
    }
    if (m.letter == 's' || m.letter == 'l')
        run->out->uses_local_part = true;
    macro_write(o, &m, value);
    return STEP_YES;
}

enum spf_step spf_expand(struct spf_run *run, str text, struct out *o)
{
    cur c = cur_of(text);
    enum spf_step step = STEP_YES;
    while (step == STEP_YES && !o->has_failed)
        step = expand_piece(run, &c, o);
    return step == STEP_NO ? STEP_YES : step;
}

static enum spf_step expand_name(struct spf_run *run, str text, struct out *o)
{
    cur c = cur_of(text);
    enum spf_step step = STEP_YES;
    while (step == STEP_YES) {
        step = expand_piece(run, &c, o);
        if (o->n <= TOO_LONG)
            continue;
        memmove(o->p, o->p + o->n - KEPT, KEPT);
        o->n = KEPT;
    }
    return step == STEP_NO ? STEP_YES : step;
}

/* Takes labels off the left until the rest is no longer than a name may be.                [RFC7208 7.3] */
static str fit(str name)
{
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    if (name.n <= NAME_MAX)
        return name;
    size_t from = name.n - NAME_MAX;
    return str_from(name, from + str_find(str_from(name, from - 1), '.'));
}

/* A domain that stands in a record has a dot; whether it can be asked for, the box of facts says. */
static void set_name(struct spf_target *target, str name)
{
    target->name = fit(name);
    target->is_askable = true;
    target->has_parent = true;
    target->is_known = true;
}

/* Hostile text may have come in by a macro: control bytes are never asked for.             [RFC7208 11.5.3] */
static void set_expanded(struct spf_target *target, str name)
{
    set_name(target, name);
    target->is_askable = name_is_askable(target->name) && spf_wrong_byte(target->name) == target->name.n;
    target->has_parent = str_find(target->name, '.') < target->name.n;
}

static enum spf_step learn_name(struct spf_run *run, struct spf_target *target)
{
    struct out o;
    if (run->term->domain.n == 0) {
        set_name(target, run->place->domain);
        return STEP_YES;
    }
    if (!(run->term->uses & USES_MACRO)) {
        set_name(target, run->term->domain);
        return STEP_YES;
    }
    out_init(&o, run->on->arena);
    enum spf_step step = expand_name(run, run->term->domain, &o);
    if (step == STEP_YES)
        set_expanded(target, out_done(&o));
    return step;
}

/* The count of %{p} is made anew in each run, also where the name is known by now.       [RFC7208 4.6.4] */
static enum spf_step count_ptr_macro(struct spf_run *run)
{
    if (!(run->term->uses & USES_PTR) || run->has_used_ptr || run->is_explaining)
        return STEP_YES;
    run->has_used_ptr = true;
    return spf_count_lookup(run);
}

enum spf_step spf_find_target(struct spf_run *run, struct spf_target **target)
{
    const struct spf_term *term = run->term;
    *target = &term->targets[run->request->identity];
    if (term->uses & USES_LOCAL)
        run->out->uses_local_part = true;
    if (term->uses & USES_LOCAL && run->sender->has_high_local)
        return STEP_NO;
    enum spf_step step = count_ptr_macro(run);
    if (step == STEP_YES && !(*target)->is_known)
        step = learn_name(run, *target);
    if (step != STEP_YES)
        return step;
    run->detail = (*target)->name;
    return (*target)->is_askable ? STEP_YES : STEP_NO;
}
