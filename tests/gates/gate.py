# SPDX-License-Identifier: BSD-2-Clause
"""gate.py PROGRAM FOLDER: what one message costs, against what it may cost.

Instructions outside libcrypto and libsodium: callgrind over 10 and over 110 messages, the difference by a hundred.
Allocations and memory in flight: counted by the program itself, also those of the libraries beneath."""
import os
import re
import subprocess
import sys
import tempfile

INSTRUCTIONS = {"2k": 45_000, "100k": 220_000}
ALLOCATIONS = 8
IN_FLIGHT = 128 << 10           # beside the header block
MEMORY_OF = ("2k", "1m", "10m")
NOT_OURS = re.compile(r"/(libcrypto|libsodium)\.so")
few, many = 10, 110
passed = failed = 0


def gate(what, value, limit):
    global passed, failed
    is_good = value <= limit
    passed, failed = passed + is_good, failed + (not is_good)
    print(f"{what}: {value:,} of at most {limit:,}{'' if is_good else '  TOO MUCH'}")


def self_costs(path):
    """object -> instructions of its own, from a callgrind file. Names stand in full once, then as (number)."""
    names, costs, here, is_call = {}, {}, "", False
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = re.match(r"ob=\((\d+)\)(?: (.*))?$", line)
            called = re.match(r"cob=\((\d+)\)(?: (.*))?$", line)
            if found or called:
                number, name = (found or called).groups()
                if name:
                    names[number] = name
                if found:
                    here = number
            elif line.startswith("calls="):
                is_call = True
            elif re.match(r"[+\-*\d]\S* \d+$", line):
                if not is_call:
                    costs[here] = costs.get(here, 0) + int(line.split()[1])
                is_call = False
    return {names[number]: n for number, n in costs.items()}


def instructions(program, folder, size, n):
    with tempfile.TemporaryDirectory() as work:
        out = os.path.join(work, "out")
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, folder, size, str(n)],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        return sum(cost for name, cost in self_costs(out).items() if not NOT_OURS.search(name))


def main(program, folder):
    for size, limit in INSTRUCTIONS.items():
        cost = instructions(program, folder, size, many) - instructions(program, folder, size, few)
        gate(f"instructions outside libcrypto, {size} message", cost // (many - few), limit)
    for size in MEMORY_OF:
        told = subprocess.run([program, folder, size], capture_output=True, text=True, check=True).stdout
        numbers = dict(re.findall(r"(\S+) (\d+)", told))
        gate(f"allocations, {size} message", int(numbers["allocations"]), ALLOCATIONS)
        gate(f"bytes in flight, {size} message", int(numbers["in-flight"]), IN_FLIGHT + int(numbers["header"]))
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main(*sys.argv[1:]))
