#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes zones/world.zone and the messages in mail/: run it in this folder when a key or a message here changes.

The same run makes the same bytes; what it makes is kept in the repository, so that the tests need no Python."""
import base64
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))
import mailseal  # noqa: E402

KEYS = {name: mailseal.Key(os.path.join(HERE, "..", "keys", name + ".pem"))
        for name in "rsa512 rsa1023 rsa1024 rsa2048 rsa2048-other rsa2048-e3 rsa4096 ed25519 ed25519-other".split()}
RSA, ED = KEYS["rsa2048"], KEYS["ed25519"]
NOW = 1788264000  # 2026-09-01T12:00:00Z

WORLD = """\
; The DNS of the cases; made by make.py.
$ORIGIN .
$TTL 300
; --- who may send ---
author.example.              IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
mx.author.example.           IN A   192.0.2.1
mx.author.example.           IN TXT "v=spf1 a -all"
news.author.example.         IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
list.example.                IN TXT "v=spf1 ip4:198.51.100.0/24 -all"
mx.list.example.             IN A   198.51.100.1
mx.list.example.             IN TXT "v=spf1 a -all"
soft.example.                IN TXT "v=spf1 ~all"
neutral.example.             IN TXT "v=spf1 ?all"
nospf.example.               IN TXT "just a text"
broken.example.              IN TXT "v=spf1 ip4:192.0.2.300 -all"
twice.example.               IN TXT "v=spf1 -all"
twice.example.               IN TXT "v=spf1 +all"
;!fault down.example TXT SERVFAIL
down.example.                IN TXT "v=spf1 -all"
explain.example.             IN TXT "v=spf1 -all exp=why.explain.example"
why.explain.example.         IN TXT "%{i} is not one of ours"
; --- the limits of SPF ---
ten.example.                 IN TXT "v=spf1 a a a a a a a a a a:mx.author.example -all"
ten.example.                 IN A   203.0.113.9
eleven.example.              IN TXT "v=spf1 a a a a a a a a a a a:mx.author.example -all"
eleven.example.              IN A   203.0.113.9
void2.example.               IN TXT "v=spf1 a:no1.void2.example a:no2.void2.example ip4:192.0.2.1 -all"
void3.example.               IN TXT "v=spf1 a:no1.void3.example a:no2.void3.example a:no3.void3.example ip4:192.0.2.1 -all"
mx2.example.                 IN TXT "v=spf1 mx -all"
mx2.example.                 IN MX  10 a.mx2.example.
mx2.example.                 IN MX  20 b.mx2.example.
a.mx2.example.               IN A   203.0.113.9
b.mx2.example.               IN A   192.0.2.1
ptr.example.                 IN TXT "v=spf1 ptr -all"
77.2.0.192.in-addr.arpa.     IN PTR other.example.
77.2.0.192.in-addr.arpa.     IN PTR x.ptr.example.
other.example.               IN A   192.0.2.77
x.ptr.example.               IN A   192.0.2.77
; --- what they ask for ---
_dmarc.author.example.       IN TXT "v=DMARC1; p=reject; sp=quarantine; np=reject; rua=mailto:d@author.example"
_dmarc.list.example.         IN TXT "v=DMARC1; p=none"
strict.example.              IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.strict.example.       IN TXT "v=DMARC1; p=reject; adkim=s; aspf=s"
sub.strict.example.          IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
quarantine.example.          IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.quarantine.example.   IN TXT "v=DMARC1; p=quarantine"
testing.example.             IN TXT "v=spf1 -all"
_dmarc.testing.example.      IN TXT "v=DMARC1; p=reject; t=y"
testq.example.               IN TXT "v=spf1 -all"
_dmarc.testq.example.        IN TXT "v=DMARC1; p=quarantine; t=y"
open.example.                IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
downdmarc.example.           IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
;!fault _dmarc.downdmarc.example TXT TIMEOUT
twodmarc.example.            IN TXT "v=spf1 -all"
_dmarc.twodmarc.example.     IN TXT "v=DMARC1; p=reject"
_dmarc.twodmarc.example.     IN TXT "v=DMARC1; p=none"
badp.example.                IN TXT "v=spf1 -all"
_dmarc.badp.example.         IN TXT "v=DMARC1; p=refuse"
badprua.example.             IN TXT "v=spf1 -all"
_dmarc.badprua.example.      IN TXT "v=DMARC1; p=refuse; rua=mailto:d@badprua.example"
"""

PLAIN = """\
From: Alice <a@author.example>
To: Bob <b@rcpt.example>
Subject: Lunch
Date: Tue, 01 Sep 2026 11:59:00 +0000
Message-ID: <1@author.example>

