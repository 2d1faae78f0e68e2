# SPDX-License-Identifier: BSD-2-Clause
"""ingamd as a mail server meets it: the milter protocol, step by step, over its sockets. Malformed streams: test_milter_streams.py."""
import getpass
import os
import random
import re
import resource
import signal
import socket
import struct
import time

import pytest

import daemon as ingamd
from conftest import TOP, message, signed, zone_text
from milterpeer import NO_REPLY_BODY, ALL_ACTIONS, ALL_OPTIONS, Gone, Ingamd, Peer, split
from servers import free_port

OURS = "mx.rcpt.example"
SIGNED = signed(message())


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    port = free_port()
    folder = tmp_path_factory.mktemp("ingamd")
    d = Ingamd(folder, zone=zone_text(), listens=[f"unix:{folder}/milter", f"inet:{port}@127.0.0.1"])
    d.tcp = ("127.0.0.1", port)
    yield d
    assert d.stop() == 0


@pytest.fixture
def peer(daemon):
    p = Peer(daemon.path)
    p.connect()
    yield p
    p.close()


def results(outcome):
    """What our field says: {'spf': 'pass', ...}, the first of each method."""
    top = outcome.fields[0]
    assert top[0] == "Authentication-Results" and top[1].split(";")[0].strip() == OURS, outcome.fields
    found = re.findall(r"[;\s](spf|dkim|dmarc|arc)=(\w+)", top[1])
    return {method: result for method, result in reversed(found)}


# --- A message ----------------------------------------------------------------------------------------------------


def test_a_genuine_message_is_marked(peer):
    got = peer.message(SIGNED)
    assert got.code == "c"
    assert results(got) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
    assert got.fields[1:] == split(SIGNED)[0]


def test_observing_lets_a_forgery_through_and_says_so(daemon, peer):
    got = peer.message(message(sender="boss@nopolicy.example"), sender="x@other.example", queue_id="4forged1")
    assert got.code == "c"
    assert results(got)["spf"] == "fail"
    assert "4forged1" in daemon.said()


def test_results_that_claim_to_be_ours_are_removed(peer):
    forged = [f"Authentication-Results: {OURS}; dkim=pass",
              "Authentication-Results: elsewhere.example; dkim=pass",
              f"authentication-results: (note) {OURS} 1; spf=pass",
              f'AUTHENTICATION-RESULTS:\r\n\t"{OURS.upper()}"; none']
    got = peer.message(message(*forged))
    assert [value.split(";")[0].strip() for value in got.all("Authentication-Results")] == [OURS, "elsewhere.example"]
    changes = [data for code, data in got.edits if code == "m"]
    assert [struct.unpack("!I", data[:4])[0] for data in changes] == [4, 3, 1], "from the last to the first"
    assert "".join(code for code, _ in got.edits) == "mmmi", "deleted first, since an insertion moves the numbers"
    assert got.fields[2:] == split(message())[0]


def test_messages_on_one_connection_do_not_know_each_other(peer):
    for turn in range(3):
        assert results(peer.message(SIGNED))["dmarc"] == "pass"
        other = peer.message(message(sender="x@other.example"), sender="x@other.example", rcpts=("c@rcpt.example", "d@rcpt.example"))
        assert results(other)["spf"] == "fail"
        assert "dkim" not in results(other) or results(other)["dkim"] == "none"


@pytest.mark.parametrize("steps", range(5))
def test_a_message_may_be_given_up_anywhere(peer, steps):
    fields, body = split(SIGNED)
    doings = [lambda: peer.envelope(), lambda: peer.header(fields[:2]), lambda: peer.body(body), lambda: peer.send("E")]
    for _ in range(3):
        for do in doings[:steps]:
            do()
        peer.send("A")
        if steps == 4:  # the answer may have been on its way already
            peer.close()
            return
    assert results(peer.message(SIGNED))["dkim"] == "pass"


def test_a_storm_of_aborts(peer):
    for i in range(500):
        peer.envelope(queue_id=f"q{i}")
        peer.send("A")
    assert results(peer.message(SIGNED))["dkim"] == "pass"


def test_another_smtp_session_on_the_same_connection(peer):
    assert results(peer.message(SIGNED))["spf"] == "pass"
    peer.send("K")
    peer.connect(host="[203.0.113.9]", ip="203.0.113.9", helo="elsewhere.example")
    assert results(peer.message(SIGNED)) == {"spf": "fail", "dkim": "pass", "dmarc": "pass"}


def test_the_null_sender(peer):
    assert "spf" in results(peer.message(SIGNED, sender=""))


