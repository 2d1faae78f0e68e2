# SPDX-License-Identifier: BSD-2-Clause
"""A name server on its bad days. It knows one kind of domain: every NAME.example may send from 192.0.2.0/24 and wants
everything else rejected. How it says so, or does not, is its mode, which may change while it runs.

    with BadDns("silent") as dns:       dns.address is "127.0.0.1@PORT", for UDP and TCP
        ...
        dns.mode = "right"

By itself: baddns.py MODE [PORT] serves until it is ended."""
import random
import socket
import struct
import sys
import threading
import time

TXT, CNAME, SOA = 16, 5, 6
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 0, 1, 2, 3, 4, 5
POINTER = b"\xc0\x0c"  # to the name of the question
SLOW_S = 30


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def record(owner, kind, data, ttl=300):
    return owner + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def text(value):
    value = value.encode()
    return b"".join(bytes([len(value[i:i + 255])]) + value[i:i + 255] for i in range(0, len(value), 255))


class Query:
    """What was asked: id, flags, name as text, its bytes, type; None where it is no question."""

    def __init__(self, data):
        self.id, self.flags = struct.unpack("!HH", data[:4])
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode())
            at += 1 + data[at]
        self.name, self.question = ".".join(labels).lower(), data[12:at + 5]
        self.type = struct.unpack("!H", data[at + 1:at + 3])[0]

    def reply(self, answers=(), authority=(), rcode=NOERROR, **other):
        """A whole packet; id, question, flags may be others than are right."""
        flags = other.get("flags", 0x8580) | rcode
        head = struct.pack("!HHHHHH", other.get("id", self.id), flags, 1, len(answers), len(authority), 0)
        return head + other.get("question", self.question) + b"".join(answers) + b"".join(authority)


def known(query, ttl=300):
    """The records for this question; None: there is no such name."""
    labels = query.name.split(".")
    if labels[-1:] != ["example"] or len(labels) > 3 or (len(labels) == 3 and labels[0] != "_dmarc"):
        return None
    if query.type != TXT or len(labels) == 1:
        return []
    words = "v=DMARC1; p=reject" if len(labels) == 3 else "v=spf1 ip4:192.0.2.0/24 -all"
    return [record(POINTER, TXT, text(words), ttl)]


def negative(query, rcode):
    soa = name("ns.example") + name("h.example") + struct.pack("!IIIII", 1, 3600, 600, 86400, 5)
    return query.reply((), [record(name("example"), SOA, soa, 5)], rcode)


def right(query, tcp, ttl=300):
    records = known(query, ttl)
    if records:
        return query.reply(records)
    return negative(query, NXDOMAIN if records is None else NOERROR)


def large(query, tcp):
    """The right answer among nearly 64 KiB of others, which only TCP can carry."""
    if not tcp:
        return query.reply(flags=0x8780)
    records = known(query)
    if not records:
        return right(query, tcp)
    filling = [record(POINTER, TXT, text(f"{i:0200}")) for i in range(295)]
    return query.reply(records + filling)


def promised(query, tcp):
    """Says that 65,535 bytes come, sends some of them and hangs up."""
    if not tcp:
        return query.reply(flags=0x8780)
    return struct.pack("!H", 65535) + query.reply()[:40], "raw"


def ring(query, tcp):
    return query.reply([record(POINTER, CNAME, b"\x01b" + POINTER), record(b"\x01b" + POINTER, CNAME, POINTER)])


def chain(query, tcp):
    """Each alias leads to another: to the end of the patience of whoever follows."""
    return query.reply([record(POINTER, CNAME, name(f"x{random.getrandbits(40)}.{query.name}"[-200:]))])


def random_bytes(query, tcp):
    return struct.pack("!H", query.id) + random.randbytes(random.randrange(200))


def cut(query, tcp):
    return right(query, tcp)[:-7]


