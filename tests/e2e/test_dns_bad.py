# SPDX-License-Identifier: BSD-2-Clause
"""ingamd while its name server is dead, slow or lying: every message gets its verdict in time, nothing passes, nothing is
refused for good, and as soon as the server is itself again so are the verdicts."""
import itertools
import time

import pytest

import baddns
from baddns import BadDns
from conftest import message
from daemon import Ingamd, wait_for
from milterpeer import Peer

GOOD, BAD = "192.0.2.10", "198.51.100.7"   # may send for every domain that the server knows; for none
DEADLINE_S, QUESTION_S = 3, 1
HARMLESS = {"right", "large", "forever", "never"}
names = itertools.count()


class Site:
    """A daemon that enforces, with this name server; mail for soft.example is let in where nobody can judge it."""

    def __init__(self, folder, address, question_s=QUESTION_S):
        self.path = folder / "milter"
        self.daemon = Ingamd(folder, f"""
authserv-id = "mx.rcpt.example"
workers = 1
mode = enforce
on-reject = reject
on-temperror = defer
policy "soft" {{ recipient = {{ "soft.example" }} mode = enforce on-reject = reject on-temperror = accept }}
log {{ to = stderr form = json }}
listen "unix:{self.path}" {{ mode = 0666 }}
resolver {{ way = forward forward = "{address}" timeout = {question_s}s }}
limits {{ message = {DEADLINE_S}s }}
""")

    def __enter__(self):
        self.daemon.start()
        return self

    def __exit__(self, *_):
        assert self.daemon.stop() == 0

    def begin(self, ip=GOOD, rcpt="b@rcpt.example", domain=None):
        """Plays a message up to its end, from a domain that nobody has asked for yet; gives what awaits the outcome."""
        domain = domain or f"m{next(names)}.example"
        peer = Peer(str(self.path))
        peer.connect(ip=ip, helo="m.nowhere.invalid")
        fields, body = message(sender=f"a@{domain}").split(b"\r\n\r\n", 1)
        shown = [tuple(line.split(":", 1)) for line in fields.decode().split("\r\n")]
        peer.envelope(sender=f"a@{domain}", rcpts=[rcpt])
        peer.header(shown)
        peer.body(body)
        began = time.monotonic()
        peer.send("E")

        def outcome():
            got = peer.outcome(shown)
            got.seconds = time.monotonic() - began
            peer.close()
            return got
        return outcome

    def judge(self, **envelope):
        return self.begin(**envelope)()

    def passes(self):
        got = self.judge()
        return got.code == "c" and "dmarc=pass" in got.one("Authentication-Results")

    def rejects(self):
        got = self.judge(ip=BAD)
        return got.code == "y" and got.said.startswith("550 ")


def must_not_know(got, seconds=DEADLINE_S + 1):
    """Deferred, and in time."""
    assert got.code == "y" and got.said.startswith("451 4."), (got.code, got.said)
    assert got.seconds < seconds


def must_not_judge(site):
    genuine, forged, soft, soft_forged = [begin() for begin in (
        site.begin, lambda: site.begin(ip=BAD), lambda: site.begin(rcpt="c@soft.example"),
        lambda: site.begin(ip=BAD, rcpt="c@soft.example"))]
    must_not_know(genuine())
    must_not_know(forged())
    for outcome in (soft, soft_forged):
        got = outcome()
        assert got.code == "c" and got.seconds < DEADLINE_S + 1
        field = got.one("Authentication-Results")
        assert "dmarc=temperror" in field and "spf=temperror" in field and "pass" not in field, field


@pytest.mark.parametrize("mode", sorted(set(baddns.MODES) - HARMLESS))
def test_nothing_is_judged_without_the_dns(tmp_path, mode):
    with BadDns(mode) as dns, Site(tmp_path / "site", dns.address) as site:
        must_not_judge(site)
        assert dns.asked > 0
        dns.mode = "right"
        assert wait_for(site.passes, 10, 0.1)
        assert wait_for(site.rejects, 10, 0.1)
        dns.mode = mode
        must_not_judge(site)


@pytest.mark.parametrize("mode", sorted(HARMLESS))
def test_what_is_only_strange_is_judged(tmp_path, mode):
    with BadDns(mode) as dns, Site(tmp_path / "site", dns.address) as site:
        assert site.passes() and site.rejects()


def test_a_server_that_is_not_there_comes_back(tmp_path):
    with BadDns() as dns:
        port = dns.port
    with Site(tmp_path / "site", f"127.0.0.1@{port}") as site:
        must_not_judge(site)
        with BadDns("right", port):
            assert wait_for(site.passes, 10, 0.1)
            assert wait_for(site.rejects, 10, 0.1)
        must_not_judge(site)


def test_what_was_known_stays_known(tmp_path):
    """Answers live as long as their TTL says, not as long as the server."""
    with BadDns() as dns, Site(tmp_path / "site", dns.address) as site:
        for _ in range(2):
            assert "dmarc=pass" in site.judge(domain="kept.example").one("Authentication-Results")
            assert site.judge(domain="kept.example", ip=BAD).said.startswith("550 ")
            dns.mode = "silent"
        must_not_know(site.judge())


def test_the_message_has_a_deadline_of_its_own(tmp_path):
    with BadDns("silent") as dns, Site(tmp_path / "site", dns.address, question_s=30) as site:
        must_not_know(site.judge())


def test_many_messages_wait_together(tmp_path):
    """Without DNS, more messages than there are sockets for questions; all end in time, and then all is as before."""
    with BadDns("silent") as dns, Site(tmp_path / "site", dns.address) as site:
        outcomes = [site.begin(ip=BAD) for _ in range(150)]
        for outcome in outcomes:
            must_not_know(outcome(), DEADLINE_S + 3)
        dns.mode = "right"
        assert wait_for(site.passes, 10, 0.1)
        assert all(outcome().said.startswith("550 ") for outcome in [site.begin(ip=BAD) for _ in range(50)])