def test_a_message_that_is_empty(peer):
    peer.envelope()
    peer.step("N")
    assert peer.end().code in "cy"
    assert results(peer.message(SIGNED))["dkim"] == "pass"


# --- Who the client is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", [{"host": "localhost", "ip": "127.0.0.1", "port": 0}, {"host": "localhost", "ip": None}],
                         ids=["postfix", "sendmail"])
def test_mail_that_came_without_smtp_has_no_client(daemon, client):
    peer = Peer(daemon.path)
    peer.connect(helo="localhost", **client)
    assert not peer.message(SIGNED).all("Authentication-Results"), "it is ours, and not judged"
    peer.send("K")
    peer.connect(host="localhost", ip="127.0.0.1", port=40000, helo="localhost")
    assert results(peer.message(SIGNED))["spf"] == "fail", "a client on this machine is a client"


def test_a_client_whose_address_is_not_known_is_nobody_of_ours(daemon):
    """As Postfix tells of a client behind a proxy: a stranger, whom no SPF record can allow."""
    peer = Peer(daemon.path)
    peer.connect(host="unknown", ip=None, helo="m.legit.example")
    assert results(peer.message(SIGNED)) == {"dkim": "pass", "dmarc": "pass"}


def test_ipv6_and_its_prefix(daemon):
    for ip in ("2001:db8::1", "IPv6:2001:db8::1"):
        peer = Peer(daemon.path)
        peer.connect(ip=ip)
        assert results(peer.message(SIGNED)) == {"spf": "fail", "dkim": "pass", "dmarc": "pass"}


# --- The protocol --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [2, 3, 4, 5, 6])
def test_every_version(daemon, version):
    peer = Peer(daemon.path, version=version)
    peer.connect()
    for _ in range(2):
        got = peer.message(SIGNED)
        assert results(got) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
        assert got.fields[0][1].startswith(" ") == (version == 6), "the blank is the server's before version 6"


def test_what_we_ask_for(daemon):
    peer = Peer(daemon.path)
    assert all(peer.options & bit for bit in (0x80, 0x400, 0x1000, 0x2000, 0x4000, 0x8000, 0x10000, 0x40000, 0x80000))
    assert peer.options & 0x100, "unknown commands are none of ours"
    asked = " ".join(peer.wanted.values())
    assert {"j", "i", "{auth_authen}", "{client_resolve}"} <= set(asked.split())
    for bit in range(21):
        some = Peer(daemon.path, offer=(ALL_ACTIONS, ALL_OPTIONS & ~(1 << bit)))
        some.connect()
        assert results(some.message(SIGNED))["dkim"] == "pass"


def test_a_server_without_quarantine_or_macros(daemon):
    peer = Peer(daemon.path, offer=(0x1F, ALL_OPTIONS))
    peer.connect()
    assert results(peer.message(SIGNED))["dkim"] == "pass"


def test_chunks_of_any_size(daemon):
    fields, body = split(signed(message(body="".join(f"line {i}\r\n" for i in range(400)))))
    said = set()
    for chunk in (1, 2, 3, 7, 64, 1000, 65535):
        peer = Peer(daemon.path)
        peer.connect()
        peer.envelope()
        peer.header(fields)
        peer.body(body, chunk)
        said.add(peer.end(fields).fields[0][1])
    assert len(said) == 1 and "dkim=pass" in said.pop()


def recorded(mail):
    """The bytes of a whole message at a stroke."""
    peer = Peer.__new__(Peer)
    peer.options, peer.version, sent = ALL_OPTIONS, 6, []
    peer.raw = sent.append
    peer.connect()
    peer.envelope()
    fields, body = split(mail)
    peer.header(fields)
    peer.body(body)
    peer.send("E")
    return b"".join(sent), fields


def test_bytes_in_any_pieces(daemon):
    stream, fields = recorded(SIGNED)
    dice = random.Random(4)
    for pieces in ("single", "few", "all"):
        peer = Peer(daemon.path)
        at = 0
        while at < len(stream):
            n = {"single": 1, "few": dice.randrange(1, 400), "all": len(stream)}[pieces]
            peer.raw(stream[at:at + n])
            at += n
        assert results(peer.outcome(fields)) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}


def test_ten_megabytes(peer):
    mail = signed(message(body="A line of some length, again and again and again.\r\n" * 200_000))
    start = time.monotonic()
    assert results(peer.message(mail)) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
    assert time.monotonic() - start < 20


