# SPDX-License-Identifier: BSD-2-Clause
"""peer_test.py PEER: the script player against a filter of a few lines: what it prints, what it expects, how it ends."""
import contextlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

OPTIONS = struct.pack(">III", 6, 0x111, 0x100480) + struct.pack(">I", 2) + b"i {auth_authen}\0"
AT_END = [(b"i", struct.pack(">I", 0) + b"Authentication-Results\0 mx.example;\n\tspf=\"none\"\0"),
          (b"m", struct.pack(">I", 2) + b"X\0\0"), (b"p", b""), (b"y", b"550 5.7.1 100%% no\0")]
ANSWERS = {b"O": [(b"O", OPTIONS)], b"E": AT_END, b"T": [(b"t", b"")], b"R": [(b"a", b"")], b"B": [(b"s", b"")]}


def packet(command, data=b""):
    return struct.pack(">I", len(data) + 1) + command + data


def serve_one(stream, seen):
    """Answers each packet; X ends the connection."""
    while head := stream.read(4):
        body = stream.read(struct.unpack(">I", head)[0])
        seen.append(body)
        if body[:1] == b"X":
            return
        if body[:1] not in (b"D", b"A", b"K", b"Q", b"L"):
            for answer in ANSWERS.get(body[:1], [(b"c", b"")]):
                stream.write(packet(*answer))
            stream.flush()


def serve(listener, seen):
    while True:
        peer, _ = listener.accept()
        with peer, contextlib.suppress(OSError), peer.makefile("rwb") as stream:
            serve_one(stream, seen)


START = "negotiate\nmacros C j=mx\nconnect mx.example 4 192.0.2.1 25\nhelo mx\n"
TOLD = "options: 6 0x111 0x100480\nwants: 2 i {auth_authen}\nconnect: continue\nhelo: continue\n"
ROWS = [
    ("start", START, 0, TOLD, [b"O", b"DCj\0mx\0", b"Cmx.example\x004\0\x19192.0.2.1\0", b"Hmx\0"]),
    ("quoted words", 'helo "a \\"b\\x41\\n"', 0, "helo: continue\n", [b'Ha "bA\n\0']),
    ("parameters", "mail <a@x> SIZE=1 BODY=7BIT", 0, "mail: continue\n", [b"M<a@x>\0SIZE=1\0BODY=7BIT\0"]),
    ("replies", "rcpt <b@x>\nexpect accept\ndata\nexpect tempfail\nbody x\nexpect skip", 0,
     "rcpt: accept\ndata: tempfail\nbody: skip\n", None),
    ("edits", START + "end\nexpect_edits 2\nexpect reply 550\nexpect_edit insert authentication-results \" mx\"\n"
     "expect_edit change X", 0, TOLD + 'end: insert 0 "Authentication-Results" " mx.example;\\n\\tspf=\\"none\\""\n'
     'end: change 2 "X" ""\nend: progress\nend: reply "550 5.7.1 100% no"\n', None),
    ("macros with braces", "macros M i=Q auth_authen=a=b", 0, "", [b"DMi\0Q\0{auth_authen}\0a=b\0"]),
    ("message", START + "message {file}", 0, TOLD + "eoh: continue\nbody: skip\n",
     [b"LA\0 b\n c\0", b"LD\0e\0", b"N", b"Btext\r\n"]),
    ("repeat", "wait off\nrepeat 3 abort\nrepeat 2 repeat 2 helo x\nwait on\n", 0, "", [b"A", b"A", b"A"]),
    ("raw", "raw 0000 000148\nreply", 0, "reply: continue\n", [b"H"]),
    ("fill", "raw 00000004 48\nfill 3 0x41\nreply", 0, "reply: continue\n", [b"HAAA"]),
    ("packet", "packet U a\\0b\nreply\nexpect continue", 0, "reply: continue\n", [b"Ua\0b"]),
    ("closed", "packet X\nclosed", 0, "closed\n", [b"X"]),
    ("open again", "packet X\nclosed\nopen\nhelo x", 0, "closed\nhelo: continue\n", [b"X", b"Hx\0"]),
    ("other reply", "rcpt <b>\nexpect continue", 1, "rcpt: accept\n", None),
    ("other text", "end\nexpect reply 551", 1, None, None),
    ("no such edit", "end\nexpect_edit insert Y", 1, None, None),
    ("other number of edits", "end\nexpect_edits 1", 1, None, None),
    ("not closed", "timeout 50\nclosed", 1, "", None),
    ("lost", "packet X\nhelo x", 2, None, None),
    ("silent", "timeout 50\nabort\nreply", 2, "", None),
    ("no such command", "helo x\nhelp", 64, "helo: continue\n", None),
    ("too few words", "helo", 64, "", None),
    ("open quotation", 'helo "x', 64, "", None),
    ("comment", "# nothing\n\n   \n", 0, "", []),
]


def all_came(packets, seen):
    """The packets came, in this order; the last of them may be under way still."""
    until = time.monotonic() + 5
    while len(seen) < len(packets) and time.monotonic() < until:
        time.sleep(0.005)
    rest = iter(list(seen))
    return all(any(got.startswith(wanted) for got in rest) for wanted in packets)


def is_right(peer, address, row, file, seen):
    about, script, status, told, packets = row
    seen.clear()
    done = subprocess.run([peer, address], input=script.replace("{file}", file).encode(), capture_output=True,
                          timeout=30)
    out = done.stdout.decode()
    if done.returncode == status and told in (None, out) and all_came(packets or [], seen):
        return True
    print(f"{about}: exit {done.returncode}, {out!r} {done.stderr.decode()!r} {seen}")
    return False


def main(peer):
    with tempfile.TemporaryDirectory() as folder:
        file, path, seen = os.path.join(folder, "mail"), os.path.join(folder, "s"), []
        with open(file, "wb") as out:
            out.write(b"A: b\r\n c\r\nD:e\r\n\r\ntext\r\n")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        threading.Thread(target=serve, args=(listener, seen), daemon=True).start()
        passed = sum(is_right(peer, "unix:" + path, row, file, seen) for row in ROWS)
    print(f"{passed} passed, {len(ROWS) - passed} failed")
    return passed != len(ROWS)


sys.exit(main(sys.argv[1]))
