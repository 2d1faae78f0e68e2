# SPDX-License-Identifier: BSD-2-Clause
"""Instructions of one message outside libcrypto and libsodium: callgrind over few and over many, the difference by the
number between."""
import os
import re
import subprocess
import sys
import tempfile

NOT_OURS = re.compile(r"/(libcrypto|libsodium)\.so")
FEW = 10


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


def all_of(command):
    with tempfile.TemporaryDirectory() as work:
        out = os.path.join(work, "out")
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        return sum(cost for name, cost in self_costs(out).items() if not NOT_OURS.search(name))


def instructions(command, between=100, few=FEW):
    """Of one message. command: the program and its arguments, but for the last, which is the number of messages."""
    costs = [all_of([*command, str(n)]) for n in (few, few + between)]
    return (costs[1] - costs[0]) // between
