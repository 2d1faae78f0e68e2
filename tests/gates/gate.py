# SPDX-License-Identifier: BSD-2-Clause
"""gate.py PROGRAM FOLDER: what one message costs, against what it may cost.

Instructions outside libcrypto and libsodium: see callgrind.py. Allocations and memory in flight: counted by the program
itself, also those of the libraries beneath."""
import re
import subprocess
import sys

import callgrind

# What verifying may cost, and what the whole check did cost last: lower that with the code, never raise it unsaid.
INSTRUCTIONS = {("2k", "verify"): 45_000, ("100k", "verify"): 220_000, ("2k", "whole"): 58_000, ("100k", "whole"): 220_000}
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
    for (size, what), limit in INSTRUCTIONS.items():
        cost = callgrind.instructions([program, folder, size, what])
        gate(f"instructions outside libcrypto, {what} {size}", cost, limit)
    for size in MEMORY_OF:
        told = subprocess.run([program, folder, size, "whole"], capture_output=True, text=True, check=True).stdout
        numbers = dict(re.findall(r"(\S+) (\d+)", told))
        gate(f"allocations, {size} message", int(numbers["allocations"]), ALLOCATIONS)
        gate(f"bytes in flight, {size} message", int(numbers["in-flight"]), IN_FLIGHT + int(numbers["header"]))
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main(*sys.argv[1:]))
