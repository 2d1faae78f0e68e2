/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/inside.h"

bool milter_take_string(cur *c, str *s)
{
    cur at = *c;
    str got = cur_until(&at, 0);
    if (cur_end(&at))
        return false;
    at.p++;
    *s = got;
    *c = at;
    return true;
}

/* Data behind a command that has none is passed over, as it always was. */
enum milter_fault milter_read_nothing(str data, struct milter_event *event)
{
    (void)data;
    (void)event;
    return MILTER_FAULT_NONE;
}

enum milter_fault milter_read_bytes(str data, struct milter_event *event)
{
    event->value = data;
    return MILTER_FAULT_NONE;
}

/* name NUL */
enum milter_fault milter_read_string(str data, struct milter_event *event)
{
    cur c = cur_of(data);
    if (!milter_take_string(&c, &event->name))
        return MILTER_FAULT_MISSING_NUL;
    return cur_end(&c) ? MILTER_FAULT_NONE : MILTER_FAULT_JUNK;
}

/* name NUL value NUL */
enum milter_fault milter_read_field(str data, struct milter_event *event)
{
    cur c = cur_of(data);
    if (!milter_take_string(&c, &event->name) || !milter_take_string(&c, &event->value))
        return MILTER_FAULT_MISSING_NUL;
    return cur_end(&c) ? MILTER_FAULT_NONE : MILTER_FAULT_JUNK;
}

/* Postfix shows mail that came without SMTP by its bare address. */
static str without_brackets(str path)
{
    path = str_trim_wsp(path);
    if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
        return (str){path.p + 1, path.n - 2};
    return path;
}

/* path NUL (parameter NUL)* */
enum milter_fault milter_read_path(str data, struct milter_event *event)
{
    cur c = cur_of(data);
    if (data.n == 0 || data.p[data.n - 1] != 0 || !milter_take_string(&c, &event->name))
        return MILTER_FAULT_MISSING_NUL;
    event->name = without_brackets(event->name);
    str rest = cur_rest(&c);
    event->value = str_first(rest, rest.n ? rest.n - 1 : 0);
    return MILTER_FAULT_NONE;
}

/* port address NUL */
static enum milter_fault read_address(cur *c, struct milter_event *event)
{
    if (c->end - c->p < 2)
        return MILTER_FAULT_PORT_TRUNCATED;
    event->port = (uint16_t)(c->p[0] << 8 | c->p[1]);
    c->p += 2;
    if (!milter_take_string(c, &event->address))
        return MILTER_FAULT_MISSING_NUL;
    if (event->family == '6' && str_starts_nocase(event->address, S("IPv6:")))
        event->address = str_from(event->address, 5);
    return cur_end(c) ? MILTER_FAULT_NONE : MILTER_FAULT_JUNK;
}

/* host NUL family (port address NUL)?, the last only where the family is known */
enum milter_fault milter_read_connect(str data, struct milter_event *event)
{
    cur c = cur_of(data);
    if (!milter_take_string(&c, &event->name))
        return MILTER_FAULT_MISSING_NUL;
    if (cur_end(&c))
        return MILTER_FAULT_FAMILY;
    event->family = *c.p++;
    event->address = str_first(cur_rest(&c), 0);
    if (event->family == 'U')
        return MILTER_FAULT_NONE;
    if (event->family != '4' && event->family != '6' && event->family != 'L')
        return MILTER_FAULT_FAMILY;
    return read_address(&c, event);
}

static str without_braces(str name)
{
    if (name.n >= 2 && name.p[0] == '{' && name.p[name.n - 1] == '}')
        return (str){name.p + 1, name.n - 2};
    return name;
}

bool milter_macro_next(str *macros, str *name, str *value)
{
    cur c = cur_of(*macros);
    str got_name, got_value;
    if (!milter_take_string(&c, &got_name) || !milter_take_string(&c, &got_value))
        return false;
    *name = without_braces(got_name);
    *value = got_value;
    *macros = cur_rest(&c);
    return true;
}

enum milter_stage milter_stage_of(uint8_t command)
{
    return (enum milter_stage)str_find(S("CHMRTEN"), command); /* 7 where it is not found */
}

/* command (name NUL value NUL)* */
enum milter_fault milter_read_macros(str data, struct milter_event *event)
{
    if (data.n == 0)
        return MILTER_FAULT_MACRO_LIST;
    str name, value, list = str_from(data, 1);
    event->for_command = data.p[0];
    event->for_stage = milter_stage_of(data.p[0]);
    event->value = list;
    while (milter_macro_next(&list, &name, &value))
        ;
    return list.n ? MILTER_FAULT_MACRO_LIST : MILTER_FAULT_NONE;
}
