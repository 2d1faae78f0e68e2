# SPDX-License-Identifier: BSD-2-Clause
"""Counts checks from what test programs print.

count.py log FILE STATUS   one program's output and exit status -> `passed failed`
count.py meson LOG.JSON    meson's testlog.json -> a line `suite passed failed` for each suite
count.py words LOG.JSON    what the failed tests printed

A program says its count in lines `N passed, N failed` (all are added up), as cmocka does, or as pytest does.
One that says nothing counts as one check, by its exit status. A program that fails has failed at least once.
"""
import json
import re
import sys

OWN = re.compile(r"^(?:\S+:?\s+)?(\d+) passed, (\d+) failed\s*$", re.M)
CMOCKA_GOOD = re.compile(r"^\[  PASSED  \] (\d+) test\(s\)", re.M)
CMOCKA_BAD = re.compile(r"^\[  FAILED  \].*?(\d+) test\(s\), listed below", re.M)
PYTEST = re.compile(r"^(?:=+ )?((?:\d+ (?:passed|failed|errors?|skipped|warnings?|deselected)(?:, )?)+) in [\d.]+s", re.M)


def pytest_counts(text):
    words = dict((what.rstrip("s"), int(n)) for n, what in re.findall(r"(\d+) (\w+)", text))
    return words.get("passed", 0), words.get("failed", 0) + words.get("error", 0)


def count(text, failed):
    pairs = [(int(a), int(b)) for a, b in OWN.findall(text)]
    pairs += [(int(n), 0) for n in CMOCKA_GOOD.findall(text)]
    pairs += [(0, int(n)) for n in CMOCKA_BAD.findall(text)]
    pairs += [pytest_counts(found) for found in PYTEST.findall(text)]
    if not pairs:
        return (0, 1) if failed else (1, 0)
    good, bad = map(sum, zip(*pairs))
    return good, max(bad, 1) if failed else bad


def tests(path):
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            row = json.loads(line)
            text = (row.get("stdout") or "") + "\n" + (row.get("stderr") or "")
            yield row["name"], row["result"], text


def suites(path):
    sums = {}
    for name, result, text in tests(path):
        if result == "SKIP":
            continue
        good, bad = count(text, result not in ("OK", "EXPECTEDFAIL"))
        suite = name.split(" / ")[0].split(":")[-1]
        old = sums.get(suite, (0, 0))
        sums[suite] = (old[0] + good, old[1] + bad)
    return sums


def main(kind, path, status="0"):
    if kind == "log":
        with open(path, encoding="utf-8", errors="replace") as file:
            print(*count(file.read(), status != "0"))
    elif kind == "meson":
        for suite, sums in sorted(suites(path).items()):
            print(suite, *sums)
    else:
        for name, result, text in tests(path):
            if result not in ("OK", "EXPECTEDFAIL", "SKIP"):
                print(f"--- {name}: {result}\n{text.strip()[-4000:]}")


main(*sys.argv[1:])
