# SPDX-License-Identifier: BSD-2-Clause
"""codes.py [--write]: docs/lint.md lists every code of include/ingam/findings.def. With --write it is made anew; without, it is
only compared."""
import re
import sys

DEF, PAGE = "include/ingam/findings.def", "docs/lint.md"
ROW = re.compile(r'^FINDING\((\w+), (\w+), ("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*")\)$')
GROUP = re.compile(r"^/\* (.*) \*/$")
HEAD = """# Every code of `ingam lint`

An *error* makes a record useless or the domain unsafe, a *warning* is something that should be published otherwise, a *note* is worth
knowing. `{0}` and `{#0}` stand for what was found. A code, once given out, keeps its meaning. This page is made from
include/ingam/findings.def by `python3 tools/codes.py --write`.
"""


def text_of(literal):
    return literal[1:-1].replace('\\"', '"').replace("|", "\\|")


def rows():
    """("group", title) and ("row", cells) in the order of the file; a line that is neither ends the run."""
    lines = open(DEF, encoding="utf-8").read().splitlines()
    for number, line in enumerate(lines, 1):
        found, group = ROW.match(line), GROUP.match(line)
        if found:
            yield "row", [found.group(1), found.group(2).lower()] + [text_of(found.group(i)) for i in (3, 4, 5)]
        elif group and number > 3:
            yield "group", group.group(1)
        elif line.startswith("FINDING"):
            sys.exit(f"{DEF}:{number}: no row FINDING(CODE, SEVERITY, \"spec\", \"sentence\", \"fix\")")


def page():
    out = [HEAD]
    for kind, what in rows():
        if kind == "group":
            out.append(f"\n## {what[0].upper() + what[1:]}\n\n| code | | what is wrong | instead | section |\n|---|---|---|---|---|\n")
        else:
            code, severity, spec, sentence, fix = what
            out.append(f"| {code} | {severity} | {sentence} | {fix} | {spec} |\n")
    return "".join(out)


def main():
    made = page()
    if sys.argv[1:] == ["--write"]:
        open(PAGE, "w", encoding="utf-8").write(made)
        return 0
    codes = [what[0] for kind, what in rows() if kind == "row"]
    faults = [f"{DEF}: {code} stands there twice" for code in sorted(set(codes)) if codes.count(code) > 1]
    if open(PAGE, encoding="utf-8").read() != made:
        faults.append(f"{PAGE}: is not what tools/codes.py --write makes")
    print("\n".join(faults))
    print(f"{len(codes)} passed, {len(faults)} failed")
    return bool(faults)


sys.exit(main())