def counted(query, tcp):
    """Says that there are more records than there are."""
    reply = right(query, tcp)
    return reply[:6] + b"\xff\xff" + reply[8:]


def pointers(query, tcp):
    """Compressed names that point at themselves and at each other."""
    loop = struct.pack("!H", 0xc000 | (12 + len(query.question)))
    return query.reply([record(loop, TXT, text("v=spf1 +all"))])


MODES = {
    "right": right,
    "silent": lambda query, tcp: None,
    "slow": lambda query, tcp: (right(query, tcp), SLOW_S),
    "wrong-id": lambda query, tcp: query.reply(known(query) or [], id=query.id ^ 0x5555),
    "wrong-question": lambda query, tcp: query.reply(known(query) or [], question=name("other.example") + query.question[-4:]),
    "query-back": lambda query, tcp: query.reply(known(query) or [], flags=0x0100),
    "truncated": lambda query, tcp: None if tcp else query.reply(flags=0x8780),
    "large": large,
    "promised": promised,
    "ring": ring,
    "chain": chain,
    "garbage": random_bytes,
    "cut": cut,
    "counted": counted,
    "pointers": pointers,
    "empty": lambda query, tcp: b"",
    "header": lambda query, tcp: query.reply()[:12],
    "servfail": lambda query, tcp: query.reply(rcode=SERVFAIL),
    "refused": lambda query, tcp: query.reply(rcode=REFUSED),
    "notimp": lambda query, tcp: query.reply(rcode=NOTIMP),
    "formerr": lambda query, tcp: query.reply(rcode=FORMERR),
    "forever": lambda query, tcp: right(query, tcp, ttl=0x7FFFFFFF),
    "never": lambda query, tcp: right(query, tcp, ttl=0xFFFFFFFF),
}


class BadDns:
    def __init__(self, mode="right", port=0):
        self.mode, self.asked, self.is_over = mode, 0, False
        self.udp, self.tcp = self.bound(port)
        self.port = self.udp.getsockname()[1]
        self.address = f"127.0.0.1@{self.port}"
        for target in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=target, daemon=True).start()

    @staticmethod
    def bound(port):
        """Sockets for both at one port."""
        for _ in range(100):
            udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                udp.bind(("127.0.0.1", port))
                tcp.bind(udp.getsockname())
                tcp.listen(64)
                return udp, tcp
            except OSError:
                udp.close()
                tcp.close()
        raise OSError("no port is free for UDP and TCP")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_over = True
        for s in (self.udp, self.tcp):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def said(self, data, tcp):
        """What goes out and after how long; None: nothing."""
        self.asked += 1
        said = MODES[self.mode](Query(data), tcp)
        return said if isinstance(said, tuple) else (said, 0)

    def serve_udp(self):
        while not self.is_over:
            try:
                data, sender = self.udp.recvfrom(4096)
            except OSError:
                return
            if len(data) < 17:  # no question; the socket is being closed
                continue
            said, wait = self.said(data, False)
            if said is not None:
                threading.Timer(wait, self.send, (said, sender)).start() if wait else self.send(said, sender)

    def send(self, said, sender):
        try:
            self.udp.sendto(said, sender)
        except OSError:
            pass

    def serve_tcp(self):
        while not self.is_over:
            try:
                peer, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.serve_peer, args=(peer,), daemon=True).start()

    def serve_peer(self, peer):
        with peer:
            peer.settimeout(10)
            try:
                while True:
                    n = struct.unpack("!H", peer.recv(2, socket.MSG_WAITALL))[0]
                    said, wait = self.said(peer.recv(n, socket.MSG_WAITALL), True)
                    if said is None:
                        return
                    if wait == "raw":
                        peer.sendall(said)
                        return
                    time.sleep(wait)
                    peer.sendall(struct.pack("!H", len(said)) + said)
            except (OSError, struct.error):
                return


if __name__ == "__main__":
    with BadDns(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0) as served:
        print(served.address, flush=True)
        threading.Event().wait()
