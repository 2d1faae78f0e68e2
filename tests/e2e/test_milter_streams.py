# SPDX-License-Identifier: BSD-2-Clause
"""Streams that no mail server sends: each ends its own connection at most. The children live on, other connections are served, and
what the daemon keeps in memory does not grow. milter-peer (tests/milter) plays them from scripts."""
import os
import pathlib
import random
import struct
import subprocess
import time

import pytest

from conftest import BINARY, message, zone_text
from milterpeer import Gone, Ingamd, Peer

PEER = pathlib.Path(os.environ.get("INGAM_PEER") or pathlib.Path(BINARY).parent / "tests" / "milter" / "milter-peer")
pytestmark = pytest.mark.skipif(not PEER.exists(), reason="milter-peer is not built")

CONF = """
authserv-id = mx.rcpt.example
workers = 1
listen "unix:{folder}/milter" {{ front = milter }}
limits {{ idle = 10s packet = 1s }}
log {{ level = notice }}
"""
IDLE_S = 10
GROWTH_KB = 128  # what the children may gain over some hundred streams of one kind

OPTIONS = "negotiate\n"
CLIENT = OPTIONS + "connect m.legit.example 4 192.0.2.10 25\nhelo m.legit.example\n"
MAIL = "mail <a@legit.example>\nrcpt <b@rcpt.example>\ndata\n"
HEADER = 'header From " Ann <a@legit.example>"\nheader Subject " Hello"\n'
WHOLE = MAIL + HEADER + "eoh\nbody Hello\\r\\n\nend\nexpect continue\n"
SERVED = "wait on\n" + WHOLE  # the same connection goes on
CLOSED = "closed\n"           # the daemon ends it
LEFT = "close\n"              # we do


def words(data):
    return "raw " + data.hex() + "\n"


def packet(command, data=b""):
    return struct.pack("!I", len(data) + 1) + command + data


VALID = b"".join([
    packet(b"O", struct.pack("!III", 6, 0x1ff, 0x1fffff)), packet(b"D", b"Cj\0mx.example\0"),
    packet(b"C", b"m.legit.example\x004\0\x19192.0.2.10\0"), packet(b"H", b"m.legit.example\0"), packet(b"D", b"Mi\0q1\0"),
    packet(b"M", b"<a@legit.example>\0SIZE=9\0"), packet(b"R", b"<b@rcpt.example>\0"), packet(b"T"),
    packet(b"L", b"From\0 a@legit.example\0"), packet(b"L", b"Subject\0 one\n two\0"), packet(b"N"), packet(b"B", b"Hello\r\n")])


def mutated(seed):
    """The same bytes with a few of them changed, doubled or left out."""
    dice, data = random.Random(seed), bytearray(VALID)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(data))
        kind = dice.randrange(3)
        if kind == 0:
            data[at] = dice.randrange(256)
        elif kind == 1:
            data[at:at] = data[at:at + dice.randrange(40)]
        else:
            del data[at:at + dice.randrange(8)]
    return bytes(data)


def noise(seed):
    return random.Random(seed).randbytes(600)


