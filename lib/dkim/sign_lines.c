/* SPDX-License-Identifier: BSD-2-Clause */
/* Two questions are asked of the bytes: is each LF where a CR stands before it and nowhere else, 64 bytes at a time;
 * and does an LF come in every thousand bytes, by looking back from the thousandth, so that most lines are never seen. */
#include "dkim/sign.h"

enum { LINE_MAX_N = 998, LINE_WITH_END = LINE_MAX_N + 2, LANE = 16, STEP = 64 };
typedef uint8_t lane __attribute__((vector_size(LANE)));

static bool is_end_wrong(uint8_t before, uint8_t byte)
{
    return (before == '\r') != (byte == '\n');
}

/* ret  all ones in each byte where p[i] is a CR and p[i + 1] no LF, or the other way round */
static lane wrong_in(const uint8_t *p)
{
    lane before, byte;
    memcpy(&before, p, LANE);
    memcpy(&byte, p + 1, LANE);
    return (lane)(before == '\r') ^ (lane)(byte == '\n');
}

/* ret  how many bytes from p + 1 on can be passed over, since no line end among them is wrong */
static size_t skip_right(const uint8_t *p, size_t n)
{
    size_t at = 0;
    for (; n - at > STEP; at += STEP) {
        const uint8_t *q = p + at;
        lane wrong = (wrong_in(q) | wrong_in(q + LANE)) | (wrong_in(q + 2 * LANE) | wrong_in(q + 3 * LANE));
        uint64_t halves[2];
        memcpy(halves, &wrong, LANE);
        if (halves[0] | halves[1])
            break;
    }
    return at;
}

/* ret  offset of the first byte where a line end is not CRLF, or bytes.n; `last` is the byte before them */
static size_t wrong_end(str bytes, uint8_t last)
{
    if (is_end_wrong(last, bytes.p[0]))
        return 0;
    for (size_t at = skip_right(bytes.p, bytes.n) + 1; at < bytes.n; at++)
        if (is_end_wrong(bytes.p[at - 1], bytes.p[at]))
            return at;
    return bytes.n;
}

static void fail(struct sign_lines *l, enum ingam_fault fault, uint64_t at)
{
    if (l->fault && l->wrong_at <= at)
        return;
    l->fault = fault;
    l->wrong_at = at;
}

/* CR and LF only together.                                                                        [RFC5322 2.3] */
static void check_ends(struct sign_lines *l, str bytes)
{
    size_t at = wrong_end(bytes, l->last);
    if (at == bytes.n)
        return;
    if (bytes.p[at] == '\n')
        fail(l, FAULT_SIGN_BARE_LF, l->at + at);
    else
        fail(l, FAULT_SIGN_BARE_CR, l->at + at - 1);
}

/* A line is at most 998 bytes without its CRLF.                                                   [RFC5322 2.1.1] */
static void check_lengths(struct sign_lines *l, str bytes)
{
    uint64_t at = l->at;
    while (bytes.n) {
        str window = str_first(bytes, LINE_WITH_END - l->line_n);
        const uint8_t *lf = window.n ? memrchr(window.p, '\n', window.n) : NULL;
        if (lf == NULL && window.n < bytes.n) {
            fail(l, FAULT_SIGN_LINE_TOO_LONG, at - l->line_n + LINE_MAX_N);
            return;
        }
        size_t taken = lf ? (size_t)(lf + 1 - bytes.p) : window.n;
        l->line_n = lf ? 0 : l->line_n + taken;
        at += taken;
        bytes = str_from(bytes, taken);
    }
}

void sign_lines_feed(struct sign_lines *l, str bytes)
{
    if (l->fault || bytes.n == 0)
        return;
    check_ends(l, bytes);
    check_lengths(l, bytes);
    l->at += bytes.n;
    l->last = bytes.p[bytes.n - 1];
}

void sign_lines_end(struct sign_lines *l)
{
    if (l->fault)
        return;
    if (l->last == '\r')
        fail(l, FAULT_SIGN_BARE_CR, l->at - 1);
    if (l->line_n > LINE_MAX_N)
        fail(l, FAULT_SIGN_LINE_TOO_LONG, l->at - l->line_n + LINE_MAX_N);
}