Shall we meet  at noon?

Alice
"""


def message(text=PLAIN, **changed):
    """The text with fields replaced: From="...", Subject="..."."""
    for name, value in changed.items():
        start = text.index(name + ": ")
        text = text[:start] + name + ": " + value + text[text.index("\n", start):]
    return text.replace("\n", "\r\n").encode("utf-8")


def record(selector, key, domain="author.example", tags=(), bare=False, text=None):
    return mailseal.zone_lines(f"{selector}._domainkey.{domain}", key.record(tags, bare) if text is None else text)


def even_exponent():
    """An RSA key of 1024 bits whose public exponent is 2."""
    inner = mailseal.der_write(0x30, mailseal.der_uint(KEYS["rsa1024"].n) + mailseal.der_uint(2))
    return base64.b64encode(inner).decode()


def world():
    short = KEYS["rsa1024"].record()
    return "".join([
        WORLD, "; --- keys ---\n",
        record("rsa", RSA), record("bare", RSA, bare=True), record("ed", ED), record("rsa4096", KEYS["rsa4096"]),
        record("e3", KEYS["rsa2048-e3"]), record("short", KEYS["rsa1024"]), record("tooshort", KEYS["rsa1023"]),
        record("tiny", KEYS["rsa512"]), record("wrong", KEYS["rsa2048-other"]), record("wronged", KEYS["ed25519-other"]),
        record("testing", KEYS["rsa1024"], tags=[("t", "y")]), record("strict", KEYS["rsa1024"], tags=[("t", "s")]),
        record("sha1", KEYS["rsa1024"], tags=[("h", "sha1")]), record("notmail", KEYS["rsa1024"], tags=[("s", "tlsrpt")]),
        record("both", KEYS["rsa1024"], tags=[("h", "sha1:sha256"), ("s", "email:*"), ("n", "a note"), ("g", "*")]),
        record("version", KEYS["rsa1024"], tags=[("v", "DKIM2")]),
        record("kind", KEYS["rsa1024"], tags=[("k", "dsa")]), record("mixed", ED, tags=[("k", "rsa")]),
        record("revoked", RSA, text="v=DKIM1; k=rsa; p="), record("nop", RSA, text="v=DKIM1; k=rsa"),
        record("junk", RSA, text="this is no key"), record("base64", RSA, text="v=DKIM1; k=rsa; p=????"),
        record("even", RSA, text="v=DKIM1; p=" + even_exponent()),
        "".join(record("many", RSA, text=f"v=DKIM1; p=; n={i}") for i in range(20)), record("many", KEYS["rsa1024"]),
        record("der", RSA, text="v=DKIM1; k=rsa; p=AAECAwQF"), record("ed31", ED, text="v=DKIM1; k=ed25519; p=AAECAwQF"),
        record("tagtwice", RSA, text=short + "; k=rsa"),
        record("two", RSA, text="v=DKIM1; k=rsa; p="), record("two", KEYS["rsa1024"]),
        ";!fault down._domainkey.author.example TXT SERVFAIL\n", record("down", KEYS["rsa1024"]),
        record("sel", KEYS["rsa1024"], domain="list.example"), record("sel", KEYS["rsa1024"], domain="news.author.example"),
        record("sel", KEYS["rsa1024"], domain="sub.strict.example"), record("sel", KEYS["rsa1024"], domain="strict.example"),
        record("sel", KEYS["rsa1024"], domain="other.example"), record("sel", ED, domain="xn--bcher-kva.example"),
    ])


def sealed(selector, key=None, domain="author.example", of=None, **options):
    return mailseal.seal(message() if of is None else of, key or KEYS["rsa1024"], domain, selector, **options)


def tampered(data, old, new):
    assert old in data
    return data.replace(old, new, 1)


def simple_cases():
    """One signature each: name -> bytes."""
    yield "plain", message()
    for name, key in (("rsa", RSA), ("bare", RSA), ("ed", ED), ("rsa4096", KEYS["rsa4096"]), ("e3", KEYS["rsa2048-e3"]),
                      ("tooshort", KEYS["rsa1023"]), ("wronged", ED), ("wrong", RSA)):
        yield name, sealed(name, key)
    for name in ("short", "testing", "strict", "sha1", "notmail", "both", "version", "kind", "revoked", "nop", "junk",
                 "base64", "der", "even", "many", "tagtwice", "two", "down", "absent"):
        yield name, sealed(name)
    yield "ed31", sealed("ed31", ED)
    yield "mixed", sealed("mixed", ED)
    for canon in ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed", "simple"):
        yield "c-" + canon.replace("/", "-"), sealed("short", canon=canon)
    for canon in ("simple/simple", "relaxed/relaxed"):
        name = "empty-" + canon.split("/", maxsplit=1)[0]
        yield name, sealed("short", of=message().split(b"\r\n\r\n")[0] + b"\r\n\r\n", canon=canon)


def wrong_cases():
    """Signatures that cannot pass, and messages changed on the way."""
    good = sealed("short", expire=NOW + 3600, time=NOW - 60)
    yield "timed", good
    yield "body-changed", tampered(good, b"at noon", b"at nine")
    yield "subject-changed", tampered(good, b"Subject: Lunch", b"Subject: [list] Lunch")
    yield "respaced", tampered(tampered(good, b"meet  at noon?", b"meet at \t noon? "), b"Subject: ", b"SUBJECT:\t ")
    yield "appended", good + b"-- \r\nlist footer\r\n"
    yield "blank-lines", good + b"\r\n\r\n"
    yield "expired", sealed("short", expire=NOW - 1, time=NOW - 3600)
    yield "future", sealed("short", time=NOW + 7 * 86400)
    yield "x-before-t", sealed("short", time=NOW, expire=NOW - 10)
    for wrong in ("b", "bh", "short-b", "empty-b", "zero-b", "padding", "no-null", "short-ff"):
        yield "wrong-" + wrong, sealed("short", wrong=wrong)
    yield "l-all", sealed("short", length="all")
    yield "l-footer", sealed("short", length="all") + b"-- \r\nlist footer\r\n"
    yield "l-more", sealed("short", tags=[("l", "100000")])
    yield "rsa-sha1", sealed("short", algorithm="rsa-sha1")
    yield "oversigned", sealed("short", headers="from:from:to:subject:subject:date:nosuch")
    yield "oversigned-added", tampered(sealed("short", headers="from:to:subject:subject:date"), b"To: Bob",
                                       b"Subject: two\r\nTo: Bob")


TAGS = {"no-from": [("h", "to:subject")], "no-v": [("v", None)], "v-2": [("v", "2")], "no-a": [("a", None)],
        "a-odd": [("a", "rsa-md5")], "a-junk": [("a", "?")], "no-b": [("b", None)], "no-bh": [("bh", None)],
        "bh-short": [("bh", "AAAA")], "bh-junk": [("bh", "####")], "no-d": [("d", None)], "d-bad": [("d", "a..b")],
        "no-h": [("h", None)], "h-empty": [("h", "")], "no-s": [("s", None)], "s-bad": [("s", "-_-.")],
        "i-other": [("i", "@other.example")], "i-junk": [("i", "nobody")], "q-odd": [("q", "dns/dnssec")],
        "q-some": [("q", "x/y:dns/txt")], "c-odd": [("c", "nofws/relaxed")], "l-odd": [("l", "-1")], "t-odd": [("t", "soon")],
        "x-odd": [("x", "never")], "z": [("z", "From:a@author.example|To:b@rcpt.example")], "unknown": [("foo", "bar")],
        "long-number": [("t", "9" * 80)], "h-junk": [("h", "from:to subject")], "l-long": [("l", "9" * 77)],
        "s-long": [("s", ".".join(["x" * 60] * 4))]}


def tag_cases():
    """A tag missing, or with a value that does not fit."""
    for name, tags in TAGS.items():
        yield "tag-" + name, sealed("short", tags=tags)
    good = sealed("short")
    yield "tag-twice", tampered(good, b"v=1;", b"v=1; v=1;")
    yield "tag-syntax", tampered(good, b"v=1;", b"v=1;;")
    yield "tag-d-b64", tampered(good, b"b=", b"b=*")
    yield "i-sub", sealed("short", auid="x@mail.author.example")
    yield "i-sub-strict", sealed("strict", auid="x@mail.author.example")


def several_cases():
    """Several signatures, other authors, and what goes round with lists."""
    short = KEYS["rsa1024"]
    yield "double", sealed("ed", ED, of=sealed("rsa", RSA))
    yield "double-one-bad", sealed("short", wrong="b", of=sealed("rsa", RSA))
    yield "list-kept", mailseal.seal(sealed("short"), short, "list.example", "sel")
    listed = tampered(sealed("short"), b"Subject: Lunch", b"Subject: [list] Lunch") + b"-- \r\nlist footer\r\n"
    yield "list-broken", mailseal.seal(listed, short, "list.example", "sel")
    munged = message(From='"Alice via list" <list@list.example>')
    yield "list-munged", mailseal.seal(munged, short, "list.example", "sel")
    many = message()
    for i in range(9):
        many = mailseal.seal(many, short, "other.example", "sel", tags=[("n", str(i))])
    yield "nine", sealed("short", of=many)
    sibling = mailseal.seal(message(From="a@sales.author.example"), short, "news.author.example", "sel")
    yield "sibling", mailseal.seal(sibling, short, "other.example", "sel")
    yield "sub", mailseal.seal(message(From="a@news.author.example"), short, "author.example", "short")
    yield "parent", mailseal.seal(message(), short, "news.author.example", "sel")
    yield "strict-sub", mailseal.seal(message(From="a@strict.example"), short, "sub.strict.example", "sel")
    yield "strict-same", mailseal.seal(message(From="a@strict.example"), short, "strict.example", "sel")
    yield "unaligned", mailseal.seal(message(), short, "other.example", "sel")
    yield "idn", mailseal.seal(message(From="a@bücher.example"), ED, "xn--bcher-kva.example", "sel")
    yield "idn-d", mailseal.seal(message(From="a@bücher.example"), ED, "bücher.example", "sel")




class Chain:
    """A message and the ARC sets on it."""

    def __init__(self, message_bytes):
        self.message, self.sets = message_bytes, []

    def add(self, domain="list.example", selector="sel", cv=None, results=None, **options):
        """Seals once more. ams, as_: (name, value) pairs that replace or remove tags of the two signatures."""
        key, i = options.pop("key", KEYS["rsa1024"]), len(self.sets) + 1
        ams, as_ = options.pop("ams", []), options.pop("as_", [])
        aar = f"ARC-Authentication-Results: i={i}; {results or 'mx.list.example; dmarc=pass header.from=author.example'}\r\n"
        usual = [("v", None), ("i", str(i))]
        ams = mailseal.seal(self.message, key, domain, selector, name="ARC-Message-Signature", field_only=True,
                            tags=usual + ams, **options)
        tags = {"i": str(i), "a": key.kind + "-sha256", "cv": cv or ("pass" if self.sets else "none"), "d": domain,
                "s": selector, "b": ""}
        tags.update(as_)
        tags = {n: v for n, v in tags.items() if v is not None}
        seal = "ARC-Seal: " + "; ".join(f"{n}={v}" for n, v in tags.items())
        new = [aar.encode(), ams]
        covered = new if cv == "fail" else sum(self.sets, []) + new
        data = b"".join(mailseal.relaxed_header(f) for f in covered) + mailseal.relaxed_header(seal.encode() + b"\r\n")[:-2]
        tags["b"] = mailseal.fold(base64.b64encode(key.sign(data)).decode(), 64)
        seal = "ARC-Seal: " + "; ".join(f"{n}={v}" for n, v in tags.items()) + "\r\n"
        self.sets.append(new + [seal.encode()])
        self.message = seal.encode() + ams + aar.encode() + self.message
        return self

    def through(self, old, new):
        self.message = tampered(self.message, old, new)
        return self


def listed(chain):
    """What a list does to a message before it seals it."""
    chain.through(b"Subject: Lunch", b"Subject: [list] Lunch")
    chain.message += b"-- \r\nlist footer\r\n"
    return chain


def arc_cases():
    """Chains, good and bad."""
    def one(**options):
        return Chain(sealed("short")).add(**options)
    yield "arc-one", one().message
    yield "arc-list", listed(Chain(sealed("short")).add("other.example")).add().message
    yield "arc-three", one().add("news.author.example").add("other.example").message
    yield "arc-ed", Chain(sealed("short")).add("xn--bcher-kva.example", key=ED).message
    yield "arc-claim", one(results="mx.google.example; arc=pass (i=1 spf=pass spfdomain=author.example dmarc=pass "
                           "fromdomain=author.example); dmarc=pass header.from=author.example").message
    yield "arc-failed-before", one(results="mx.list.example; dmarc=fail header.from=author.example").message
    yield "arc-cv-fail", one().add(cv="fail").message
    yield "arc-cv-wrong", one(cv="pass").message
    yield "arc-instance", tampered(one().message, b"ARC-Seal: i=1", b"ARC-Seal: i=0")
    yield "arc-incomplete", b"\r\n".join(line for line in one().message.split(b"\r\n") if not line.startswith(b"ARC-Auth"))
    yield "arc-twice", b"ARC-Authentication-Results: i=1; x.example; none\r\n" + one().message
    yield "arc-seal-h", one(as_=[("h", "from")]).message
    yield "arc-seal-covered", one(headers="from:arc-seal").message
    yield "arc-seal-unusable", one(as_=[("d", None)]).message
    yield "arc-ams-unusable", one(ams=[("bh", None)]).message
    yield "arc-body", tampered(one().message, b"at noon", b"at nine")
    yield "arc-partly", one(length="all").message + b"-- \r\nlist footer\r\n"
    yield "arc-subject", one().through(b"Subject: Lunch", b"Subject: Dinner").message
    yield "arc-seal-wrong", one().through(b"dmarc=pass", b"dmarc=fail").message
    yield "arc-old-broken", listed(one()).add("other.example").message
    for name in ("absent", "down", "revoked"):
        yield "arc-key-" + name, one(domain="author.example", selector=name).message


def write(name, data):
    path = os.path.join(HERE, name)
    with open(path, "wb") as file:
        file.write(data)


def main():
    for folder in ("mail", "zones"):
        os.makedirs(os.path.join(HERE, folder), exist_ok=True)
    write("zones/world.zone", world().encode("ascii"))
    for make in (simple_cases, wrong_cases, tag_cases, several_cases, arc_cases):
        for name, data in make():
            write(f"mail/{name}.eml", data)


main()
