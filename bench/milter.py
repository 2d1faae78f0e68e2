#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""milter.py FOLDER [--messages N] [--only NAME,...] [--rounds N]: Ingam, the usual chain (opendkim, opendmarc, policyd-spf) and rspamd with
authentication only, behind one Postfix, same messages, same resolver, same run. Called by ./run bench milter.

Each row is run in each round, one after the other, so that a machine that slows down slows all of them. CPU is that of the filter's own
processes, children that came and went included; a message is 2 KB with one RSA signature, and is judged by SPF, DKIM and DMARC."""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import milter_world as world

TOP = pathlib.Path(__file__).resolve().parents[1]
RELEASE = TOP / "build" / "release"


def start_ours(folder, log, address):
    path = "/run/ingam.sock"
    listen = f"unix:{path}" if address == "unix" else "inet:8891@127.0.0.1"
    mode = "mode = 0666" if address == "unix" else ""
    (folder / "ingam.conf").write_text('authserv-id = "mx.rcpt.example"\nuser = "nobody"\ncontrol = "/run/ingam.control"\n'
                                       f'listen "{listen}" {{ front = milter {mode} }}\nlog {{ to = stderr }}\n')
    where = path if address == "unix" else ("127.0.0.1", 8891)
    return [world.Program("ingamd", [RELEASE / "ingamd", "--foreground", "--config", folder / "ingam.conf"], where, log)]


def start_chain(folder, log):
    common = "Syslog no\nUMask 000\n"
    (folder / "opendkim.conf").write_text(f"{common}Mode v\nSocket local:/run/opendkim.sock\nAuthservID mx.rcpt.example\n"
                                          "Nameservers 127.0.0.1\nUserID opendkim\n")
    (folder / "opendmarc.conf").write_text(f"{common}Socket local:/run/opendmarc.sock\nAuthservID mx.rcpt.example\nUserID opendmarc\n"
                                           "TrustedAuthservIDs mx.rcpt.example\nSPFIgnoreResults false\nSPFSelfValidate true\n"
                                           "RejectFailures false\n")
    os.chmod("/run", 0o777)
    return [world.Program("opendkim", ["opendkim", "-f", "-x", folder / "opendkim.conf"], "/run/opendkim.sock", log),
            world.Program("opendmarc", ["opendmarc", "-f", "-c", folder / "opendmarc.conf"], "/run/opendmarc.sock", log)]


RSPAMD = """
options {{ pidfile = "/run/rspamd.pid"; dns {{ nameserver = ["127.0.0.1:53"]; }} filters = "dkim,spf,dmarc"; hs_cache_dir = "/var/lib/rspamd";
  local_addrs = []; }}
