# SPDX-License-Identifier: BSD-2-Clause
"""The mail server's side of the milter protocol, so that a test plays each step itself, and an ingamd of a test's own.

A Peer is one connection. `message` plays a whole message and gives an Outcome: what the daemon wants done, and what the header
looks like after it. Everything a step waits for has a time limit, so that a test fails and does not hang."""
import pathlib
import re
import signal
import socket
import struct

import daemon

ALL_ACTIONS, ALL_OPTIONS = 0x1FF, 0x1FFFFF
LEADING_SPACE, SKIP, NO_REPLY_BODY = 0x100000, 0x400, 0x80000
# What each version offers: actions and options of its time.
OFFERS = {2: (0x3F, 0x7F), 3: (0x3F, 0xFF), 4: (0x3F, 0x3FF), 6: (ALL_ACTIONS, ALL_OPTIONS)}
NO_REPLY = {"C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000, "L": 0x80, "N": 0x40000, "B": 0x80000}


class Gone(Exception):
    """The daemon has closed the connection."""


class Outcome:
    """What came before the reply, and the reply: ('c', b''), ('y', b'550 ...')."""

    def __init__(self, edits, reply, fields):
        self.edits, self.code, self.said = edits, reply[0], reply[1].rstrip(b"\0").decode().replace("%%", "%")
        self.quarantine = [data.rstrip(b"\0").decode() for code, data in edits if code == "q"]
        self.fields = edited(fields, edits)

    def all(self, name):
        return [value for n, value in self.fields if n.lower() == name.lower()]

    def one(self, name):
        found = self.all(name)
        assert len(found) == 1, self.fields
        return found[0]


def edited(fields, edits):
    """The header after the edits, as Postfix and Sendmail do them: change counts among those of one name, insert among all."""
    fields = list(fields)
    for code, data in edits:
        if code in "im":
            number = struct.unpack("!I", data[:4])[0]
            name, value = (part.decode() for part in data[4:].split(b"\0")[:2])
        if code == "i":
            fields.insert(number, (name, value))
        elif code == "m":
            at = [i for i, (n, _) in enumerate(fields) if n.lower() == name.lower()][number - 1]
            assert value == "", "no field is changed, they are only deleted"
            fields[at] = None
            fields = [f for f in fields if f is not None]
    return fields


class Peer:
    def __init__(self, address, version=6, offer=None, timeout=20):
        self.socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self.socket.connect(address)  # waits where the queue of connections is full
        self.socket.settimeout(timeout)
        self.input = b""
        if version:
            self.negotiate(version, *(offer or OFFERS[max(v for v in OFFERS if v <= version)]))

    # --- packets ---

    def raw(self, data):
        self.socket.sendall(data)

    def send(self, command, data=b""):
        self.raw(struct.pack("!I", len(data) + 1) + command.encode() + data)

    def take(self):
        """The next packet: command, data."""
        while len(self.input) < 4 or len(self.input) < 4 + struct.unpack("!I", self.input[:4])[0]:
            try:
                got = self.socket.recv(1 << 20)
            except ConnectionError:
                got = b""
            if not got:
                raise Gone
            self.input += got
        end = 4 + struct.unpack("!I", self.input[:4])[0]
        packet, self.input = self.input[4:end], self.input[end:]
        return chr(packet[0]), packet[1:]

    def is_gone(self, seconds=10):
        """True: the daemon closes the connection within this time, without another word."""
        self.socket.settimeout(seconds)
        try:
            self.take()
        except Gone:
            return True
        except socket.timeout:
            pass
        return False

    def close(self):
        self.socket.close()

    # --- steps ---

    def negotiate(self, version, actions, options):
        self.send("O", struct.pack("!III", version, actions, options))
        code, data = self.take()
        assert code == "O"
        self.version, self.actions, self.options = struct.unpack("!III", data[:12])
        self.wanted = {stage: names.decode() for stage, names in
                       re.findall(rb"(?s)(....)([^\0]+)\0", data[12:])}
        assert self.version <= version and not self.actions & ~actions and not self.options & ~options

    def step(self, command, data=b"", macros=None):
        """One step; waits for CONTINUE where the options say that a reply comes. ret its reply's code, or None"""
        if macros:
            self.send("D", command.encode() + b"".join(f"{n}\0{v}\0".encode() for n, v in macros.items()))
        self.send(command, data)
        if self.options & NO_REPLY[command]:
            return None
        code, _ = self.take()
        assert code in "cs", code
        return code

    def connect(self, host="m.legit.example", ip="192.0.2.10", port=40000, macros=None, helo="m.legit.example"):
        family = "U" if ip is None else "6" if ":" in ip else "4"
        where = b"" if ip is None else struct.pack("!H", port) + ip.encode() + b"\0"
        self.step("C", host.encode() + b"\0" + family.encode() + where, {"j": "mx.rcpt.example", **(macros or {})})
        if helo is not None:
            self.step("H", helo.encode() + b"\0")

    def envelope(self, sender="a@legit.example", rcpts=("b@rcpt.example",), queue_id="4fXyz1", auth=None):
        login = {"{auth_type}": "PLAIN", "{auth_authen}": auth} if auth else {}
        self.step("M", f"<{sender}>\0".encode(), login)
        for rcpt in rcpts:
            self.step("R", f"<{rcpt}>\0".encode())
        if self.version >= 4:
            self.step("T", macros={"i": queue_id})
        else:
            self.send("D", b"Li\0" + queue_id.encode() + b"\0")

    def header(self, fields):
        for name, value in fields:
            if not self.options & LEADING_SPACE and value[:1] == " ":
                value = value[1:]
            self.step("L", f"{name}\0{value}\0".encode("latin-1"))
        self.step("N")

    def body(self, body, chunk=65535):
        """ret  bytes sent; less than all where the daemon has had enough"""
        for at in range(0, len(body), chunk):
            if self.step("B", body[at:at + chunk]) == "s":
                return at + chunk
        return len(body)

    def end(self, fields=(), macros=None):
        if macros:
            self.send("D", b"E" + b"".join(f"{n}\0{v}\0".encode() for n, v in macros.items()))
        self.send("E")
        return self.outcome(fields)

    def outcome(self, fields=()):
        edits, self.progress = [], 0
        while True:
            code, data = self.take()
            if code == "p":
                self.progress += 1
                continue
            if code in "imhq":
                edits.append((code, data))
                continue
            return Outcome(edits, (code, data), fields)

    def message(self, mail, chunk=65535, **envelope):
        """A whole message, given as bytes with CRLF."""
        fields, body = split(mail)
        self.envelope(**envelope)
        self.header(fields)
        self.body(body, chunk)
        return self.end(fields)


def split(mail):
    """A message as a milter shows it: fields with LF for each fold, and the body."""
    head, _, body = mail.partition(b"\r\n\r\n")
    fields = []
    for line in head.decode("latin-1").split("\r\n"):
        if line[:1] in " \t":
            name, value = fields.pop()
            fields.append((name, value + "\n" + line))
        else:
            name, _, value = line.partition(":")
            fields.append((name, value))
    return fields, body


class Ingamd(daemon.Ingamd):
    """Started at once, with a zone as the whole DNS and a milter socket `path` in its folder."""

    def __init__(self, folder, zone=None, conf=None, listens=None, args=()):
        self.path = str(pathlib.Path(folder) / "milter")
        if conf is None:
            args, listens = [*args, "--authserv-id", "mx.rcpt.example"], listens or [f"unix:{self.path}"]
        super().__init__(folder, conf, zone=zone, listen=listens or (), args=args)
        self.start()

    def said(self):
        return "\n".join(self.lines())

    def signal(self, which=signal.SIGTERM):
        self.process.send_signal(which)
