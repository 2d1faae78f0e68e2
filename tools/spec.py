# SPDX-License-Identifier: BSD-2-Clause
"""spec.py [RFCnnnn...]: lists each [RFCnnnn s.s] that code or tests cite, and each MUST of docs/musts.txt, with
the places that keep it and the places that test it.

A citation is `[RFC6376 3.5]`, or several in one bracket: `[RFC6376 3.5, 3.6] [RFC8301 3.2; RFC8463 4]`; in faults
tables it is the string "RFC6376 3.5". Code of section 4.6.4 answers for a MUST of 4.6.4 or of one of its subsections,
a test likewise.
"""
import os
import re
import signal
import sys

BRACKET = re.compile(r"\[(RFC\d{4}[^\]\n]*)\]")
STRING = re.compile(r'"(RFC\d{4} [^"\n]*)"')
SECTION = re.compile(r"^(?:[sS]?)(\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)$")
CODE, TESTS = ("include", "lib", "io", "conf", "cli", "daemon", "web"), ("tests", "fuzz")
ENDINGS = (".c", ".h", ".def", ".py", ".case", ".txt", ".zone", ".js")


def citations(text):
    """(rfc, section) pairs in a line; section is '' for the RFC as a whole."""
    for inside in BRACKET.findall(text) + STRING.findall(text):
        rfc = None
        for word in re.split(r"[\s,;]+", inside):
            if re.match(r"RFC\d{4}$", word):
                if rfc:
                    yield rfc, ""
                rfc, cited = word, False
                continue
            section = SECTION.match(word)
            if section and rfc:
                yield rfc, section.group(1)
                cited = True
        if rfc and not cited:
            yield rfc, ""


def gather(folders):
    """(rfc, section) -> list of FILE:LINE."""
    places = {}
    for top in folders:
        for folder, _, names in os.walk(top):
            for name in sorted(names):
                if not name.endswith(ENDINGS):
                    continue
                path = os.path.join(folder, name)
                for number, line in enumerate(open(path, encoding="utf-8", errors="replace"), 1):
                    for cited in set(citations(line)):
                        places.setdefault(cited, []).append(f"{path}:{number}")
    return places


def musts():
    for number, line in enumerate(open("docs/musts.txt", encoding="utf-8"), 1):
        if line.strip() and not line.startswith("#"):
            where, bar, words = line.strip().partition(" | ")
            cells = where.split()
            if not bar or len(cells) != 2 or not SECTION.match(cells[1]):
                sys.exit(f"docs/musts.txt:{number}: not of the form `RFCnnnn SECTION | words`")
            yield cells[0], cells[1], words


def order(cited):
    return cited[0], [(0, int(n), "") if n.isdigit() else (1, 0, n) for n in cited[1].split(".")]


def answering(places, rfc, section):
    """Places that cite the section or one below it."""
    return [place for (r, s), found in sorted(places.items(), key=lambda row: order(row[0]))
            if r == rfc and (s == section or s.startswith(section + ".")) for place in found]


def shown(places):
    return (places[0] + (f" (+{len(places) - 1})" if len(places) > 1 else "")) if places else "NONE"


def main(only):
    code, tests = gather(CODE), gather(TESTS)
    is_wanted = (lambda rfc: rfc in only) if only else (lambda rfc: True)
    print("Sections cited: where the code is, where the tests are")
    for cited in sorted(set(code) | set(tests), key=order):
        if is_wanted(cited[0]):
            print(f"  {' '.join(cited).strip():18} {shown(code.get(cited)):44} {shown(tests.get(cited))}")
    print("\nEach MUST: code, test")
    sums = {"both": 0, "code only": 0, "test only": 0, "neither": 0}
    for rfc, section, words in musts():
        if not is_wanted(rfc):
            continue
        kept, tested = answering(code, rfc, section), answering(tests, rfc, section)
        kind = ("both" if tested else "code only") if kept else "test only" if tested else "neither"
        sums[kind] += 1
        print(f"  {rfc} {section:8} {words}\n      {shown(kept):44} {shown(tested)}")
    print("\n" + ", ".join(f"{n} with {kind}" if kind in ("both", "neither") else f"{n} {kind}" for kind, n in sums.items()))


signal.signal(signal.SIGPIPE, signal.SIG_DFL)     # ./run spec | head
main(sys.argv[1:])