# name, script, how it ends, how often it is played
STREAMS = [
    ("length 0", CLIENT + "raw 00000000\n" + CLOSED, 200),
    ("length 0 at once", "raw 00000000\n" + CLOSED, 200),
    ("all bits of a length", CLIENT + "raw ffffffff\n" + CLOSED, 200),
    ("a byte more than a packet may have", CLIENT + "raw 00100001\n" + CLOSED, 200),
    ("length too short for its strings", OPTIONS + "raw 00000005 4361620034\n" + CLOSED, 200),
    ("half a length, then the end", CLIENT + "raw 0000\n" + LEFT, 200),
    ("half a packet, then the end", CLIENT + MAIL + "raw 00000100 4c5375\n" + LEFT, 200),
    ("half a megabyte of a packet, then the end", CLIENT + MAIL + "raw 00100000 4c\nfill 500000 0x41\n" + LEFT, 20),
    ("connect and leave", LEFT, 200),
    ("leave inside a message", CLIENT + MAIL + HEADER + LEFT, 200),
    ("leave before the answer", CLIENT + MAIL + HEADER + "eoh\npacket E\n" + LEFT, 200),
    ("no options", "packet M <a@b>\\0\n" + CLOSED, 200),
    ("options cut off", "packet O \\0\\0\\0\\x06\n" + CLOSED, 200),
    ("version 1", "wait off\nnegotiate 1\n" + CLOSED, 200),
    ("version 0", "wait off\nnegotiate 0\n" + CLOSED, 200),
    ("nothing is allowed", "wait off\nnegotiate 6 0 0\n" + CLOSED, 200),
    ("options twice", OPTIONS + "wait off\nnegotiate\n" + CLOSED, 200),
    ("options inside a message", CLIENT + MAIL + "wait off\nnegotiate\n" + CLOSED, 200),
    ("options again and again", "wait off\nrepeat 1000 negotiate\n" + CLOSED, 10),
    ("a command that is none", CLIENT + "packet X\n" + CLOSED, 200),
    ("NUL as a command", CLIENT + "packet \\0\n" + CLOSED, 200),
    ("a filter's own word", CLIENT + "packet c\n" + CLOSED, 200),
    ("MAIL without CONNECT", OPTIONS + "mail <a@b>\n" + CLOSED, 200),
    ("CONNECT twice", CLIENT + "connect mx\n" + CLOSED, 200),
    ("RCPT before MAIL", CLIENT + "rcpt <a@b>\n" + CLOSED, 200),
    ("body before the header", CLIENT + MAIL + "body x\n" + CLOSED, 200),
    ("body inside the header", CLIENT + MAIL + HEADER + "body x\n" + CLOSED, 200),
    ("field behind the header", CLIENT + MAIL + HEADER + "eoh\nheader A b\n" + CLOSED, 200),
    ("end of the header twice", CLIENT + MAIL + "eoh\neoh\n" + CLOSED, 200),
    ("end before the header", CLIENT + MAIL + "packet E\n" + CLOSED, 200),
    ("end twice", CLIENT + WHOLE + "packet E\n" + CLOSED, 100),
    ("the next message before the answer", CLIENT + MAIL + HEADER + "eoh\nwait off\n" +
     words(packet(b"E") + packet(b"M", b"<a@b>\0") + packet(b"E")) + CLOSED, 100),
    ("data behind quit", CLIENT + "quit\nwait off\npacket M <a@b>\\0\n" + CLOSED, 200),
    ("HELO without NUL", OPTIONS + "connect mx\npacket H mx\n" + CLOSED, 200),
    ("HELO of nothing", OPTIONS + "connect mx\npacket H\n" + CLOSED, 200),
    ("MAIL without NUL", CLIENT + "packet M <a@b>\n" + CLOSED, 200),
    ("parameter without NUL", CLIENT + "packet M <a@b>\\0SIZE=1\n" + CLOSED, 200),
    ("field without value", CLIENT + MAIL + "packet L Subject\\0\n" + CLOSED, 200),
    ("NUL inside a value", CLIENT + MAIL + "packet L A\\0b\\0c\\0\n" + CLOSED, 200),
    ("CONNECT of nothing", OPTIONS + "packet C\n" + CLOSED, 200),
    ("no address family", OPTIONS + "packet C mx\\0\n" + CLOSED, 200),
    ("an address family that is none", OPTIONS + "packet C mx\\0Z\\0\\x19192.0.2.1\\0\n" + CLOSED, 200),
    ("half a port", OPTIONS + "packet C mx\\x004\\x19\n" + CLOSED, 200),
    ("address without NUL", OPTIONS + "packet C mx\\x004\\0\\x19192.0.2.1\n" + CLOSED, 200),
    ("macro without value", CLIENT + "packet D Mi\\0\n" + CLOSED, 200),
    ("macros of no command", CLIENT + "packet D\n" + CLOSED, 200),
    ("macro flood", CLIENT + "wait off\nrepeat 70 macros M i=q\n" + CLOSED, 100),
    ("field flood", CLIENT + MAIL + "wait off\nrepeat 65600 header X \" y\"\n" + CLOSED, 2),
    ("recipient flood", CLIENT + "mail <a@legit.example>\nwait off\nrepeat 65600 rcpt <b@rcpt.example>\n" + CLOSED, 2),
    ("HTTP", "wait off\nraw " + b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".hex() + "\n" + CLOSED, 200),
    ("TLS", "wait off\nraw 16030100f5010000f10303\n" + CLOSED, 200),
    ("SMTP", "wait off\nraw " + b"EHLO mx.example\r\n".hex() + "\n" + CLOSED, 200),
    ("an address that is none", OPTIONS + "connect mx 4 not.an.address 25\n" + WHOLE, 50),
    ("an address of the other family", OPTIONS + "connect mx 6 192.0.2.1 25\n" + WHOLE, 50),
    ("bytes of all kinds in the envelope", OPTIONS + "connect \\xff\\n%n 4 192.0.2.1 25\nhelo \\x1b[31m%s\\xfe\n" +
     "mail <\\r\\nX:\\x01@\\xff> A=\\x1b\nrcpt <%n%s@\\x7f>\ndata\n" + HEADER + "eoh\nend\n" + WHOLE, 50),
    ("fields of all kinds", CLIENT + MAIL + 'header "" ""\nheader ":" \\x01\nheader "A B" "\\n\\n"\nheader \\xff \\r\\r\\n\n' +
     HEADER + "eoh\nend\n" + SERVED, 50),
    ("a macro list of a megabyte", CLIENT + "packet D M" + "{name}\\0value\\0" * 60000 + "\n" + SERVED, 3),
    ("a field of nearly a megabyte", CLIENT + MAIL + "raw 000f4244 4c4100\nfill 999999 0x61\nraw 0020\nclose\n", 5),
    ("a field of half a megabyte", CLIENT + MAIL + HEADER + 'header Long "' + " x" * 250000 + '"\neoh\nend\n' + SERVED, 5),
    ("a header of eight megabytes", CLIENT + MAIL + HEADER + 'wait off\nrepeat 8000 header X "' + " y" * 500 +
     '"\nwait on\neoh\nend\n' + SERVED, 3),
    ("a body of sixteen megabytes", CLIENT + MAIL + HEADER + "eoh\nrepeat 256 body " + "x" * 65000 + "\nend\n" + SERVED, 2),
    ("abort storm", CLIENT + "wait off\nrepeat 5000 abort\n" + SERVED, 5),
    ("abort storm inside messages", CLIENT + ("wait on\n" + MAIL + HEADER + "abort\n") * 200 + SERVED, 5),
    ("aborts at the end", CLIENT + (MAIL + HEADER + "eoh\nbody x\nabort\n") * 100 + SERVED, 5),
    ("MAIL storm", CLIENT + "wait off\nrepeat 5000 mail <a@legit.example>\n" + SERVED, 5),
    ("HELO storm", CLIENT + "wait off\nrepeat 5000 helo x\n" + SERVED, 5),
    ("next-session storm", CLIENT + "quit_next\nconnect mx 4 192.0.2.1 25\n" * 500 + SERVED, 5),
    ("unknown-command storm", CLIENT + "wait off\nrepeat 5000 unknown HALP\n" + SERVED, 5),
    ("commands with data they do not have", CLIENT + "packet A xxxx\n" + MAIL + "packet A \\0\\0\n" + SERVED, 100),
    ("a packet that never ends, a byte at a time", CLIENT + "wait off\nraw 000000ff4c\n" + "raw 41\nsleep 250\n" * 8 + CLOSED, 1),
    ("a length that never ends", CLIENT + "raw 000000\nsleep 1500\n" + CLOSED, 1),
    ("noise", [words(noise(seed)) + LEFT for seed in range(200)], 1),
    ("noise behind the options", [CLIENT + "wait off\n" + words(noise(seed)) + "wait on\n" + LEFT for seed in range(200)], 1),
    ("streams with a few wrong bytes", ["wait off\n" + words(mutated(seed)) + "wait on\n" + LEFT for seed in range(300)], 1),
]


class House:
    """The daemon, one connection that lives through all, and some that say nothing."""

    def __init__(self, folder):
        self.daemon = Ingamd(folder, zone=zone_text(), conf=CONF.format(folder=folder))
        self.neighbour = Peer(self.daemon.path)
        self.neighbour.connect()
        self.silent, self.silent_since = [Peer(self.daemon.path) for _ in range(50)], time.monotonic()
        for _ in range(100):
            self.is_served()
        self.pids = self.daemon.children("")
        assert self.daemon.children("worker")
        maps = "".join(pathlib.Path(f"/proc/{p}/maps").read_text() for p in self.pids)
        self.is_counted = "libasan" not in maps  # a sanitizer keeps what is freed

    def is_served(self):
        """A message passes on the old connection and on a new one."""
        new = Peer(self.daemon.path)
        new.connect()
        for peer in (self.neighbour, new):
            assert peer.message(message()).code == "c"
        new.close()

    def memory_kb(self):
        return sum(int(line.split()[1]) for pid in self.pids
                   for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Private_Dirty:"))

    def play(self, scripts, times):
        text = "open\n".join("wait on\n" + script for script in scripts * times)
        done = subprocess.run([PEER, "-q", "unix:" + self.daemon.path], input=text.encode(), capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode()[:400] + self.daemon.said()[-2000:]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    h = House(tmp_path_factory.mktemp("streams"))
    yield h
    h.neighbour.close()
    assert h.daemon.stop() == 0


@pytest.mark.parametrize("script, times", [row[1:] for row in STREAMS], ids=[row[0] for row in STREAMS])
def test_a_stream_ends_itself_at_most(house, script, times):
    scripts = script if isinstance(script, list) else [script]
    house.play(scripts, times)
    before = house.memory_kb()
    if house.is_counted and times > 1:
        house.play(scripts, times)
        house.play(scripts, times)
    house.is_served()
    assert house.daemon.children("") == house.pids
    if house.is_counted:
        assert house.memory_kb() - before <= GROWTH_KB


def test_silent_connections_are_closed_and_no_others(house):
    time.sleep(max(0.0, house.silent_since + IDLE_S + 2 - time.monotonic()))
    assert all(peer.is_gone(1) for peer in house.silent)
    house.neighbour.close()
    house.neighbour = Peer(house.daemon.path)
    house.neighbour.connect()
    house.is_served()
    assert house.daemon.children("") == house.pids


def test_memory_after_everything(house):
    """Whatever the kinds above took at their worst has been given back."""
    if not house.is_counted:
        pytest.skip("a sanitizer keeps what is freed")
    for _ in range(20):
        house.is_served()
    assert house.memory_kb() < 64 * 1024


def test_a_connection_that_was_closed_says_nothing_more(house):
    """No answer stands behind the fault, and none of what came before it is lost."""
    peer = Peer(house.daemon.path)
    peer.connect()
    assert peer.message(message()).code == "c"
    peer.send("X")
    with pytest.raises(Gone):
        peer.take()
