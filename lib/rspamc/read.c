/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests, as a stock Exim 4.96 writes them:
 *
 *     request = "CHECK RSPAMC/1." DIGIT EOL *( name ":" value EOL ) EOL  message
 *     message = [ "From " line  [ "X-Envelope-From: " line ]  [ "X-Envelope-To: " line ] ]  text
 *
 * Exim always writes the three lines before the text, but X-Envelope-From where the sender is empty; none of them is folded, and
 * X-Envelope-To names all recipients, so it may be longer than any limit: it is skipped as it comes. A field of the same name in
 * the message itself stands behind Exim's own Received, so it is never taken for one of them. */
#include "rspamc/rspamc.h"

enum {
    LINE_MAX_N = 8192,
    PAIRS_MAX = 2048,
};
static const uint64_t LENGTH_MAX = (uint64_t)1 << 30;

enum stage {
    AT_REQUEST,
    AT_PAIR,
    AT_FROM_LINE,
    IN_FROM_LINE,
    AT_ENVELOPE_FROM,
    IN_ENVELOPE_FROM,
    AT_ENVELOPE_TO,
    IN_ENVELOPE_TO,
    AT_TEXT,
    AT_END,
    AT_PING,
    AT_BAD
};

static const struct {
    const char *name, *text;
} faults[RSPAMC_FAULT_N] = {
    {"none", "nothing is wrong"},
#define RSPAMC_FAULT(name, word, sentence) {word, sentence},
#include "rspamc/faults.def"
#undef RSPAMC_FAULT
};

const char *rspamc_fault_name(enum rspamc_fault fault)
{
    return faults[fault < RSPAMC_FAULT_N ? fault : RSPAMC_FAULT_NONE].name;
}

const char *rspamc_fault_text(enum rspamc_fault fault)
{
    return faults[fault < RSPAMC_FAULT_N ? fault : RSPAMC_FAULT_NONE].text;
}

void rspamc_init(struct rspamc *r, const struct rspamc_limits *limits)
{
    *r = (struct rspamc){.stage = AT_REQUEST, .left = UINT64_MAX};
    if (limits)
        r->limits = *limits;
    if (r->limits.line == 0)
        r->limits.line = LINE_MAX_N;
    if (r->limits.pairs == 0)
        r->limits.pairs = PAIRS_MAX;
    if (r->limits.length == 0)
        r->limits.length = LENGTH_MAX;
}

static enum rspamc_event_kind fails(struct rspamc *r, enum rspamc_fault fault)
{
    r->fault = fault;
    r->stage = AT_BAD;
    return RSPAMC_BAD;
}

/* Takes one line of the head, with LF or CRLF.
 * ret  RSPAMC_PAIR: `line` is there, without its end; RSPAMC_MORE, RSPAMC_BAD */
static enum rspamc_event_kind take_line(struct rspamc *r, str *input, bool is_ended, str *line)
{
    size_t n = str_find(str_first(*input, r->limits.line), '\n');
    if (n == r->limits.line)
        return fails(r, RSPAMC_FAULT_LINE_TOO_LONG);
    if (n == input->n)
        return is_ended ? fails(r, RSPAMC_FAULT_CUT) : RSPAMC_MORE;
    *line = str_first(*input, n && input->p[n - 1] == '\r' ? n - 1 : n);
    *input = str_from(*input, n + 1);
    return RSPAMC_PAIR;
}

static enum rspamc_event_kind read_request(struct rspamc *r, str line)
{
    cur c = cur_of(line);
    bool is_ping = cur_text(&c, S("PING "));
    if ((!is_ping && !cur_text(&c, S("CHECK "))) || !cur_text(&c, S("RSPAMC/1.")) || !cur_is(&c, C_DIGIT))
        return fails(r, RSPAMC_FAULT_REQUEST);
    cur_run(&c, C_DIGIT);
    if (!cur_end(&c))
        return fails(r, RSPAMC_FAULT_REQUEST);
    r->stage = is_ping ? AT_PING : AT_PAIR;
    return is_ping ? RSPAMC_PING : RSPAMC_MORE;
}

static bool has_control(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < ' ' ? s.p[i] != '\t' : s.p[i] == 0x7f)
            return true;
    return false;
}

static enum rspamc_event_kind read_length(struct rspamc *r, str value)
{
    uint64_t length = 0;
    if (r->has_length || !str_to_uint(value, UINT64_MAX - 1, &length))
        return fails(r, RSPAMC_FAULT_LENGTH);
    if (length > r->limits.length)
        return fails(r, RSPAMC_FAULT_MESSAGE_TOO_LONG);
    r->has_length = true;
    r->left = length;
    return RSPAMC_PAIR;
}

static enum rspamc_event_kind read_pair(struct rspamc *r, str line, struct rspamc_event *event)
{
    if (line.n == 0) {
        r->stage = AT_FROM_LINE;
        return RSPAMC_ENVELOPE;
    }
    cur c = cur_of(line);
    event->name = cur_run(&c, C_FTEXT);
    if (event->name.n == 0 || !cur_byte(&c, ':') || has_control(cur_rest(&c)))
        return fails(r, RSPAMC_FAULT_LINE);
    if (r->pairs_n++ == r->limits.pairs)
        return fails(r, RSPAMC_FAULT_TOO_MANY_PAIRS);
    event->value = str_trim_wsp(cur_rest(&c));
    if (str_eq_nocase(event->name, S("Content-length")))
        return read_length(r, event->value);
    return RSPAMC_PAIR;
}

