#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the signed headers in this folder; the bodies are written by gate.c from the same rule. Same run, same bytes."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))
import mailseal  # noqa: E402

LINES = {"2k": 13, "100k": 1380, "1m": 14200, "10m": 142000}  # of the body, as in gate.c
HEAD = """\
Received: from mx.author.example (mx.author.example [192.0.2.1])
\tby mx.rcpt.example (Postfix) with ESMTPS id 4B2C31A0
\tfor <b@rcpt.example>; Tue, 01 Sep 2026 12:00:00 +0000 (UTC)
From: Alice Author <a@author.example>
To: Bob Reader <b@rcpt.example>
Subject: Minutes of the meeting
Date: Tue, 01 Sep 2026 11:59:00 +0000
Message-ID: <20260901115900.1@author.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

"""
TEXT = ("%07d The minutes of our last meeting are below; please read them soon.\r\n",
        "%07d Alice will bring the numbers, Bob the coffee.  Nobody brought cake.\r\n")  # every eighth line, as in gate.c
HEADERS = "from:to:subject:date:message-id:mime-version:content-type:content-transfer-encoding"


def main():
    key = mailseal.Key(os.path.join(HERE, "..", "keys", "rsa2048.pem"))
    for name, lines in LINES.items():
        message = HEAD.replace("\n", "\r\n") + "".join(TEXT[i % 8 == 7] % i for i in range(lines))
        signed = mailseal.seal(message.encode("ascii"), key, "author.example", "sel", headers=HEADERS, time=1788264000)
        signed = signed[: signed.index(b"\r\n\r\n") + 4]
        with open(os.path.join(HERE, f"head-{name}.eml"), "wb") as file:
            file.write(signed)
    with open(os.path.join(HERE, "gate.zone"), "w", encoding="ascii") as file:
        file.write("; The DNS of the gates; made by make.py.\n$ORIGIN .\n$TTL 300\n"
                   'author.example. IN TXT "v=spf1 ip4:192.0.2.0/24 -all"\n'
                   'mx.author.example. IN TXT "v=spf1 a -all"\nmx.author.example. IN A 192.0.2.1\n'
                   '_dmarc.author.example. IN TXT "v=DMARC1; p=reject; rua=mailto:d@author.example"\n')
        file.write(mailseal.zone_lines("sel._domainkey.author.example", key.record()))


main()
