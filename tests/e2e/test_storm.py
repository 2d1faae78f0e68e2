# SPDX-License-Identifier: BSD-2-Clause
"""Mail flows through Postfix while ingamd's processes are killed, stopped and reloaded: none is lost, doubled, or delivered
without the field that it should bear. INGAM_STORM=full: 200 kills, 200 stops, 500 reloads; else a fifth of that."""
import os
import pathlib
import random
import re
import signal
import smtplib
import threading
import time

import letters
import pytest
from conftest import KEY
from letters import BAD, GOOD, letter, sealed
from mta import wait_for
from rig import Rig, keys_folder, results

FULL = os.environ.get("INGAM_STORM") == "full"
OURS = "203.0.113.9"
CLIENTS = 8


class Flow(threading.Thread):
    """A client that sends message after message, in sessions of up to ten, each until it is accepted."""

    def __init__(self, rig, number, ends):
        super().__init__(daemon=True)
        self.rig, self.number, self.ends = rig, number, ends
        self.accepted, self.refused, self.longest = [], 0, 0
        self.signed = sealed(letter())

    def mail(self, i):
        """Ours, to be signed; or signed and to be judged; or forged."""
        kind = (self.number + i) % 3
        name = f"X-Number: {self.number}-{i}-{kind}\r\n".encode()
        return name + (letter(), self.signed, letter("watch.example"))[kind], (OURS, GOOD, BAD)[kind]

    def session(self, i):
        """Sends from number i on; gives the next number."""
        client = self.mail(i)[1]
        with self.rig.postfix.client(client=client) as smtp:
            for i in range(i, i + 10):
                mail, wants = self.mail(i)
                if wants != client or self.ends.is_set():
                    return i
                code, _ = smtp.deliver(mail)
                if code != 250:
                    self.refused += 1
                    return i
                self.accepted.append(f"{self.number}-{i}")
        return i + 1

    def run(self):
        i, begun = 0, time.monotonic()
        while not self.ends.is_set():
            try:
                now = self.session(i)
            except (smtplib.SMTPException, AssertionError, OSError):
                now = i
                self.refused += 1
            if now == i:
                time.sleep(0.02)
            else:
                self.longest, begun, i = max(self.longest, time.monotonic() - begun), time.monotonic(), now


def flow_through(rig, storm):
    """Lets mail flow while `storm` rages, then counts. Gives what was delivered by number."""
    ends = threading.Event()
    flows = [Flow(rig, n, ends) for n in range(CLIENTS)]
    begun = time.monotonic()
    for flow in flows:
        flow.start()
    try:
        storm()
        counts = [len(f.accepted) for f in flows]
        assert wait_for(lambda: all(len(f.accepted) > n for f, n in zip(flows, counts)), 30), "mail does not flow any more"
    finally:
        ends.set()
        for flow in flows:
            flow.join(60)
    assert not any(flow.is_alive() for flow in flows)
    accepted = [name for flow in flows for name in flow.accepted]
    got = rig.postfix.delivered(len(accepted), 120)
    names = [re.match(r"X-Number: (\d+-\d+)-(\d)", g.only("X-Number")).groups() for g in got]
    assert sorted(n for n, _ in names) == sorted(accepted)
    for (_, kind), mail in zip(names, got):
        check(int(kind), mail)
    print(f"{len(accepted)} messages in {time.monotonic() - begun:.0f} s, {sum(f.refused for f in flows)} sessions deferred, "
          f"longest gap {max(f.longest for f in flows):.1f} s")
    return got


def check(kind, mail):
    """That it bears what it should, once."""
    fields = [f.decode() for f in mail.every("Authentication-Results")]
    signatures = mail.every("DKIM-Signature")
    if kind == 0:
        assert len(signatures) == 1 and not fields, mail.mail
    else:
        assert len(fields) == 1 and len(signatures) == (kind == 1), mail.mail
        assert results(fields[0])["dmarc"] == ("pass" if kind == 1 else "fail"), fields


def children(pid):
    return [int(c) for c in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def hit(pid, *signals, rest=0.0):
    try:
        for n, one in enumerate(signals):
            if n:
                time.sleep(rest)
            os.kill(pid, one)
    except ProcessLookupError:
        pass


@pytest.fixture
def rig(tmp_path):
    keys = keys_folder(tmp_path / "keys", "legit.example")
    conf = f'mode = enforce\nworkers = 2\nsign {{\n keys = "{keys}"\n clients = {{ "{OURS}" }}\n}}\n'
    with Rig(tmp_path, conf) as rig:
        begun = descriptors(rig.ingamd.pid)
        yield rig
        assert wait_for(lambda: descriptors(rig.ingamd.pid) <= begun + 1, 10), "the parent keeps descriptors open"
        assert wait_for(lambda: len(children(rig.ingamd.pid)) == 3, 20), "two workers and keyd"


def some_verify(got):
    dkim = pytest.importorskip("dkim")
    for mail in [g for g in got if g.every("DKIM-Signature")][::50]:
        assert dkim.verify(mail.crlf, dnsfunc=letters.record_of)
    assert KEY.size


def test_kills(rig):
    """kill -9 of any child, at any moment; the parent puts a new one in its place."""
    kills, chance = 200 if FULL else 40, random.Random(4)

    def storm():
        for _ in range(kills):
            time.sleep(chance.uniform(0.02, 0.4))
            those = wait_for(lambda: children(rig.ingamd.pid), 10)
            hit(chance.choice(those), signal.SIGKILL)

    some_verify(flow_through(rig, storm))
    assert rig.ingamd.pid and wait_for(lambda: len(children(rig.ingamd.pid)) >= 3, 10)


def test_stops(rig):
    """Stopped for a while, the parent too: what waits goes on."""
    stops, chance = 200 if FULL else 20, random.Random(5)

    def storm():
        for _ in range(stops):
            time.sleep(chance.uniform(0.01, 0.1))
            hit(chance.choice([*children(rig.ingamd.pid), rig.ingamd.pid]), signal.SIGSTOP, signal.SIGCONT,
                rest=chance.uniform(0.01, 0.4))

    some_verify(flow_through(rig, storm))


def test_reloads(rig):
    """SIGHUP with another configuration each time, every tenth one wrong: that leaves the old one in force."""
    reloads, chance = 500 if FULL else 100, random.Random(6)
    good = rig.ingamd.conf.read_text()

    def reload(text):
        """As editors do it: the file is the old one or the new one."""
        beside = rig.ingamd.conf.with_suffix(".new")
        beside.write_text(text)
        beside.rename(rig.ingamd.conf)
        hit(rig.ingamd.pid, signal.SIGHUP)

    def storm():
        for i in range(reloads):
            reload("nonsense {\n" if i % 10 == 9 else good.replace("workers = 2", f"workers = {1 + i % 3}"))
            time.sleep(chance.uniform(0.005, 0.15))
        reload(good)

    some_verify(flow_through(rig, storm))


def test_everything_at_once(rig):
    """Kills, stops and reloads in any order."""
    strokes, chance = 200 if FULL else 30, random.Random(7)

    def storm():
        for _ in range(strokes):
            time.sleep(chance.uniform(0.02, 0.3))
            those = wait_for(lambda: children(rig.ingamd.pid), 10)
            kind = chance.randrange(3)
            if kind == 0:
                hit(chance.choice(those), signal.SIGKILL)
            elif kind == 1:
                hit(chance.choice(those), signal.SIGSTOP, signal.SIGCONT, rest=0.1)
            else:
                hit(rig.ingamd.pid, signal.SIGHUP)

    some_verify(flow_through(rig, storm))