def test_where_bodies_are_acknowledged(daemon):
    peer = Peer(daemon.path, offer=(ALL_ACTIONS, ALL_OPTIONS & ~NO_REPLY_BODY))
    peer.connect()
    mail = signed(message(body="x" * 70 + "\r\n"))
    assert results(peer.message(mail, chunk=10))["dkim"] == "pass"
    peer.envelope()
    peer.header(split(message())[0])
    assert peer.body(b"nobody signed this\r\n" * 100, chunk=100) == 100, "the rest is not needed"
    assert results(peer.end(split(message())[0])) == {"spf": "pass", "dkim": "none", "dmarc": "pass"}


def test_over_tcp_no_message_waits_for_an_acknowledgement(daemon):
    peer = Peer(daemon.tcp)
    peer.connect()
    took = []
    for _ in range(60):
        start = time.monotonic()
        assert results(peer.message(SIGNED))["dkim"] == "pass"
        took.append(time.monotonic() - start)
    took.sort()
    assert took[30] < 0.020, "the stall is 40 ms and more"


# --- Peers that misbehave --------------------------------------------------------------------------------------------


def packet(command, data=b""):
    return struct.pack("!I", len(data) + 1) + command.encode() + data


def test_a_peer_that_ends_in_the_middle(daemon, peer):
    stream, _ = recorded(SIGNED)
    for at in range(0, len(stream), max(1, len(stream) // 150)):
        cut = Peer(daemon.path)
        cut.raw(stream[:at])
        cut.close()
    assert results(peer.message(SIGNED))["dkim"] == "pass"


def test_a_peer_that_does_not_read(daemon, peer):
    deaf = Peer(daemon.path, offer=(ALL_ACTIONS, 0))
    deaf.connect()
    deaf.socket.settimeout(1)
    flood = packet("U", b"x\0") * 2000
    try:
        for _ in range(500):
            deaf.raw(flood)
    except OSError:
        pass
    assert results(peer.message(SIGNED))["dkim"] == "pass"
    deaf.close()


# --- Many ----------------------------------------------------------------------------------------------------------


def test_a_thousand_idle_and_two_hundred_at_work(daemon):
    idle = [Peer(daemon.path) for _ in range(1000)]
    busy = [Peer(daemon.path) for _ in range(200)]
    fields, body = split(SIGNED)
    for peer in busy:
        peer.connect()
        peer.envelope()
    for peer in busy:
        peer.header(fields)
        peer.body(body)
    for peer in busy:
        peer.send("E")
    for peer in busy:
        assert results(peer.outcome(fields))["dkim"] == "pass"
    for peer in idle[::97]:
        peer.connect()
        assert results(peer.message(SIGNED))["dkim"] == "pass"
    for peer in idle + busy:
        peer.close()


CONF = """
authserv-id = mx.rcpt.example
workers = 1
listen "unix:{folder}/milter" {{ front = milter }}
limits {{ {limits} }}
"""


@pytest.fixture
def configured(tmp_path):
    """Starts a daemon with these limits; it is stopped at the end."""
    started = []

    def start(limits):
        folder = tmp_path / f"d{len(started)}"
        d = Ingamd(folder, zone=zone_text(), conf=CONF.format(folder=folder, limits=limits))
        started.append(d)
        return d

    yield start
    for d in started:
        d.stop()


def test_over_the_limit_a_connection_is_refused_at_once(configured):
    daemon = configured("sessions = 3")
    time.sleep(0.2)
    kept = [Peer(daemon.path) for _ in range(3)]
    with pytest.raises((Gone, ConnectionError)):
        Peer(daemon.path)
    kept.pop().close()
    time.sleep(0.2)
    peer = Peer(daemon.path)
    peer.connect()
    assert results(peer.message(SIGNED))["dkim"] == "pass"


def test_time_limits(configured):
    daemon = configured("idle = 10s\npacket = 1s")
    idle, slow, alive = (Peer(daemon.path) for _ in range(3))
    alive.connect()
    start = time.monotonic()
    slow.raw(b"\0\0\0\x09C")
    for at in range(20):  # a byte now and then does not help
        try:
            slow.raw(b"h")
        except ConnectionError:
            break
        if at > 5 and slow.is_gone(0.3):
            break
        time.sleep(0.2)
    else:
        raise AssertionError("the packet may come for ever")
    assert time.monotonic() - start < 5
    for _ in range(3):
        assert results(alive.message(SIGNED))["dkim"] == "pass"
        time.sleep(2)
    assert idle.is_gone(15)
    assert 9 < time.monotonic() - start < 15
    assert results(alive.message(SIGNED))["dkim"] == "pass", "not idle for so long"


def test_draining_ends_no_message(configured):
    daemon = configured("drain = 20s")
    peer, idle = Peer(daemon.path), Peer(daemon.path)
    peer.connect()
    fields, body = split(SIGNED)
    peer.envelope()
    daemon.signal(signal.SIGTERM)
    assert idle.is_gone(5)
    time.sleep(0.5)
    peer.header(fields)
    peer.body(body)
    assert results(peer.end(fields))["dkim"] == "pass"
    assert peer.is_gone(5), "between two messages"
    assert daemon.stop(seconds=10) == 0


def test_while_the_dns_is_awaited(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        conf = CONF.format(folder=tmp_path, limits="message = 5s") + (
            f"resolver {{ way = forward forward = 127.0.0.1@{silent.getsockname()[1]} timeout = 30s }}\n")
        daemon = Ingamd(tmp_path, conf=conf)
        waits, gives_up, hurries, leaves = (Peer(daemon.path) for _ in range(4))
        fields, body = split(SIGNED)
        for peer in (waits, gives_up, hurries, leaves):
            peer.connect()
            peer.envelope()
            peer.header(fields)
            peer.body(body)
            peer.send("E")
        start = time.monotonic()
        leaves.close()
        hurries.send("M", b"<a@legit.example>\0")
        assert hurries.is_gone(), "the answer could be taken for another message's"
        gives_up.send("A")
        gives_up.envelope()
        gives_up.send("A")
        got = waits.outcome(fields)
        assert waits.progress >= 1 and 4.5 < time.monotonic() - start < 8
        assert results(got) == {"spf": "temperror", "dkim": "temperror", "dmarc": "temperror"}
        assert not gives_up.is_gone(0.1), "and no answer came to what was given up"
        assert daemon.stop() == 0


# --- Shortage -------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path):
    """Starts a daemon whose children run as we do, so that we may take from them; it is stopped at the end."""
    started = []

    def start(binary=None):
        conf = f"user = {getpass.getuser()}\n" + CONF.format(folder=tmp_path, limits="sessions = 100")
        with pytest.MonkeyPatch.context() as patch:
            if binary:
                patch.setattr(ingamd, "INGAMD", str(binary))
            started.append(Ingamd(tmp_path, zone=zone_text(), conf=conf))
        return started[0], started[0].children("worker")[0]

    yield start
    for d in started:
        assert d.stop() == 0


def shrink(pid, what, soft):
    resource.prlimit(pid, what, (soft, resource.prlimit(pid, what)[1]))


def test_without_descriptors_connections_wait(own):
    daemon, pid = own()
    used = len(os.listdir(f"/proc/{pid}/fd"))
    shrink(pid, resource.RLIMIT_NOFILE, used + 5)
    served = [Peer(daemon.path) for _ in range(5)]
    waiting = [Peer(daemon.path, version=0) for _ in range(5)]
    time.sleep(0.5)
    served[0].connect()
    assert results(served[0].message(SIGNED))["dkim"] == "pass"
    for peer in served:
        peer.close()
    for peer in waiting:
        peer.negotiate(6, ALL_ACTIONS, ALL_OPTIONS)
        peer.connect()
        assert results(peer.message(SIGNED))["dkim"] == "pass"
        peer.close()
    assert daemon.said().count("cannot accept connections") == 1, "said once, not ten times a second"


PLAIN = TOP / "build" / "release" / "ingamd"


@pytest.mark.skipif(not PLAIN.exists(), reason="memory cannot be taken from a sanitized process")
def test_without_memory_a_message_is_edited_whole_or_deferred(own):
    daemon, pid = own(PLAIN)
    with open(f"/proc/{pid}/status") as f:
        used = next(int(line.split()[1]) for line in f if line.startswith("VmSize:"))
    forged = f"Authentication-Results: {OURS}; dkim=pass"
    mails = [signed(message(forged)), signed(message(forged, *(f"X-{i}: {'y' * 900}" for i in range(400))))] * 2
    outcomes = set()
    for more in range(-1000, 2500, 50):
        shrink(pid, resource.RLIMIT_AS, (used + more) * 1024)
        peers = []
        try:
            for mail in mails:
                peers.append(Peer(daemon.path))
                peers[-1].connect()
                fields, body = split(mail)
                peers[-1].envelope()
                peers[-1].header(fields)
                peers[-1].body(body)
            for peer, mail in zip(peers, mails):
                got = peer.end(split(mail)[0])
                outcomes.add((got.code, "".join(code for code, _ in got.edits)))
        except (Gone, ConnectionError):
            pass  # no memory for a connection
        for peer in peers:
            peer.close()
    assert outcomes <= {("c", "mi"), ("t", ""), ("y", "")} and {code for code, _ in outcomes} > {"c"}, outcomes
    assert daemon.children("worker") == [pid]
