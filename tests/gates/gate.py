# SPDX-License-Identifier: BSD-2-Clause
"""gate.py PROGRAM FOLDER: what one message costs, against what it may cost.

Instructions outside libcrypto and libsodium: see callgrind.py. Allocations and memory in flight: counted by the program
itself, also those of the libraries beneath."""
import re
import subprocess
import sys

import callgrind

INSTRUCTIONS = {"2k": 45_000, "100k": 220_000}
ALLOCATIONS = 8
IN_FLIGHT = 128 << 10           # beside the header block
MEMORY_OF = ("2k", "1m", "10m")
passed = failed = 0


def gate(what, value, limit):
    global passed, failed
    is_good = value <= limit
    passed, failed = passed + is_good, failed + (not is_good)
    print(f"{what}: {value:,} of at most {limit:,}{'' if is_good else '  TOO MUCH'}")


def main(program, folder):
    for size, limit in INSTRUCTIONS.items():
        cost = callgrind.instructions([program, folder, size])
        gate(f"instructions outside libcrypto, {size} message", cost, limit)
    for size in MEMORY_OF:
        told = subprocess.run([program, folder, size], capture_output=True, text=True, check=True).stdout
        numbers = dict(re.findall(r"(\S+) (\d+)", told))
        gate(f"allocations, {size} message", int(numbers["allocations"]), ALLOCATIONS)
        gate(f"bytes in flight, {size} message", int(numbers["in-flight"]), IN_FLIGHT + int(numbers["header"]))
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main(*sys.argv[1:]))
