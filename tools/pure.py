# SPDX-License-Identifier: BSD-2-Clause
"""pure.py BUILD: looks at lib/'s object files: they keep no variable data and call nothing that does I/O, reads
a clock or the environment. What they may call from outside stands in tools/imports.txt."""
import fnmatch
import glob
import subprocess
import sys


def allowed():
    """room -> patterns; `*` is for every room."""
    rules = {}
    for line in open("tools/imports.txt", encoding="utf-8"):
        line = line.split("#")[0].strip()
        if line:
            room, _, names = line.partition(":")
            rules.setdefault(room, []).extend(names.split())
    return rules


def run(*command):
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def symbols(path):
    defined, wanted = set(), set()
    for line in run("nm", path).split("\n"):
        cells = line.split()
        if len(cells) >= 2:
            (wanted if cells[-2] in "Uw" else defined).add(cells[-1])
    return defined, wanted


def variable_data(path):
    """Names of sections that can be written after start, with their sizes."""
    for line in run("size", "-A", path).split("\n"):
        cells = line.split()
        if len(cells) >= 2 and cells[1].isdigit() and int(cells[1]):
            name = cells[0]
            if name.startswith((".data", ".bss", ".tdata", ".tbss", "COMMON")) and not name.startswith(".data.rel.ro"):
                yield f"{cells[1]} bytes of variable data in {name}"


def faults_of(room, path, ours, rules):
    yield from variable_data(path)
    file = path.rsplit("/", 1)[1][len(room) + 1 : -2]
    patterns = rules.get("*", []) + rules.get(room, []) + rules.get(f"{room}/{file}", [])
    for name in sorted(symbols(path)[1] - ours):
        if not any(fnmatch.fnmatchcase(name, p) for p in patterns):
            yield f"calls {name}, which tools/imports.txt does not allow"


def main(build):
    objects = sorted(glob.glob(f"{build}/lib/libroom_*.a.p/*.o"))
    rules, ours = allowed(), set().union(*(symbols(path)[0] for path in objects))
    done, faults = 0, 0
    for path in objects:
        room = path.split("/libroom_")[1].split(".a.p")[0]
        for what in faults_of(room, path, ours, rules):
            faults += 1
            print(f"{path}: {what}")
        done += 1
    print(f"{done} passed, {faults} failed")
    return faults > 0 or done == 0


sys.exit(main(sys.argv[1]))