logging {{ type = "console"; level = "error"; }}
modules {{ path = "/usr/share/rspamd/plugins/spf.lua"; path = "/usr/share/rspamd/plugins/dmarc.lua"; path = "/usr/share/rspamd/plugins/milter_headers.lua"; }}
spf {{ }} dkim {{ }} dmarc {{ }}
milter_headers {{ use = ["authentication-results"]; }}
actions {{ reject = 1500; add_header = 600; }}
metric {{ name = "default"; }}
worker "rspamd_proxy" {{ bind_socket = "{bind}"; milter = yes; timeout = 30s; upstream "local" {{ self_scan = yes; }} count = 2; }}
"""


def start_rspamd(folder, log, address="unix"):
    bind = "/run/rspamd/milter.sock mode=0666" if address == "unix" else "127.0.0.1:11332"
    world.owned("/var/lib/rspamd", "_rspamd")
    world.owned("/run/rspamd", "_rspamd")
    (folder / "rspamd.conf").write_text(RSPAMD.format(bind=bind))
    where = "/run/rspamd/milter.sock" if address == "unix" else ("127.0.0.1", 11332)
    return [world.Program("rspamd", ["rspamd", "-f", "-i", "-u", "_rspamd", "-g", "_rspamd", "-c", folder / "rspamd.conf"], where, log)]


RULES = "permit_mynetworks,reject_unauth_destination"
ROWS = {
    "none": (lambda f, l: [], {}),
    "ingam": (lambda f, l: start_ours(f, l, "unix"), {"smtpd_milters": "unix:/run/ingam.sock"}),
    "ingam-tcp": (lambda f, l: start_ours(f, l, "inet"), {"smtpd_milters": "inet:127.0.0.1:8891"}),
    "chain": (start_chain, {"smtpd_milters": "unix:/run/opendkim.sock,unix:/run/opendmarc.sock",
                            "smtpd_relay_restrictions": RULES + ",check_policy_service unix:private/policyd-spf",
                            "smtpd_recipient_restrictions": RULES + ",check_policy_service unix:private/policyd-spf"}),
    "rspamd": (start_rspamd, {"smtpd_milters": "unix:/run/rspamd/milter.sock"}),
    "rspamd-tcp": (lambda f, l: start_rspamd(f, l, "inet"), {"smtpd_milters": "inet:127.0.0.1:11332"}),
}
SOCKETS = {"ingam": "unix:/run/ingam.sock", "ingam-tcp": "inet:8891@127.0.0.1", "chain": "unix:/run/opendkim.sock",
           "rspamd": "unix:/run/rspamd/milter.sock", "rspamd-tcp": "inet:11332@127.0.0.1"}


def policyd_cpu(postfix):
    """The policy server runs below Postfix's spawn(8)."""
    ticks = 0
    for pid in postfix.process.pids():
        try:
            if b"policyd-spf" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                ticks += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK")


def cpu(filters, postfix):
    return sum(f.cpu_s() for f in filters) + policyd_cpu(postfix)


def send(sessions, messages, mail):
    """ret seconds; every message must have been taken"""
    began = time.monotonic()
    subprocess.run(["smtp-source", "-s", str(sessions), "-m", str(messages), "-M", "mx.author.example", "-f", "a@author.example",
                    "-t", "b@rcpt.example", "-F", str(mail), f"inet:{world.CLIENT}:{world.PORT}"], check=True)
    return time.monotonic() - began


def memory(filters, postfix):
    pss, rss = map(sum, zip((0, 0), *(f.memory_kb() for f in filters)))
    for pid in postfix.process.pids():
        try:
            if b"policyd-spf" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    pss += int(line.split()[1]) if line.startswith("Pss:") else 0
                    rss += int(line.split()[1]) if line.startswith("Rss:") else 0
        except OSError:
            pass
    return pss, rss


def prove(postfix, name, mail):
    """What is measured must be the whole work: the first message is delivered, and must bear what a filter found."""
    if name == "none":
        return
    send(1, 1, mail)
    end = time.monotonic() + 20
    while not (found := list((world.BOX / "b" / "new").glob("*"))) and time.monotonic() < end:
        time.sleep(0.05)
    head = found[0].read_text(errors="replace").split("\n\n")[0] if found else ""
    for file in found:
        file.unlink()
    missing = [word for word in ("spf=pass", "dkim=pass", "dmarc=pass") if word not in head.replace("Received-SPF: Pass", "spf=pass")]
    if missing:
        raise SystemExit(f"{name} did not do the whole work: no {', '.join(missing)} in\n{head}")


def measure(postfix, name, sessions, messages, folder, log, mail):
    start, settings = ROWS[name]
    filters = start(folder, log)
    try:
        postfix.start({**settings, "virtual_transport": "virtual:"})
        prove(postfix, name, mail)
        postfix.stop()
        postfix.start(settings)
        send(sessions, max(40, sessions * 4), mail)
        before = cpu(filters, postfix)
        seconds = send(sessions, messages, mail)
        used = cpu(filters, postfix) - before
        return {"rate": messages / seconds, "cpu_ms": 1000 * used / messages, "memory": memory(filters, postfix)}
    finally:
        postfix.stop()
        for f in filters:
            f.stop()


