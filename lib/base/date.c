/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/date.h"

#include "base/cur.h"

struct civil {
    int64_t year;
    uint64_t month, day, hour, minute, second;
};

/* Days since 1970-01-01 in the proleptic Gregorian calendar; months counted from March, so that the leap day is last. */
static int64_t days_of(const struct civil *d)
{
    int64_t y = d->month <= 2 ? d->year - 1 : d->year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t month = ((int64_t)d->month + 9) % 12;
    int64_t day_of_year = (153 * month + 2) / 5 + (int64_t)d->day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static struct civil civil_of(int64_t seconds)
{
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    uint64_t rest = (uint64_t)(seconds - days * 86400);
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t month = (5 * doy + 2) / 153;
    struct civil d = {.year = yoe + era * 400 + (month >= 10)};
    d.day = (uint64_t)(doy - (153 * month + 2) / 5 + 1);
    d.month = (uint64_t)(month < 10 ? month + 3 : month - 9);
    d.hour = rest / 3600;
    d.minute = rest / 60 % 60;
    d.second = rest % 60;
    return d;
}

static uint64_t days_in_month(const struct civil *d)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;
    return d->month == 2 && is_leap ? 29 : days[d->month - 1];
}

static bool is_possible(const struct civil *d)
{
    if (d->year < 1900 || d->year > 9999 || d->month < 1 || d->month > 12)
        return false;
    if (d->day < 1 || d->day > days_in_month(d))
        return false;
    return d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

static int64_t seconds_of(const struct civil *d)
{
    return days_of(d) * 86400 + (int64_t)(d->hour * 3600 + d->minute * 60 + d->second);
}

/* Exactly n digits. */
static bool digits(cur *c, size_t n, uint64_t *value)
{
    str run = str_first(cur_rest(c), n);
    if (run.n != n || !str_to_uint(run, 9999, value))
        return false;
    c->p += n;
    return true;
}

/* ("+" / "-") hh [":"] mm, with the colon at most 23:59.     [RFC5322 3.3] and RFC 3339 5.6. out seconds east of UTC */
static bool offset(cur *c, bool has_colon, int64_t *east)
{
    uint64_t h = 0, m = 0;
    bool is_west = cur_at(c, '-');
    if (!cur_byte(c, '-') && !cur_byte(c, '+'))
        return false;
    if (!digits(c, 2, &h) || (has_colon && (!cur_byte(c, ':') || h > 23)) || !digits(c, 2, &m) || m > 59)
        return false;
    *east = (int64_t)(h * 3600 + m * 60) * (is_west ? -1 : 1);
    return true;
}

static bool iso_day(cur *c, struct civil *d)
{
    uint64_t year = 0;
    if (!digits(c, 4, &year) || !cur_byte(c, '-') || !digits(c, 2, &d->month) || !cur_byte(c, '-'))
        return false;
    d->year = (int64_t)year;
    return digits(c, 2, &d->day);
}

static bool iso_clock(cur *c, struct civil *d)
{
    if (!digits(c, 2, &d->hour) || !cur_byte(c, ':') || !digits(c, 2, &d->minute) || !cur_byte(c, ':'))
        return false;
    return digits(c, 2, &d->second) && (!cur_byte(c, '.') || cur_run(c, C_DIGIT).n);
}

static bool read_rfc3339(cur *c, int64_t *seconds)
{
    struct civil d = {0};
    int64_t east = 0;
    if (!iso_day(c, &d) || (!cur_text_nocase(c, S("t")) && !cur_byte(c, ' ')) || !iso_clock(c, &d))
        return false;
    if (!cur_text_nocase(c, S("z")) && !offset(c, true, &east))
        return false;
    *seconds = seconds_of(&d) - east;
    return is_possible(&d) && cur_end(c) && *seconds >= 0;
}

bool date_read(str text, int64_t *seconds)
{
    uint64_t plain = 0;
    cur c = cur_of(text);
    if (str_to_uint(text, 253402300799ULL, &plain)) {
        *seconds = (int64_t)plain;
        return true;
    }
    return read_rfc3339(&c, seconds);
}

/* CFWS with nested comments, at most as deep as the text is long. */
static void skip_cfws(cur *c)
{
    size_t depth = 0;
    for (; !cur_end(c); c->p++) {
        if (*c->p == '(')
            depth++;
        else if (*c->p == ')' && depth)
            depth--;
        else if (depth && *c->p == '\\' && c->end - c->p > 1)
            c->p++;
        else if (!depth && !byte_is(*c->p, C_FWS))
            return;
    }
}

static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
static const char weekdays[] = "thufrisatsunmontuewed"; /* 1970-01-01 was a Thursday */

static bool month_name(cur *c, uint64_t *month)
{
    for (size_t i = 0; i < 12; i++) {
        if (cur_text_nocase(c, (str){(const uint8_t *)names + 3 * i, 3})) {
            *month = i + 1;
            return true;
        }
    }
    return false;
}

/* Two and three digit years are of the last century or this one.           [RFC5322 4.3] */
static bool mail_year(cur *c, int64_t *year)
{
    str run = cur_run(c, C_DIGIT);
    uint64_t v = 0;
    if (run.n < 2 || !str_to_uint(run, 9999, &v))
        return false;
    if (run.n == 2)
        v += v < 50 ? 2000 : 1900;
    else if (run.n == 3)
        v += 1900;
    *year = (int64_t)v;
    return true;
}

/* zone = ("+" / "-") 4DIGIT / obs-zone; unknown letters count as -0000.     [RFC5322 4.3] */
static bool mail_zone(cur *c, int64_t *east)
{
    static const struct {
        str name;
        int hours;
    } zones[] = {{S_INIT("EST"), -5}, {S_INIT("EDT"), -4}, {S_INIT("CST"), -6}, {S_INIT("CDT"), -5},
                 {S_INIT("MST"), -7}, {S_INIT("MDT"), -6}, {S_INIT("PST"), -8}, {S_INIT("PDT"), -7}};
    *east = 0;
    if (cur_at(c, '+') || cur_at(c, '-'))
        return offset(c, false, east);
    str name = cur_run(c, C_ALPHA);
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (str_eq_nocase(name, zones[i].name))
            *east = zones[i].hours * 3600;
    return name.n > 0;
}

static bool mail_time(cur *c, struct civil *d)
{
    if (!digits(c, 2, &d->hour))
        return false;
    skip_cfws(c);
    if (!cur_byte(c, ':'))
        return false;
    skip_cfws(c);
    if (!digits(c, 2, &d->minute))
        return false;
    skip_cfws(c);
    if (!cur_byte(c, ':'))
        return true;
    skip_cfws(c);
    return digits(c, 2, &d->second);
}

bool date_read_mail(str text, int64_t *seconds)
{
    cur c = cur_of(text);
    struct civil d = {0};
    int64_t east = 0;
    skip_cfws(&c);
    if (cur_run(&c, C_ALPHA).n) {
        skip_cfws(&c);
        if (!cur_byte(&c, ','))
            return false;
        skip_cfws(&c);
    }
    if (!cur_uint(&c, 31, &d.day))
        return false;
    skip_cfws(&c);
    if (!month_name(&c, &d.month))
        return false;
    skip_cfws(&c);
    if (!mail_year(&c, &d.year))
        return false;
    skip_cfws(&c);
    if (!mail_time(&c, &d))
        return false;
    skip_cfws(&c);
    if (!mail_zone(&c, &east))
        return false;
    skip_cfws(&c);
    *seconds = seconds_of(&d) - east;
    return is_possible(&d) && cur_end(&c);
}

static void two(struct out *o, uint64_t v)
{
    out_byte(o, (uint8_t)('0' + v / 10 % 10));
    out_byte(o, (uint8_t)('0' + v % 10));
}

static void clock_of(struct out *o, const struct civil *d)
{
    two(o, d->hour);
    out_byte(o, ':');
    two(o, d->minute);
    out_byte(o, ':');
    two(o, d->second);
}

void date_write(struct out *o, int64_t seconds)
{
    struct civil d = civil_of(seconds);
    two(o, (uint64_t)d.year / 100);
    two(o, (uint64_t)d.year % 100);
    out_byte(o, '-');
    two(o, d.month);
    out_byte(o, '-');
    two(o, d.day);
    out_byte(o, 'T');
    clock_of(o, &d);
    out_byte(o, 'Z');
}

static void capital(struct out *o, const char *three)
{
    out_byte(o, (uint8_t)(three[0] - 0x20));
    out_str(o, (str){(const uint8_t *)three + 1, 2});
}

void date_write_mail(struct out *o, int64_t seconds)
{
    struct civil d = civil_of(seconds);
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    capital(o, weekdays + (days % 7 + 7) % 7 * 3);
    out_str(o, S(", "));
    two(o, d.day);
    out_byte(o, ' ');
    capital(o, names + (d.month - 1) * 3);
    out_byte(o, ' ');
    two(o, (uint64_t)d.year / 100);
    two(o, (uint64_t)d.year % 100);
    out_byte(o, ' ');
    clock_of(o, &d);
    out_str(o, S(" +0000"));
}
