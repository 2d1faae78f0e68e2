#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""ARC as dkimpy does it: `dkimpy_arc.py verify|seal KEY RECORD <message`.

verify prints pass, fail or none; seal prints the sealed message. RECORD is a file with the key record, which is the answer
to every question."""
import sys

import dkim

SEALER = dict(selector=b"sel", domain=b"legit.example", srv_id=b"mx.rcpt.example", timestamp="1788264000")


def main():
    what, key, record = sys.argv[1:]
    mail = sys.stdin.buffer.read()
    with open(record, "rb") as file:
        answer = file.read()
    if what == "verify":
        sys.stdout.buffer.write(dkim.arc_verify(mail, dnsfunc=lambda name, timeout=5: answer)[0])
        return
    with open(key, "rb") as file:
        fields = dkim.arc_sign(mail, privkey=file.read(), include_headers=[b"from", b"to", b"subject", b"date"], **SEALER)
    sys.stdout.buffer.write(b"".join(fields) + mail)


if __name__ == "__main__":
    main()