def straight(name, connections, messages, folder, log, mail):
    """The load generator at the filter's own socket, no mail server between."""
    filters = ROWS[name][0](folder, log)[:1]
    try:
        command = [str(RELEASE / "bench" / "milter_load"), "--connections", str(connections), SOCKETS[name], str(mail)]
        subprocess.run(command[:1] + ["--messages", "200"] + command[1:], check=True, stdout=subprocess.DEVNULL)
        before = sum(f.cpu_s() for f in filters)
        began = time.monotonic()
        subprocess.run(command[:1] + ["--messages", str(messages)] + command[1:], check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - began
        return {"rate": messages / seconds, "cpu_ms": 1000 * (sum(f.cpu_s() for f in filters) - before) / messages}
    finally:
        for f in filters:
            f.stop()


def show(title, got):
    print(f"\n{title}\n  {'':12} {'messages/s':>11} {'CPU ms':>8} {'PSS MB':>8} {'RSS MB':>8}")
    for name, rounds in got.items():
        rate, used = (statistics.median(r[k] for r in rounds) for k in ("rate", "cpu_ms"))
        pss, rss = rounds[-1].get("memory", (0, 0))
        print(f"  {name:12} {rate:11.0f} {used:8.3f} {pss / 1024:8.1f} {rss / 1024:8.1f}")


def ratio(got, a, b, key="rate"):
    return statistics.median(r[key] for r in got[a]) / statistics.median(r[key] for r in got[b])


def targets(by_sessions):
    print("\nWanted and got")
    for sessions, got in by_sessions.items():
        for a, b, wanted in (("ingam", "chain", 3.5), ("ingam", "rspamd", 1.7), ("ingam", "none", 0.7)):
            if a in got and b in got and sessions == 20:
                print(f"  {a} / {b}, {sessions} sessions: {ratio(got, a, b):.2f} x (wanted {wanted})")
        if sessions == 1 and "ingam-tcp" in got and "rspamd-tcp" in got:
            print(f"  ingam / rspamd, one session over TCP: {ratio(got, 'ingam-tcp', 'rspamd-tcp'):.1f} x (wanted 20)")


def inside(folder, options):
    root = options.root
    world.enter(root)
    with tempfile.TemporaryDirectory(dir="/run") as place, open(options.log or "/var/log/filters", "w", encoding="utf-8") as log:
        place = pathlib.Path(place)
        os.chmod(place, 0o755)
        world.accounts(place)
        records = [line.split(" ", 1) for line in (folder / "records.txt").read_text().splitlines()]
        records = [(name, text.replace("ip4:192.0.2.1 ", f"ip4:{world.CLIENT} ")) for name, text in records]
        dns = world.start_dns(place, records, log)
        mail = place / "mail"
        mail.write_bytes((folder / "rsa-2k.eml").read_bytes().replace(b"\r\n", b"\n"))
        postfix = world.Postfix(place, log)
        names = options.only.split(",") if options.only else list(ROWS)
        by_sessions = {}
        for sessions in (1, 20):
            got = {name: [] for name in names}
            for _ in range(options.rounds):
                for name in names:
                    slow = sessions == 1 and name.endswith("-tcp") and not name.startswith("ingam")
                    got[name].append(measure(postfix, name, sessions, 60 if slow else options.messages, place, log, mail))
                    print(".", end="", file=sys.stderr, flush=True)
            by_sessions[sessions] = got
            show(f"Through Postfix, {sessions} session{'s' if sessions > 1 else ''}", got)
        targets(by_sessions)
        direct = {name: [straight(name, 20, options.messages * 5, place, log, mail)] for name in names if name in SOCKETS and
                  name != "chain" and not name.endswith("-tcp")}
        show("Straight at the socket, 20 connections", direct)
        dns.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--root", default=str(TOP / "build" / "peers" / "root"))
    parser.add_argument("--log", help="where the filters write what they say")
    parser.add_argument("--inside", action="store_true")
    options = parser.parse_args()
    if options.inside:
        inside(options.folder.resolve(), options)
        return
    if os.geteuid() != 0:
        raise SystemExit("bench milter: needs root, for a network and a file system of its own")
    sys.exit(subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", sys.executable, __file__, "--inside",
                             *sys.argv[1:]], check=False).returncode)


main()
