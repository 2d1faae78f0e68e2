/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/inside.h"

enum { PACKET_MAX = 1 << 20, FIELDS_MAX = 4096, MACROS_MAX = 64, RCPTS_MAX = 65536 };

enum stage {
    START,     /* nothing came */
    READY,     /* CONNECT is next */
    CONNECTED, /* between two messages */
    ENVELOPE,  /* from MAIL on */
    DATA,      /* the SMTP command was given */
    FIELDS,
    BODY, /* the header is over */
    GONE
};
#define AT(stage) (1U << (stage))
enum {
    IN_MESSAGE = AT(ENVELOPE) | AT(DATA) | AT(FIELDS) | AT(BODY),
    NEGOTIATED = AT(READY) | AT(CONNECTED) | IN_MESSAGE,
    STAYS = GONE + 1
};

/* May stand at one of the stages `from`, leads to `to`. */
struct command {
    uint8_t byte;
    enum milter_event_kind kind;
    uint32_t from;
    uint32_t to;
    uint32_t no_reply; /* no reply where this option is taken; NEVER: nobody waits for one */
    milter_reader *read;
};
#define NEVER UINT32_MAX

/* clang-format off */
static const struct command commands[] = {
    {'A', MILTER_ABORT,      NEGOTIATED,                             CONNECTED, NEVER,                      milter_read_nothing},
    {'B', MILTER_BODY,       AT(BODY),                               BODY,      MILTER_NO_REPLY_BODY,       milter_read_bytes},
    {'C', MILTER_CONNECT,    AT(READY),                              CONNECTED, MILTER_NO_REPLY_CONNECT,    milter_read_connect},
    {'D', MILTER_MACROS,     NEGOTIATED,                             STAYS,     NEVER,                      milter_read_macros},
    {'E', MILTER_END,        AT(BODY),                               CONNECTED, 0,                          milter_read_bytes},
    {'H', MILTER_HELO,       AT(CONNECTED),                          CONNECTED, MILTER_NO_REPLY_HELO,       milter_read_string},
    {'K', MILTER_QUIT_NEXT,  AT(READY) | AT(CONNECTED),              READY,     NEVER,                      milter_read_nothing},
    {'L', MILTER_FIELD,      AT(ENVELOPE) | AT(DATA) | AT(FIELDS),   FIELDS,    MILTER_NO_REPLY_FIELD,      milter_read_field},
    {'M', MILTER_MAIL,       AT(CONNECTED),                          ENVELOPE,  MILTER_NO_REPLY_MAIL,       milter_read_path},
    {'N', MILTER_FIELDS_END, AT(ENVELOPE) | AT(DATA) | AT(FIELDS),   BODY,      MILTER_NO_REPLY_FIELDS_END, milter_read_nothing},
    {'O', MILTER_NEGOTIATED, AT(START),                              READY,     0,                          milter_read_nothing},
    {'Q', MILTER_QUIT,       AT(START) | NEGOTIATED,                 GONE,      NEVER,                      milter_read_nothing},
    {'R', MILTER_RCPT,       AT(ENVELOPE),                           ENVELOPE,  MILTER_NO_REPLY_RCPT,       milter_read_path},
    {'T', MILTER_DATA,       AT(ENVELOPE),                           DATA,      MILTER_NO_REPLY_DATA,       milter_read_nothing},
    {'U', MILTER_UNKNOWN,    AT(CONNECTED) | AT(ENVELOPE),           STAYS,     MILTER_NO_REPLY_UNKNOWN,    milter_read_string},
};
/* clang-format on */

/* ret  the row of this byte; NULL: there is no such command */
static const struct command *command_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (commands[i].byte == byte)
            return &commands[i];
    }
    return NULL;
}

void milter_init(struct milter *m, const struct milter_wants *wants)
{
    *m = (struct milter){.wants = wants};
}

/* The stage, and those that it counts as, since the steps to them were agreed to be left out. */
static uint32_t stages(const struct milter *m)
{
    uint32_t at = AT(m->stage);
    if ((at & AT(READY)) && (m->options & MILTER_NO_CONNECT))
        at |= AT(CONNECTED);
    if ((at & AT(CONNECTED)) && (m->options & MILTER_NO_MAIL))
        at |= AT(ENVELOPE);
    if ((at & IN_MESSAGE) && (m->options & MILTER_NO_FIELDS_END))
        at |= AT(BODY);
    return at;
}

/* Tells whether this packet begins something new while a message is open. Mail servers send no ABORT after a message that
 * the filter has refused or accepted early. Macros come before their command and must not be taken for the old message's. */
static bool leaves_message(const struct milter *m, uint8_t byte, str data)
{
    if (!(AT(m->stage) & IN_MESSAGE))
        return false;
    if (byte == 'D' && data.n)
        byte = data.p[0];
    return byte == 'H' || byte == 'M' || byte == 'K';
}

