# SPDX-License-Identifier: BSD-2-Clause
"""Checks the sizes of functions: 60 lines, complexity 12 (pmccabe's, each case counted), 5 parameters, nesting 3."""
import statistics
import subprocess
import sys

import ctokens

LINES, COMPLEXITY, PARAMETERS, NESTING = 60, 12, 5, 3
# Callbacks whose parameters another library has laid down: that of ub_resolve_event has seven.
FOREIGN = {("io/asker_unbound.c", "landed")}


def listed():
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.c"],
                         capture_output=True, check=True, text=True).stdout
    return [path for path in out.split("\n") if path]


def measured(paths):
    """(path, line, name, lines, complexity) of each function, as pmccabe sees them."""
    out = subprocess.run(["pmccabe", *paths], capture_output=True, check=True, text=True).stdout
    for row in out.split("\n"):
        cells = row.split("\t")
        if len(cells) >= 6:
            where, name = cells[5].rsplit(": ", 1)
            path, line = where.rsplit("(", 1)
            yield path, int(line.rstrip(")")), name, int(cells[4]), int(cells[1])


def main():
    paths, faults, lengths = listed(), [], []
    for path, line, name, lines, complexity in measured(paths) if paths else ():
        lengths.append(lines)
        for value, limit, what in ((lines, LINES, "lines"), (complexity, COMPLEXITY, "complexity")):
            if value > limit:
                faults.append(f"{path}:{line}: {name}: {what} {value}, at most {limit}")
    for path in paths:
        for fun in ctokens.functions(open(path, encoding="utf-8").read()):
            for value, limit, what in ((fun.parameters, PARAMETERS, "parameters"), (fun.nesting, NESTING, "nesting")):
                if value > limit and (path, fun.name) not in FOREIGN:
                    faults.append(f"{path}:{fun.line}: {fun.name}: {what} {value}, at most {limit}")
    print("\n".join(faults))
    if lengths:
        print(f"{len(lengths)} functions, median {statistics.median(lengths):g} lines, longest {max(lengths)}")
    print(f"{len(lengths)} passed, {len(faults)} failed")
    return bool(faults) or not lengths


sys.exit(main())
