/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/client.h"
#include "milter/inside.h"

void milter_client_packet(struct out *o, uint8_t command, str data)
{
    milter_put_head(o, command, data.n);
    out_str(o, data);
}

void milter_client_options(struct out *o, uint32_t version, uint32_t actions, uint32_t options)
{
    milter_put_head(o, 'O', 12);
    milter_put_uint32(o, version);
    milter_put_uint32(o, actions);
    milter_put_uint32(o, options);
}

void milter_client_macro(struct out *list, str name, str value)
{
    bool has_braces = name.n > 1;
    if (has_braces)
        out_byte(list, '{');
    out_str(list, name);
    if (has_braces)
        out_byte(list, '}');
    out_byte(list, 0);
    milter_put_string(list, value);
}

static void write_connect(struct out *o, const struct milter_event *e)
{
    bool has_address = e->family != 'U';
    milter_put_head(o, 'C', e->name.n + 2 + (has_address ? e->address.n + 3 : 0));
    milter_put_string(o, e->name);
    out_byte(o, e->family);
    if (!has_address)
        return;
    out_byte(o, (uint8_t)(e->port >> 8));
    out_byte(o, (uint8_t)e->port);
    milter_put_string(o, e->address);
}

static void write_macros(struct out *o, const struct milter_event *e)
{
    milter_put_head(o, 'D', 1 + e->value.n);
    out_byte(o, e->for_command);
    out_str(o, e->value);
}

static void write_string(struct out *o, uint8_t command, str s)
{
    milter_put_head(o, command, s.n + 1);
    milter_put_string(o, s);
}

static void write_strings(struct out *o, uint8_t command, str first, str second)
{
    milter_put_head(o, command, first.n + 1 + second.n + 1);
    milter_put_string(o, first);
    milter_put_string(o, second);
}

/* How the data of a command is put together; row n is enum milter_event_kind n. */
enum shape {
    SHAPE_NONE,
    SHAPE_EMPTY,
    SHAPE_STRING,
    SHAPE_PATH,
    SHAPE_FIELD,
    SHAPE_BYTES,
    SHAPE_CONNECT,
    SHAPE_MACROS
};

static const struct {
    uint8_t byte;
    enum shape shape;
} commands[] = {
    [MILTER_MACROS] = {'D', SHAPE_MACROS},   [MILTER_CONNECT] = {'C', SHAPE_CONNECT},
    [MILTER_HELO] = {'H', SHAPE_STRING},     [MILTER_MAIL] = {'M', SHAPE_PATH},
    [MILTER_RCPT] = {'R', SHAPE_PATH},       [MILTER_DATA] = {'T', SHAPE_EMPTY},
    [MILTER_FIELD] = {'L', SHAPE_FIELD},     [MILTER_FIELDS_END] = {'N', SHAPE_EMPTY},
    [MILTER_BODY] = {'B', SHAPE_BYTES},      [MILTER_END] = {'E', SHAPE_BYTES},
    [MILTER_ABORT] = {'A', SHAPE_EMPTY},     [MILTER_UNKNOWN] = {'U', SHAPE_STRING},
    [MILTER_QUIT_NEXT] = {'K', SHAPE_EMPTY}, [MILTER_QUIT] = {'Q', SHAPE_EMPTY},
};

bool milter_client_write(struct out *o, const struct milter_event *event)
{
    uint8_t byte = commands[event->kind].byte;
    switch (commands[event->kind].shape) {
    case SHAPE_NONE: return false;
    case SHAPE_EMPTY: milter_put_head(o, byte, 0); break;
    case SHAPE_STRING: write_string(o, byte, event->name); break;
    case SHAPE_PATH:
        if (event->value.n)
            write_strings(o, byte, event->name, event->value);
        else
            write_string(o, byte, event->name);
        break;
    case SHAPE_FIELD: write_strings(o, byte, event->name, event->value); break;
    case SHAPE_BYTES: milter_client_packet(o, byte, event->value); break;
    case SHAPE_CONNECT: write_connect(o, event); break;
    case SHAPE_MACROS: write_macros(o, event); break;
    }
    return true;
}

/* What stands behind the command byte of an answer. */
enum form { FORM_EMPTY, FORM_OPTIONS, FORM_STRING, FORM_FIELD, FORM_NUMBERED, FORM_ANY };

