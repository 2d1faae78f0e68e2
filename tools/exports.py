# SPDX-License-Identifier: BSD-2-Clause
"""exports.py LIB.so LIB.a HEADER-FOLDER: the library gives out exactly what its public headers declare, by names
that begin with ingam_."""
import glob
import re
import subprocess
import sys

DECLARED = re.compile(r"\b(ingam_\w+)\s*\([^;{}]*\)\s*(?:__attribute__\s*\(\(.*?\)\)\s*)?;", re.S)
NOISE = re.compile(r"//[^\n]*|/\*.*?\*/|^[ \t]*#(?:[^\n\\]|\\\n)*", re.S | re.M)


def symbols(*command):
    out = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    rows = (line.split() for line in out.split("\n"))
    return {cells[-1] for cells in rows if len(cells) >= 3 and cells[-2] in "TDBRVWGSiu"}


def body_free(text):
    """The text without what stands in function bodies (static inline ones are no exports)."""
    text = NOISE.sub(" ", text)
    return re.sub(r"static\s+inline[^;{]*\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", " ", text)


def main(shared, archive, headers):
    declared = set()
    for path in glob.glob(headers + "/*.h"):
        declared |= set(DECLARED.findall(body_free(open(path, encoding="utf-8").read())))
    faults = []
    for path, found in ((shared, symbols("nm", "-D", "--defined-only", shared)),
                        (archive, symbols("nm", "--defined-only", "-g", archive))):
        faults += [f"{path}: gives out {name}" for name in sorted(found) if not name.startswith("ingam_")]
        faults += [f"{path}: {name} stands in no public header" for name in sorted(found - declared)
                   if name.startswith("ingam_")]
        faults += [f"{path}: lacks {name}" for name in sorted(declared - found)]
    print("\n".join(faults))
    print(f"{2 * len(declared)} passed, {len(faults)} failed")
    return bool(faults)


sys.exit(main(*sys.argv[1:]))
