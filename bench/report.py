# SPDX-License-Identifier: BSD-2-Clause
"""report.py PROGRAMS MESSAGES [--rounds N] [--row BEGINNING] [--no-counts] [--output FILE]

Runs the rows, counts instructions (callgrind) and allocations of some, prints the table against what is to be reached,
and writes it to bench/results.md when every row ran."""
import argparse
import concurrent.futures
import os
import platform
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "gates"))
import callgrind  # noqa: E402

KEYS = os.path.join(HERE, "..", "tests", "keys")
COUNTED = ("verify-2k", "verify-2k-cold", "verify-2k-ed25519", "verify-2k-double", "verify-100k", "spf-direct", "spf-3",
           "spf-9", "dmarc", "whole-2k", "whole-100k", "sign-2k-rsa", "sign-2k-ed25519", "sign-2k-both")
BETWEEN = 30  # messages that callgrind counts
ALLOCATIONS = 8  # of one verified message
TITLES = {
    "verify": "Verify a signature (ours: with From, DMARC and Authentication-Results, which the peer does not do)",
    "spf": "SPF of one sender: the record itself, 3 and 9 nested includes", "dmarc": "DMARC of one message",
    "whole": "The whole check: SPF, DKIM, DMARC, and for us Authentication-Results and the trace; beside all three peers",
    "sign": "Sign, oversigned",
}
TEXT = """\
# What it costs, beside the peers

Made by `./run bench`. CPU time of one process in which all contestants take turns; {rounds} rounds; `x peer` is the median of
the rounds' ratios, with the quartiles behind it. The peers are called as a milter calls them; all get the same messages,
keys and DNS answers from memory. The floor is bare OpenSSL: SHA-256 of the
same bytes and the signature operation with a key that is ready; `of SHA-256` is bare SHA-256's time by ours. Instructions are
those outside libcrypto and libsodium, the harness's own among them; their limits are kept by `./run test` (tests/gates) on
messages of its own, which are fed raw. Cold: the key is read anew. `attached`: base64, as large mail mostly is; all else is text.

Machine: {machine}, {system}, OpenSSL {openssl}.
Peers: {peers}.
"""


class Row:
    def __init__(self, line):
        fields = line.rstrip("\n").split("\t")
        self.name, self.peer = fields[:2]
        values = [float(f) for f in fields[2:]]
        self.ns = dict(zip(("ours", "peer", "floor", "hash"), values[:4]))
        self.ratio, self.by_floor, self.of_hash = values[4:7], values[7:10], values[10:13]
        self.target, self.floor_max, self.hash_min = values[13:]
        self.counts = {}

    def met(self):
        """(what, is met) of each target."""
        if self.target:
            yield f"{self.target:g} x {self.peer}", self.ratio[0] >= self.target
        if self.floor_max:
            yield f"at most {self.floor_max:g} x the floor", self.by_floor[0] <= self.floor_max
        if self.hash_min:
            yield f"{self.hash_min:.0%} of SHA-256", self.of_hash[0] >= self.hash_min
        if self.name.startswith("verify-") and "-cold" not in self.name and self.counts:
            yield f"at most {ALLOCATIONS} allocations", self.counts["ours"][1] <= ALLOCATIONS

    def cells(self):
        def time(ns):
            return f"{ns / 1000:,.1f}" if ns else ""

        def count(index):
            return " / ".join(f"{self.counts[who][index]:,}" for who in ("ours", "peer")) if self.counts else ""
        targets = "; ".join(f"{what}: {'met' if is_met else 'NOT MET'}" for what, is_met in self.met())
        return [self.name, time(self.ns["ours"]), time(self.ns["peer"]), time(self.ns["floor"]),
                "{:.2f} [{:.2f} {:.2f}]".format(*self.ratio),
                f"{self.by_floor[0]:.2f}" if self.ns["floor"] else "", f"{self.of_hash[0]:.0%}" if self.hash_min else "",
                count(0), count(1), targets]


HEAD = ["row", "ours us", "peer us", "floor us", "x peer [quartiles]", "x floor", "of SHA-256", "instructions ours / peer",
        "allocations ours / peer", "to reach"]


def count(programs, messages, name, who):
    program = [os.path.join(programs, "bench"), messages, KEYS, "loop", name, who]
    instructions = callgrind.instructions(program, BETWEEN)
    told = subprocess.run([os.path.join(programs, "bench-count"), messages, KEYS, name, who], capture_output=True, text=True,
                          check=True).stdout
    return instructions, int(told.split()[0])


def add_counts(rows, programs, messages):
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = {(row, who): pool.submit(count, programs, messages, row.name, who)
                for row in rows if row.name in COUNTED for who in ("ours", "peer")}
        for (row, who), job in jobs.items():
            row.counts[who] = job.result()


def table(rows):
    """Aligned, so that it reads as well on a terminal as in Markdown."""
    lines = [HEAD] + [row.cells() for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    lines.insert(1, ["-" * w for w in widths])
    return "".join("| " + " | ".join(c.ljust(w) for c, w in zip(line, widths)) + " |\n" for line in lines)


def first(pattern, text, otherwise):
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1).strip() if found else otherwise


def machine():
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            return first(r"^model name\s*:(.*)", file.read(), platform.machine())
    except OSError:
        return platform.machine()


def output_of(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def introduction(rounds):
    versions = output_of("dpkg-query", "-W", "-f", "${Package} ${Version}, ", "libopendkim11", "libspf2-2", "libopendmarc2")
    release = platform.freedesktop_os_release() if os.path.exists("/etc/os-release") else {}
    return TEXT.format(rounds=rounds, peers=versions.rstrip(", ") or "libopendkim, libspf2, libopendmarc",
                       machine=machine(), system=release.get("PRETTY_NAME", platform.system()),
                       openssl=first(r"OpenSSL (\S+)", output_of("openssl", "version"), "3"))


def write(path, rows, rounds):
    with open(path, "w", encoding="utf-8") as file:
        file.write(introduction(rounds))
        for kind, title in TITLES.items():
            file.write(f"\n## {title}\n\n" + table([row for row in rows if row.name.split("-")[0] == kind]))


def arguments():
    parser = argparse.ArgumentParser(prog="./run bench", description="Measures ours, the peers and the floor.")
    parser.add_argument("programs")
    parser.add_argument("messages")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--row", default="", help="only rows whose name begins so")
    parser.add_argument("--no-counts", action="store_true", help="without callgrind")
    parser.add_argument("--output", help="where the table is written (default: bench/results.md when every row ran)")
    return parser.parse_args()


def main():
    args = arguments()
    program = [os.path.join(args.programs, "bench"), args.messages, KEYS, "time", str(args.rounds), args.row]
    rows = []
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            rows.append(Row(line))
            print("{:20} {:6.2f} x {}".format(rows[-1].name, rows[-1].ratio[0], rows[-1].peer), flush=True)
    if process.returncode or not rows:
        sys.exit("bench: the program failed")
    if not args.no_counts:
        print("counting instructions and allocations ...", flush=True)
        add_counts(rows, args.programs, args.messages)
    print(table(rows), end="")
    output = args.output or (None if args.row else os.path.join(HERE, "results.md"))
    if output:
        write(output, rows, args.rounds)
    missed = [f"{row.name}: {what}" for row in rows for what, is_met in row.met() if not is_met]
    print("not met: " + "; ".join(missed) if missed else "every target is met")


main()