static const struct {
    uint8_t byte;
    enum milter_answer_kind kind;
    enum form form;
} answers[] = {
    {'O', MILTER_ANSWER_OPTIONS, FORM_OPTIONS},   {'c', MILTER_ANSWER_CONTINUE, FORM_EMPTY},
    {'a', MILTER_ANSWER_ACCEPT, FORM_EMPTY},      {'r', MILTER_ANSWER_REJECT, FORM_EMPTY},
    {'t', MILTER_ANSWER_TEMPFAIL, FORM_EMPTY},    {'d', MILTER_ANSWER_DISCARD, FORM_EMPTY},
    {'s', MILTER_ANSWER_SKIP, FORM_EMPTY},        {'p', MILTER_ANSWER_PROGRESS, FORM_EMPTY},
    {'y', MILTER_ANSWER_REPLY, FORM_STRING},      {'i', MILTER_ANSWER_INSERT, FORM_NUMBERED},
    {'h', MILTER_ANSWER_ADD, FORM_FIELD},         {'m', MILTER_ANSWER_CHANGE, FORM_NUMBERED},
    {'q', MILTER_ANSWER_QUARANTINE, FORM_STRING}, {'+', MILTER_ANSWER_OTHER, FORM_ANY},
    {'-', MILTER_ANSWER_OTHER, FORM_ANY},         {'2', MILTER_ANSWER_OTHER, FORM_ANY},
    {'b', MILTER_ANSWER_OTHER, FORM_ANY},         {'e', MILTER_ANSWER_OTHER, FORM_ANY},
};

static bool read_options(cur *c, struct milter_answer *a)
{
    if (c->end - c->p < 12)
        return false;
    a->version = milter_uint32(c->p);
    a->actions = milter_uint32(c->p + 4);
    a->options = milter_uint32(c->p + 8);
    c->p += 12;
    a->value = cur_rest(c);
    c->p = c->end;
    uint32_t stage;
    str names, list = a->value;
    while (milter_client_symbols(&list, &stage, &names))
        ;
    return list.n == 0;
}

static bool read_number(cur *c, uint32_t *number)
{
    if (c->end - c->p < 4)
        return false;
    *number = milter_uint32(c->p);
    c->p += 4;
    return true;
}

static bool read_form(cur *c, enum form form, struct milter_answer *a)
{
    switch (form) {
    case FORM_EMPTY: return true;
    case FORM_OPTIONS: return read_options(c, a);
    case FORM_STRING: return milter_take_string(c, &a->value);
    case FORM_NUMBERED:
        if (!read_number(c, &a->number))
            return false;
        return milter_take_string(c, &a->name) && milter_take_string(c, &a->value);
    case FORM_FIELD: return milter_take_string(c, &a->name) && milter_take_string(c, &a->value);
    case FORM_ANY:
        a->value = cur_rest(c);
        c->p = c->end;
        return true;
    }
    return false;
}

/* One whole packet. */
static enum milter_answer_kind read_answer(uint8_t byte, str data, struct milter_answer *a)
{
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (answers[i].byte != byte)
            continue;
        cur c = cur_of(data);
        a->version = byte;
        if (read_form(&c, answers[i].form, a) && cur_end(&c))
            return answers[i].kind;
        break;
    }
    *a = (struct milter_answer){.kind = MILTER_ANSWER_BAD};
    return MILTER_ANSWER_BAD;
}

enum milter_answer_kind milter_client_next(str *input, struct milter_answer *answer)
{
    *answer = (struct milter_answer){.kind = MILTER_ANSWER_MORE};
    if (input->n < MILTER_LENGTH)
        return MILTER_ANSWER_MORE;
    size_t n = milter_uint32(input->p);
    if (n == 0 || n > MILTER_DATA_MAX)
        return answer->kind = MILTER_ANSWER_BAD;
    if (input->n - MILTER_LENGTH < n)
        return MILTER_ANSWER_MORE;
    str data = {input->p + MILTER_LENGTH + 1, n - 1};
    answer->kind = read_answer(input->p[MILTER_LENGTH], data, answer);
    if (answer->kind != MILTER_ANSWER_BAD)
        *input = str_from(*input, MILTER_LENGTH + n);
    return answer->kind;
}

bool milter_client_symbols(str *list, uint32_t *stage, str *names)
{
    cur c = cur_of(*list);
    uint32_t number;
    str got;
    if (!read_number(&c, &number) || !milter_take_string(&c, &got))
        return false;
    *stage = number;
    *names = got;
    *list = cur_rest(&c);
    return true;
}
