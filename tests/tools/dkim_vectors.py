#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/unit/dkim_vectors.h: signatures of one message, and key records for them. Run it again when keys change:
tests/tools/dkim_vectors.py >tests/unit/dkim_vectors.h"""
import pathlib

import mailseal

KEYS = pathlib.Path(__file__).resolve().parent.parent / "keys"
HEADER = b"From: A <a@author.example>\r\nTo: b@rcpt.example\r\nSubject:  a\ttest \r\n"
BODY = b"One line, \r\n\tanother  one.\r\n\r\nAnd  the last.\r\n\r\n"
WIDTH = 90


def literal(name, data):
    text = data.decode("ascii").replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
    lines = [text[i:i + WIDTH] for i in range(0, len(text), WIDTH)]
    for i in range(len(lines) - 1):
        if lines[i].endswith("\\") and not lines[i].endswith("\\\\"):
            lines[i], lines[i + 1] = lines[i][:-1], "\\" + lines[i + 1]
    print(f"#define {name} \\\n    " + " \\\n    ".join(f'"{line}"' for line in lines))


def main():
    rsa, other, ed, tiny = (mailseal.Key(KEYS / f"{n}.pem") for n in ("rsa1024", "rsa2048-other", "ed25519", "rsa512"))
    message = HEADER + b"\r\n" + BODY

    def field(name, key, domain="author.example", **given):
        given = {"headers": "from:to:subject", "field_only": True, **given}
        literal(f"SIG_{name}", mailseal.seal(message, key, domain, "s", **given))

    print("/* SPDX-License-Identifier: BSD-2-Clause */")
    print("/* Made by tests/tools/dkim_vectors.py. */\n/* clang-format off */")
    literal("HEADER", HEADER)
    literal("BODY", BODY)
    field("RSA", rsa)
    field("SIMPLE", rsa, canon="simple/simple")
    field("ED25519", ed)
    field("TINY", tiny)
    field("OTHER", rsa, domain="other.example")
    field("PARENT", rsa, domain="mail.author.example")
    field("BELOW", rsa, auid="@x.author.example")
    field("PART", rsa, length=9)
    field("WHOLE", rsa, length="all")
    field("LONG", rsa, tags=[("l", "1000")])
    field("WRONG_BODY", rsa, wrong="body")
    field("WRONG_B", rsa, wrong="b")
    field("FUTURE", rsa, time=1780000100, expire=1780000200)
    field("EXPIRED", rsa, time=1700000000, expire=1779999999)
    for name, key in (("RSA", rsa), ("OTHER", other), ("ED25519", ed), ("TINY", tiny)):
        literal(f"P_{name}", key.record(tags=[("v", None), ("k", None)]).encode())
    print("/* clang-format on */")


main()
