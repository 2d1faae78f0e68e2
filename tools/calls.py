# SPDX-License-Identifier: BSD-2-Clause
"""Checks that banned functions are not called, and that lib/ has no #if but include guards and X-macros."""
import re
import subprocess
import sys

import ctokens

EVERYWHERE = "strcpy strcat stpcpy strncat sprintf vsprintf strtok strtok_r atoi atol atoll atof alloca gets"
IN_LIB = ("malloc calloc realloc reallocarray strdup strndup free time clock gettimeofday clock_gettime localtime gmtime mktime "
          "timegm getenv setenv printf fprintf snprintf vsnprintf vprintf vfprintf puts fputs putchar perror "
          "fopen open read write close socket connect send recv select poll sleep usleep abort exit signal "
          "rand random srand setlocale")
HEAP_FILE = "lib/base/arena.c"      # the one place where memory comes from
HEAP = "malloc calloc realloc free"
CONDITION = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else)\b(.*)$", re.M)


def words(text):
    return re.compile(r"(?<![\w.>])(" + "|".join(text.split()) + r")\s*\(")


def banned_calls(path, text):
    body = ctokens.code(text)
    names = EVERYWHERE
    if path.startswith("lib/"):
        names += " " + " ".join(n for n in IN_LIB.split() if path != HEAP_FILE or n not in HEAP.split())
    for found in words(names).finditer(body):
        yield body.count("\n", 0, found.start()) + 1, f"{found.group(1)} is banned here"


def conditions(path, text):
    """An include guard is the first directive of a header; an X-macro file may ask for its macro with #ifndef."""
    body = ctokens.code(text, directives=True)
    for found in CONDITION.finditer(body):
        word, rest = found.group(1), found.group(2).strip()
        before = body[: found.start()]
        is_guard = path.endswith(".h") and word == "ifndef" and "#" not in before and rest.endswith("_H")
        is_x_macro = path.endswith(".def") and word == "ifndef" and re.match(r"[A-Z_]+$", rest)
        if not is_guard and not is_x_macro:
            yield before.count("\n") + 1, f"#{word} in lib/: let the build choose another file"


def main():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.c", "*.h", "*.def"],
                            capture_output=True, check=True, text=True).stdout.split("\n")
    done, faults = 0, 0
    for path in filter(None, listed):
        text = open(path, encoding="utf-8").read()
        found = list(banned_calls(path, text))
        if path.startswith("lib/"):
            found += conditions(path, text)
        done += 1
        faults += len(found)
        for line, what in found:
            print(f"{path}:{line}: {what}")
    print(f"{done} passed, {faults} failed")
    return faults > 0 or done == 0


sys.exit(main())
