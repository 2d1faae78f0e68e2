# SPDX-License-Identifier: BSD-2-Clause
"""Checks docs/rooms.txt: who includes whom, that the rooms stand from the ground up, and that nothing lies about
unbuilt. Prints `FILE:LINE: what is wrong` and `N passed, N failed`."""
import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
OPTIONAL_ROOTS = ("io", "conf", "cli", "daemon", "web")
done, faults = 0, []


def fault(where, what):
    faults.append(f"{where}: {what}")


def read_rules(path):
    rules = {}
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        folder, _, uses = line.partition(":")
        rules[folder] = uses.split()
        for use in uses.split():
            room = "lib/" + use.split("/")[0]
            if folder.startswith("lib/") and room not in rules:
                fault(f"{path}:{number}", f"{folder} names {use}, which is not a lib room on a line above")
    return rules


def sources(folder):
    for place, _, names in os.walk(folder):
        yield from (os.path.join(place, n) for n in sorted(names) if n.endswith((".c", ".h", ".def")))


def is_allowed(folder, uses, kind, header):
    own = os.path.basename(folder)
    top = header.split("/")[0]
    if header.startswith("ingam/"):
        return folder.startswith("lib/") or "@public" in uses
    is_ours = os.path.isdir("lib/" + top) or top in OPTIONAL_ROOTS
    if kind == "<" or not is_ours and "/" not in header:
        return not is_ours
    if top == own or top in uses:
        return True
    return f"{top}/door" in uses and header == f"{top}/{top}.h"


def check_file(path, folder, uses):
    global done
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        done += 1
        if not is_allowed(folder, uses, *found.groups()):
            fault(f"{path}:{number}", f"{folder} may not include {found.group(2)} (docs/rooms.txt)")


def check_listed(folder, names, build, pattern):
    """Every file must stand in a build file: one that is not compiled is not checked either."""
    global done
    text = open(build, encoding="utf-8").read() if os.path.exists(build) else ""
    for name in names:
        done += 1
        if pattern.format(name) not in text:
            fault(os.path.join(folder, name), f"is not named in {build}")


def files_in(folder, ending):
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [n for n in names if n.endswith(ending)]


def check_names():
    """Unit tests and fuzz targets are named in some room's build file, and each target has seeds."""
    global done
    builds = "".join(open(os.path.join(place, "meson.build"), encoding="utf-8").read()
                     for top in ("lib", "io", "conf", "cli", "tests", "daemon", "web") for place, _, names in os.walk(top)
                     if "meson.build" in names)
    for folder, ending in (("tests/unit", "_test.c"), ("fuzz", ".c")):
        for name in files_in(folder, ending):
            stem = name[: -len(ending)]
            done += 1
            if stem != "replay" and f"'{stem}'" not in builds and f"'{name}'" not in builds:
                fault(os.path.join(folder, name), "is named in no meson.build")
            if folder == "fuzz" and stem != "replay" and not os.path.isdir(f"fuzz/seeds/{stem}"):
                fault(os.path.join(folder, name), f"has no seeds in fuzz/seeds/{stem}/")


def main():
    global done
    rules = read_rules("docs/rooms.txt")
    for folder, uses in rules.items():
        for path in sources(folder):
            check_file(path, folder, uses)
        check_listed(folder, files_in(folder, ".c"), os.path.join(folder, "meson.build"), "'{}'")
    for room in sorted(os.listdir("lib")):
        done += 1
        if os.path.isdir(f"lib/{room}") and f"lib/{room}" not in rules:
            fault(f"lib/{room}", "has no line in docs/rooms.txt")
    check_names()
    print("\n".join(faults))
    print(f"{done} passed, {len(faults)} failed")
    return bool(faults)


sys.exit(main())