static void forget_message(struct milter *m)
{
    m->fields_n = 0;
    m->rcpt_n = 0;
}

/* Counts n up. ret true: it is beyond max, or the default where max is 0 */
static bool is_too_many(size_t *n, size_t max, size_t usual)
{
    return ++*n > (max ? max : usual);
}

static enum milter_fault count(struct milter *m, enum milter_event_kind kind)
{
    if (kind == MILTER_MACROS)
        return is_too_many(&m->macros_n, m->wants->macros_max, MACROS_MAX) ? MILTER_FAULT_TOO_MANY_MACROS
                                                                           : MILTER_FAULT_NONE;
    m->macros_n = 0;
    if (kind == MILTER_FIELD && is_too_many(&m->fields_n, m->wants->fields_max, FIELDS_MAX))
        return MILTER_FAULT_TOO_MANY_FIELDS;
    if (kind == MILTER_RCPT && is_too_many(&m->rcpt_n, m->wants->rcpts_max, RCPTS_MAX))
        return MILTER_FAULT_TOO_MANY_RECIPIENTS;
    return MILTER_FAULT_NONE;
}

/* Takes one command: its place, its number, its data. */
static enum milter_fault take(struct milter *m, const struct command *command, str data,
                              struct milter_event *event)
{
    if (!(stages(m) & command->from))
        return command->kind == MILTER_NEGOTIATED && m->stage != GONE ? MILTER_FAULT_NEGOTIATED_TWICE
                                                                      : MILTER_FAULT_ORDER;
    enum milter_fault fault = count(m, command->kind);
    if (fault == MILTER_FAULT_NONE)
        fault = command->read(data, event);
    if (fault == MILTER_FAULT_NONE && command->kind == MILTER_NEGOTIATED)
        fault = milter_negotiate(m, data);
    return fault;
}

static void move(struct milter *m, const struct command *command)
{
    bool stays = command->to == STAYS || (command->kind == MILTER_ABORT && m->stage == READY);
    if (!stays)
        m->stage = command->to;
    if (!stays && !(AT(m->stage) & IN_MESSAGE))
        forget_message(m);
}

static enum milter_event_kind fails(struct milter *m, enum milter_fault fault, struct milter_event *event)
{
    m->fault = fault;
    *event = (struct milter_event){.kind = MILTER_BAD};
    return MILTER_BAD;
}

/* One whole packet: its command and its data. */
static enum milter_event_kind take_packet(struct milter *m, uint8_t byte, str data,
                                          struct milter_event *event)
{
    const struct command *command = command_of(byte);
    enum milter_fault fault = command ? take(m, command, data, event) : MILTER_FAULT_UNKNOWN_COMMAND;
    if (fault)
        return fails(m, fault, event);
    move(m, command);
    event->has_reply = command->no_reply != NEVER && !(m->options & command->no_reply);
    return event->kind = command->kind;
}

enum milter_event_kind milter_next(struct milter *m, str *input, struct milter_event *event)
{
    *event = (struct milter_event){.kind = MILTER_MORE};
    if (m->fault)
        return fails(m, m->fault, event);
    if (input->n < MILTER_LENGTH)
        return MILTER_MORE;
    size_t n = milter_uint32(input->p);
    if (n == 0)
        return fails(m, MILTER_FAULT_PACKET_EMPTY, event);
    if (n > (m->wants->packet_max ? m->wants->packet_max : PACKET_MAX))
        return fails(m, MILTER_FAULT_PACKET_TOO_LONG, event);
    if (input->n - MILTER_LENGTH < n)
        return MILTER_MORE;

    uint8_t byte = input->p[MILTER_LENGTH];
    str data = {input->p + MILTER_LENGTH + 1, n - 1};
    if (leaves_message(m, byte, data)) {
        m->stage = CONNECTED;
        forget_message(m);
        return event->kind = MILTER_ABORT;
    }
    if (take_packet(m, byte, data, event) != MILTER_BAD)
        *input = str_from(*input, MILTER_LENGTH + n);
    return event->kind;
}

const char *milter_fault_name(enum milter_fault fault)
{
    static const char *const names[MILTER_FAULT_N] = {
        "none",
#define MILTER_FAULT(name, word, sentence) word,
#include "milter/faults.def"
#undef MILTER_FAULT
    };
    return names[fault < MILTER_FAULT_N ? fault : 0];
}

const char *milter_fault_text(enum milter_fault fault)
{
    static const char *const texts[MILTER_FAULT_N] = {
        "nothing is wrong",
#define MILTER_FAULT(name, word, sentence) sentence,
#include "milter/faults.def"
#undef MILTER_FAULT
    };
    return texts[fault < MILTER_FAULT_N ? fault : 0];
}
