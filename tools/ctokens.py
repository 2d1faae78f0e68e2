# SPDX-License-Identifier: BSD-2-Clause
"""C text without comments and literals, and the functions in it: enough to measure and to look for calls."""
import re

NOISE = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.M)
TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\n|\S")
CONTROL = ("if", "for", "while", "switch", "do", "else")


def blank(found):
    """As many line ends as before, so that line numbers stay true."""
    text = found.group()
    filler = '""' if text[0] == '"' else "0" if text[0] == "'" else " "
    return filler + "\n" * text.count("\n")


def code(text, directives=False):
    text = NOISE.sub(blank, text)
    return text if directives else DIRECTIVE.sub(blank, text)


def tokens(text):
    """(token, line) pairs of the code in `text`."""
    line, out = 1, []
    for found in TOKEN.finditer(code(text)):
        if found.group() == "\n":
            line += 1
        else:
            out.append((found.group(), line))
    return out


class Function:
    """name, line, parameters, nesting: how deep control statements stand in each other."""

    def __init__(self, name, line, parameters):
        self.name, self.line, self.parameters, self.nesting = name, line, parameters, 0


def close(toks, at, opening, closing):
    """The index behind the bracket that closes the one at `at`."""
    depth = 0
    while at < len(toks):
        depth += (toks[at][0] == opening) - (toks[at][0] == closing)
        at += 1
        if depth == 0:
            break
    return at


def parameter_count(toks):
    depth, commas = 0, 0
    for token, _ in toks[1:-1]:
        depth += (token in "([{") - (token in ")]}")
        commas += token == "," and depth == 0
    return 0 if [t for t, _ in toks[1:-1]] in ([], ["void"]) else commas + 1


def statement(toks, at, depth, fun):
    """Walks one statement; returns the index behind it."""
    token = toks[at][0] if at < len(toks) else "}"
    if token == "{":
        at += 1
        while at < len(toks) and toks[at][0] != "}":
            at = statement(toks, at, depth, fun)
        return at + 1
    if token in CONTROL:
        return control(toks, at, depth, fun)
    if token in ("case", "default"):
        while toks[at][0] != ":":
            at += 1
        return at + 1
    while at < len(toks) and toks[at][0] != ";":
        at = close(toks, at, toks[at][0], {"(": ")", "{": "}", "[": "]"}[toks[at][0]]) if toks[at][0] in "({[" else at + 1
    return at + 1


def control(toks, at, depth, fun):
    token = toks[at][0]
    at += 1
    if token == "else":
        is_chain = toks[at][0] == "if"
        return control(toks, at, depth, fun) if is_chain else statement(toks, at, depth + 1, fun)
    fun.nesting = max(fun.nesting, depth + 1)
    if token != "do":
        at = close(toks, at, "(", ")")
    at = statement(toks, at, depth + 1, fun)
    if token == "do":
        at = close(toks, at + 1, "(", ")") + 1
    return at


def functions(text):
    toks = tokens(text)
    at, out = 0, []
    while at < len(toks):
        token, line = toks[at]
        if token == "(" and at and re.match(r"[A-Za-z_]", toks[at - 1][0]):
            end = close(toks, at, "(", ")")
            if end < len(toks) and toks[end][0] == "{":
                fun = Function(toks[at - 1][0], line, parameter_count(toks[at:end]))
                at = statement(toks, end, 0, fun)
                out.append(fun)
                continue
            at = end
        elif token == "{":
            at = close(toks, at, "{", "}")
        else:
            at += 1
    return out