static enum rspamc_event_kind next_of_head(struct rspamc *r, str *input, bool is_ended,
                                           struct rspamc_event *event)
{
    str line = {0};
    enum rspamc_event_kind got = take_line(r, input, is_ended, &line);
    if (got == RSPAMC_PAIR && r->stage == AT_REQUEST) {
        got = read_request(r, line);
        return got == RSPAMC_MORE ? next_of_head(r, input, is_ended, event) : got;
    }
    return got == RSPAMC_PAIR ? read_pair(r, line, event) : got;
}

/* What of the input is message. */
static str text_of(const struct rspamc *r, str input)
{
    return r->left < input.n ? str_first(input, (size_t)r->left) : input;
}

static void take_text(struct rspamc *r, str *input, size_t n)
{
    *input = str_from(*input, n);
    r->left -= n;
}

/* Looks whether `head` begins the next line, and takes it.
 * ret  false: more bytes are needed to know */
static bool take_head(struct rspamc *r, str *input, bool is_last, uint32_t otherwise)
{
    static const str heads[] = {
        [AT_FROM_LINE] = S_INIT("From "),
        [AT_ENVELOPE_FROM] = S_INIT("X-Envelope-From: "),
        [AT_ENVELOPE_TO] = S_INIT("X-Envelope-To: "),
    };
    str text = text_of(r, *input), head = heads[r->stage];
    if (text.n < head.n && !is_last && str_starts(head, text))
        return false;
    if (!str_starts(text, head)) {
        r->stage = otherwise;
        return true;
    }
    take_text(r, input, head.n);
    r->stage++;
    return true;
}

/* Takes the rest of a line that nobody wants.
 * ret  false: it has not ended yet */
static bool skip_line(struct rspamc *r, str *input)
{
    str text = text_of(r, *input);
    size_t n = str_find(text, '\n');
    bool is_whole = n < text.n;
    take_text(r, input, is_whole ? n + 1 : n);
    r->stage += is_whole ? 1 : 0;
    return is_whole;
}

/* ret  false: it is not over yet */
static bool skip_mbox_head(struct rspamc *r, str *input, bool is_last)
{
    while (r->stage < AT_TEXT) {
        bool is_done = false;
        switch (r->stage) {
        case AT_FROM_LINE: is_done = take_head(r, input, is_last, AT_TEXT); break;
        case AT_ENVELOPE_FROM: is_done = take_head(r, input, is_last, AT_ENVELOPE_TO); break;
        case AT_ENVELOPE_TO: is_done = take_head(r, input, is_last, AT_TEXT); break;
        default: is_done = skip_line(r, input); break;
        }
        if (!is_done)
            return false;
    }
    return true;
}

/* ret  how many bytes may be shown as they are: up to a LF without CR before it */
static size_t plain_n(str text, uint8_t last)
{
    for (size_t at = 0; at < text.n;) {
        size_t n = at + str_find(str_from(text, at), '\n');
        if (n < text.n && (n ? text.p[n - 1] : last) != '\r')
            return n;
        at = n + 1;
    }
    return text.n;
}

/* Shows the next piece of text; a LF alone becomes CRLF.              [RFC5322 2.3] */
static enum rspamc_event_kind show_text(struct rspamc *r, str *input, struct rspamc_event *event)
{
    str text = text_of(r, *input);
    size_t n = plain_n(text, r->last);
    event->value = n ? str_first(text, n) : S("\r\n");
    n = n ? n : 1;
    r->last = text.p[n - 1];
    take_text(r, input, n);
    return RSPAMC_BYTES;
}

static enum rspamc_event_kind next_of_text(struct rspamc *r, str *input, bool is_ended,
                                           struct rspamc_event *event)
{
    bool is_last = is_ended || input->n >= r->left;
    bool is_text = skip_mbox_head(r, input, is_last);
    if (!r->has_length && UINT64_MAX - r->left + input->n > r->limits.length)
        return fails(r, RSPAMC_FAULT_MESSAGE_TOO_LONG);
    if (is_text && text_of(r, *input).n)
        return show_text(r, input, event);
    if (r->left && !is_ended)
        return RSPAMC_MORE;
    if (r->left && r->has_length)
        return fails(r, RSPAMC_FAULT_CUT);
    r->stage = AT_END;
    return RSPAMC_END;
}

enum rspamc_event_kind rspamc_next(struct rspamc *r, str *input, bool is_ended, struct rspamc_event *event)
{
    *event = (struct rspamc_event){.kind = RSPAMC_MORE};
    switch (r->stage) {
    case AT_REQUEST:
    case AT_PAIR: event->kind = next_of_head(r, input, is_ended, event); break;
    case AT_PING: event->kind = RSPAMC_PING; break;
    case AT_END: event->kind = RSPAMC_END; break;
    case AT_BAD: event->kind = RSPAMC_BAD; break;
    default: event->kind = next_of_text(r, input, is_ended, event); break;
    }
    return event->kind;
}
