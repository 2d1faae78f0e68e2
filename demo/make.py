#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the mails and the zone of ./run demo, signed by tests/tools/mailseal.py, which shares nothing with the library.

    demo/make.py        writes demo/*.eml and demo/demo.zone; the same bytes each time

Each mail looks as it does in the mailbox of mina@home.example: Return-Path and Received stand on top."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "tools"))
import mailseal  # noqa: E402

KEYS = HERE.parent / "tests" / "keys"
BANK, LIST, CROOK = (mailseal.Key(str(KEYS / name)) for name in ("rsa2048.pem", "rsa4096.pem", "rsa2048-other.pem"))
POET = mailseal.Key(str(KEYS / "ed25519.pem"))
SIGNED = "from:to:subject:date:message-id:mime-version:content-type"
NOON = 1788231600  # 2026-09-01T03:00:00Z, noon in Seoul
# A Cyrillic letter stands where the bank has a Latin a.
LOOKALIKE = "h\u0430nbit.example".encode("idna").decode()


def mail(fields, text):
    """One mail as bytes with CRLF; the usual fields follow those given."""
    given = "".join(f"{name}: {value}\n" for name, value in fields)
    usual = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
    return (given + usual + "\n" + text.strip() + "\n").replace("\n", "\r\n").encode()


def arrived(message, helo, ip, mail_from):
    """Adds what the receiving server writes on top."""
    top = (f"Return-Path: <{mail_from}>\n"
           f"Received: from {helo} ({helo} [{ip}])\n"
           "\tby mx.home.example (Postfix) with ESMTPS id 4cT7Wq2Zl1z3q\n"
           "\tfor <mina@home.example>; Tue, 01 Sep 2026 12:00:07 +0900 (KST)\n")
    return top.replace("\n", "\r\n").encode() + message


def fields(sender, subject, number, domain):
    return [("From", sender), ("To", "Mina Seo <mina@home.example>"), ("Subject", subject),
            ("Date", "Tue, 01 Sep 2026 12:00:00 +0900"), ("Message-ID", f"<{number}@{domain}>")]


STATEMENT = """
Dear Ms Seo,

your statement for August is ready. Sign in with the app to read it.

Incoming   2,400,000 won
Outgoing   1,873,500 won

We never ask for your password, by mail or by telephone.

Hanbit Bank
"""

INVOICE = """
Dear Ms Seo,

thank you for your order of two rose bushes and one apple tree.
Please transfer 184,000 won to this account within 14 days:

    Hanbit Bank 110-2044-8817, Garden House Ltd.

With kind regards
Garden House
"""


def genuine():
    message = mail(fields("Hanbit Bank <post@hanbit.example>", "Your statement for August", 81734, "hanbit.example"),
                   STATEMENT)
    signed = mailseal.seal(message, BANK, "hanbit.example", "s2026", headers=SIGNED, time=NOON)
    return arrived(signed, "mail.hanbit.example", "192.0.2.10", "bounce@hanbit.example")


def forged_from():
    text = """
Dear customer,

we have noticed an unusual sign-in. Confirm your account within 24 hours,
or it will be closed:

    http://hanbit-security.crook.example/confirm

Hanbit Bank, Security
"""
    message = mail(fields("Hanbit Bank <security@hanbit.example>", "Your account will be closed", "x91",
                          "crook.example"), text)
    return arrived(message, "vps-66.crook.example", "203.0.113.66", "security@hanbit.example")


def own_server():
    text = """
Dear Mina,

I hereby appoint you minister of naps. The ceremony is on Friday after lunch.
You can check: it says who it is from at the top of this mail.

The President
"""
    message = mail(fields("The President <president@palace.example>", "A great honour", 3, "prank.example"), text)
    signed = mailseal.seal(message, CROOK, "prank.example", "mail", headers=SIGNED, time=NOON)
    return arrived(signed, "home.prank.example", "198.51.100.23", "joker@prank.example")


def changed():
    message = mail(fields("Garden House <shop@garden.example>", "Invoice 2026-4471", 4471, "garden.example"), INVOICE)
    signed = mailseal.seal(message, BANK, "garden.example", "shop", headers=SIGNED, time=NOON)
    signed = signed.replace(b"Hanbit Bank 110-2044-8817, Garden House Ltd.", b"Crown Bank 773-9120-0042, Garden House Ltd.")
    return arrived(signed, "relay.transit.example", "203.0.113.80", "shop@garden.example")


def mailing_list():
    text = """
Hello all,

the first persimmons are ripe. Who has a ladder that reaches above four metres?

Jun
"""
    head = fields("Jun Ahn <jun@poet.example>", "Ladder wanted", "c1f2", "poet.example")
    head[1] = ("To", "orchard@lists.village.example")
    signed = mailseal.seal(mail(head, text), POET, "poet.example", "ed", headers=SIGNED, time=NOON)
    footer = ("_______________________________________________\r\n"
              "orchard mailing list -- orchard@lists.village.example\r\n"
              "To leave: https://lists.village.example/orchard/leave\r\n")
    signed = signed.replace(b"Subject: Ladder", b"Subject: [orchard] Ladder") + footer.encode()
    signed = b"List-Id: Orchard keepers <orchard.lists.village.example>\r\n" + signed
    signed = mailseal.seal(signed, LIST, "lists.village.example", "l1", headers=SIGNED + ":list-id", time=NOON + 3)
    return arrived(signed, "lists.village.example", "192.0.2.77", "orchard-bounces@lists.village.example")


def two_from():
    text = """
Dear Ms Seo,

your parcel could not be delivered. Pay the customs fee of 2,900 won here:

    http://parcel.crook.example/pay
"""
    head = fields("Parcel Post <info@post.example>", "Your parcel is waiting", "p7", "crook.example")
    head.insert(1, ("From", "Parcel Post <info@crook.example>"))
    signed = mailseal.seal(mail(head, text), CROOK, "crook.example", "mail", headers=SIGNED, time=NOON)
    return arrived(signed, "vps-66.crook.example", "203.0.113.66", "info@crook.example")


def lookalike():
    text = """
Dear Ms Seo,

your statement for August is ready. Please sign in anew to read it:

    https://h\u0430nbit.example/login

Hanbit Bank
"""
    message = mail(fields(f"Hanbit Bank <post@{LOOKALIKE}>", "Your statement for August", 5, LOOKALIKE), text)
    signed = mailseal.seal(message, CROOK, LOOKALIKE, "s1", headers=SIGNED, time=NOON)
    return arrived(signed, "mail." + LOOKALIKE, "203.0.113.99", "bounce@" + LOOKALIKE)


def zone():
    rows = ["; The whole DNS of ./run demo, written by demo/make.py.", "$TTL 3600", "$ORIGIN example.",
            "@ SOA ns.example. admin.example. 1 3600 900 604800 300"]

    def domain(name, spf, dmarc, *keys):
        rows.append("")
        rows.append(f'{name} TXT "v=spf1 {spf}"')
        if dmarc:
            rows.append(f'_dmarc.{name} TXT "v=DMARC1; {dmarc}"')
        for selector, key in keys:
            text = key.record()
            parts = " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text), 200))
            rows.append(f"{selector}._domainkey.{name} TXT {parts}")

    domain("hanbit", "ip4:192.0.2.10 -all", "p=reject; rua=mailto:dmarc@hanbit.example", ("s2026", BANK))
    domain("palace", "-all", "p=reject")
    domain("prank", "ip4:198.51.100.23 -all", "", ("mail", CROOK))
    domain("garden", "ip4:192.0.2.33 ~all", "p=quarantine; rua=mailto:shop@garden.example", ("shop", BANK))
    domain("poet", "ip4:192.0.2.54 -all", "p=quarantine", ("ed", POET))
    domain("lists.village", "ip4:192.0.2.77 -all", "", ("l1", LIST))
    domain("post", "mx -all", "p=reject")
    domain("crook", "ip4:203.0.113.0/24 -all", "", ("mail", CROOK))
    domain(LOOKALIKE.removesuffix(".example"), "ip4:203.0.113.99 -all", "p=reject", ("s1", CROOK))
    rows += ["", "post MX 10 mx.post", "mx.post A 192.0.2.90"]
    return ("\n".join(rows) + "\n").encode()


def main():
    made = {"1-genuine.eml": genuine(), "2-forged-from.eml": forged_from(), "3-own-server.eml": own_server(),
            "4-changed.eml": changed(), "5-list.eml": mailing_list(), "6-two-from.eml": two_from(),
            "7-lookalike.eml": lookalike(), "demo.zone": zone()}
    for name, content in made.items():
        (HERE / name).write_bytes(content)


if __name__ == "__main__":
    main()
