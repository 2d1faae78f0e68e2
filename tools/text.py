# SPDX-License-Identifier: BSD-2-Clause
"""Checks what any text file of the project must keep: the SPDX line first in a source, no promises instead of
code, no path of one person's machine, no trailing blanks, a closing newline, files of at most 500 lines."""
import re
import subprocess
import sys

SOURCE = (".c", ".h", ".def", ".py", ".js", ".mjs", ".sh")
TEXT = SOURCE + (".md", ".txt", ".build", ".map", ".css", ".html", ".yml", ".case", ".scd")
PROMISE = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE = re.compile(r"(?<![\w.])/(work|root|home/\w+|farm)/")
FILE_LINES, DOOR_LINES = 500, 200
SPDX = "SPDX-License-Identifier: BSD-2-Clause"


def is_door(path):
    parts = path.split("/")
    return parts[0] == "lib" and len(parts) == 3 and parts[2] == parts[1] + ".h"


def faults_of(path, text):
    lines = text.split("\n")
    if path.endswith(SOURCE) and SPDX not in "\n".join(lines[:2]):
        yield 1, "the SPDX line is not the first"
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end"
    limit = DOOR_LINES if is_door(path) else FILE_LINES
    if path.endswith(SOURCE) and len(lines) - 1 > limit:
        yield len(lines), f"{len(lines) - 1} lines, at most {limit}"
    for number, line in enumerate(lines, 1):
        if PROMISE.search(line):
            yield number, "a promise instead of code"
        if MACHINE.search(line):
            yield number, "a path of one machine"
        if line != line.rstrip():
            yield number, "blanks at the end of the line"


def main():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=True)
    faults, done = 0, 0
    for path in listed.stdout.decode().split("\0"):
        if not path.endswith(TEXT) and path not in ("run", ".ci/run", "Makefile"):
            continue
        if path.startswith(("fuzz/seeds/", "tests/cases/mail/")):
            continue
        try:
            text = open(path, encoding="utf-8", newline="").read()
        except FileNotFoundError:
            continue
        done += 1
        for number, what in faults_of(path, text):
            faults += 1
            print(f"{path}:{number}: {what}")
    print(f"{done} passed, {faults} failed")
    return faults > 0


sys.exit(main())
