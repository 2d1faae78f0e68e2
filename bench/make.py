#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""make.py FOLDER: the messages that are measured, signed, and the DNS records they need. Same run, same bytes.

The text is what mail holds: paragraphs with double spaces here and there, quoted lines, blank lines, a bit of HTML with
indents; a message of kind `attached` is base64 behind a short text, as large mail mostly is."""
import base64
import hashlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "tools"))
import mailseal  # noqa: E402

SIZES = {"2k": 2 << 10, "100k": 100 << 10, "1m": 1 << 20, "10m": 10 << 20}
HEAD = """\
Received: from mx.author.example (mx.author.example [192.0.2.1])
\tby mx.rcpt.example (Postfix) with ESMTPS id 4B2C31A0
\tfor <b@rcpt.example>; Tue, 01 Sep 2026 12:00:00 +0000 (UTC)
From: Alice Author <a@author.example>
To: Bob Reader <b@rcpt.example>
Subject: Minutes of the meeting, and what is left to do
Date: Tue, 01 Sep 2026 11:59:00 +0000
Message-ID: <20260901115900.1@author.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

"""
TEXT = """\
Hello Bob,

the minutes of our last meeting are below; please read them before Friday.  If something is missing, tell me,
and I shall add it.  The numbers for the third quarter:

    north      1,204.50
    south        987.00

> On Monday Carol wrote:
> > the old figures were wrong in two places, see the sheet that I sent with my last letter
> thank you, that explains it.

<table>
  <tr><td>north</td><td align="right">1,204.50</td></tr>
  <tr><td>south</td><td align="right">987.00</td></tr>
</table>

Alice
--\x20
Alice Author, Example Works, 1 Long Lane, Town
"""
HEADERS = "from:to:subject:date:message-id:mime-version:content-type:content-transfer-encoding"
RECORDS = {
    "author.example": "v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.0/24 -all",
    "mx.author.example": "v=spf1 ip4:192.0.2.1 -all",
    "_dmarc.author.example": "v=DMARC1; p=reject; rua=mailto:d@author.example",
}


def attachment(n):
    """n bytes or so of base64 lines of 76 characters."""
    data = b"".join(hashlib.sha512(b"%d" % i).digest() for i in range(n * 57 // 78 // 64))
    return base64.encodebytes(data).decode("ascii")


def body(size, is_attached):
    if is_attached:
        return TEXT + attachment(size - len(TEXT))
    lines = (TEXT * (size // len(TEXT) + 1))[:size].split("\n")[:-1]
    return "\n".join(lines) + "\n"


def message(size, is_attached=False):
    room = SIZES[size] - len(HEAD) - 500  # a signature
    return (HEAD + body(room, is_attached)).replace("\n", "\r\n").encode("ascii")


def spf_chain(depth):
    """A sender whose record includes, DEPTH times over, the one that holds the address."""
    for i in range(depth + 1):
        name = f"spf{depth}.example" if i == 0 else f"i{i}.spf{depth}.example"
        term = f"include:i{i + 1}.spf{depth}.example" if i < depth else "ip4:192.0.2.0/24"
        RECORDS[name] = f"v=spf1 ip4:198.51.100.{i} ip4:203.0.113.0/25 {term} ~all"


def main(folder):
    rsa, ed = (mailseal.Key(os.path.join(HERE, "..", "tests", "keys", name)) for name in ("rsa2048.pem", "ed25519.pem"))

    def write(name, data):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)

    def seal(mail, key, selector, canon="relaxed/relaxed"):
        return mailseal.seal(mail, key, "author.example", selector, headers=HEADERS, canon=canon, time=1700000000)

    for size in SIZES:
        write(f"plain-{size}.eml", message(size))
        write(f"rsa-{size}.eml", seal(message(size), rsa, "rsa"))
        write(f"simple-{size}.eml", seal(message(size), rsa, "rsa", "simple/simple"))
        write(f"attached-{size}.eml", seal(message(size, size != "2k"), rsa, "rsa"))
    write("ed25519-2k.eml", seal(message("2k"), ed, "ed"))
    write("double-2k.eml", seal(seal(message("2k"), ed, "ed"), rsa, "rsa"))
    for name, key in (("rsa", rsa), ("ed", ed)):
        RECORDS[f"{name}._domainkey.author.example"] = key.record()
    for depth in (3, 9):
        spf_chain(depth)
    write("records.txt", "".join(f"{name} {text}\n" for name, text in RECORDS.items()).encode("ascii"))


main(*sys.argv[1:])
