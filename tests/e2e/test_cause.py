# SPDX-License-Identifier: BSD-2-Clause
"""The cause finder: sign a message, do to it what happens to mail on its way, and see that `ingam check` names it.

One row each: what is signed, what is done, which kind must be named, whether it must be proved, what else must be found.
"""
import base64
import json
import os
import quopri
import re
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tools"))
import mailseal  # noqa: E402

KEYS = os.path.join(HERE, "..", "keys")
INGAM = os.environ.get("INGAM", os.path.join(HERE, "..", "..", "build", "asan", "ingam"))
NOW = "2026-11-01T12:00:00Z"

TEXT = b"\r\n".join([b"Dear colleagues,", b"", b"the figures for the third quarter are in the table below.", b"",
                     b"  north   120", b"  south    98", b"", b"From here on we count differently.",
                     b"Please answer by Friday.", b"", b"-- ", b"Ann Author", b"Finance"]) + b"\r\n"
EIGHT = "Grüße aus Köln,\r\nwir sehen uns am Dienstag = übermorgen.\r\n\r\nÄnne\r\n".encode()
LONG = b"word " * 260 + b"end\r\nshort line\r\n"
PARTS = (b"--one\r\nContent-Type: text/plain\r\n\r\nhello\r\n--one\r\nContent-Type: text/html\r\n\r\n<p>hello</p>\r\n"
         b"--one--\r\n")


def message(body=TEXT, extra=b"", subject=b"Figures for the third quarter", sender=b"Ann Author <ann@author.example>"):
    return (b"From: " + sender + b"\r\nTo: Bob Reader <bob@rcpt.example>, carol@rcpt.example\r\nSubject: " + subject
            + b"\r\nDate: Sun, 01 Nov 2026 09:30:00 +0000\r\nMessage-ID: <1@author.example>\r\n" + extra + b"\r\n" + body)


def in_body(change):
    def apply(mail):
        head, body = mail.split(b"\r\n\r\n", 1)
        return head + b"\r\n\r\n" + change(body)
    return apply


def in_head(change):
    def apply(mail):
        head, body = mail.split(b"\r\n\r\n", 1)
        return change(head + b"\r\n") + b"\r\n" + body
    return apply


def replace(old, new):
    def apply(mail):
        assert old in mail, old
        return mail.replace(old, new, 1)
    return apply


def both(*changes):
    def apply(mail):
        for change in changes:
            mail = change(mail)
        return mail
    return apply


def flip_b(mail):
    """Changes one character in the middle of b=."""
    at = mail.index(b"b=", mail.index(b"bh=") + 3) + 40
    other = b"A" if mail[at:at + 1] != b"A" else b"B"
    return mail[:at] + other + mail[at + 1:]


def cut_b(mail):
    at = mail.index(b"b=", mail.index(b"bh=") + 3)
    return mail[:at + 30] + mail[at + 50:]


def wrapped_by_list(mail):
    head, body = mail.split(b"\r\n\r\n", 1)
    return (head + b"\r\nContent-Type: multipart/mixed; boundary=\"list\"\r\n\r\n--list\r\nContent-Type: text/plain\r\n\r\n"
            + body + b"\r\n--list\r\nContent-Type: text/plain\r\n\r\n_____\r\nlist mailing list\r\n--list--\r\n")


def broken_lines(width):
    def change(body):
        out = []
        for line in body.split(b"\r\n"):
            while len(line) > width:
                out.append(line[:width])
                line = line[width:]
            out.append(line)
        return b"\r\n".join(out)
    return change


def to_qp(body):
    return quopri.encodestring(body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


def to_base64(body):
    text = base64.b64encode(body)
    return b"".join(text[i:i + 76] + b"\r\n" for i in range(0, len(text), 76))


def double_lines(body):
    return body.replace(b"\r\n", b"\r\n\r\n")


def add_spaces(body):
    return re.sub(rb"(?m)(?<=[a-z])\r\n", b"  \r\n", body)


FOOTER = b"_______________\r\nlist mailing list\r\nlist@lists.example\r\n"
CTE8 = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
CTEQ = CTE8.replace(b"8bit", b"quoted-printable")
MULTI = b"Content-Type: multipart/alternative; boundary=one\r\n"
SIMPLE = {"canon": "simple/simple"}
tag_subject = replace(b"Subject: ", b"Subject: [figures] ")
NAMED = "from:to:subject:date:message-id"


def row(name, change, kind, proved=True, also=(), mail=None, key="rsa2048", **sign):
    return pytest.param(change, kind, proved, also, mail or message(), key, sign, id=name)


ROWS = [
    row("footer", in_body(lambda b: b + FOOTER), "body-appended"),
    row("footer-simple", in_body(lambda b: b + FOOTER), "body-appended", **SIMPLE),
    row("footer-and-tag", both(in_body(lambda b: b + FOOTER), tag_subject), "body-appended", also=["subject-tagged"]),
    row("footer-and-tag-ed25519", both(in_body(lambda b: b + FOOTER), tag_subject), "body-appended",
        also=["subject-tagged"], key="ed25519"),
    row("footer-before-boundary", in_body(replace(b"--one--", b"--one\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--one--")),
        "body-appended", mail=message(PARTS, MULTI)),
    row("banner", in_body(lambda b: b"CAUTION: external mail\r\n\r\n" + b), "body-changed"),
    row("banner-and-footer", in_body(lambda b: b"CAUTION: external mail\r\n\r\n" + b + FOOTER), "body-appended"),
    row("truncated-l", in_body(lambda b: b[:60] + b"\r\n"), "body-truncated", length="all"),
    row("truncated-boundary", in_body(replace(b"--one--\r\n", b"")), "body-truncated", mail=message(PARTS, MULTI)),
    row("truncated-likely", in_body(lambda b: b[:60]), "body-truncated", False, mail=message(PARTS, MULTI)),
    row("ends-within-a-line", in_body(lambda b: b[:60]), "body-changed"),
    row("added-without-line-end", in_body(lambda b: b[:40] + b" pay 9000 " + b[40:] + b"PS: now"), "body-changed"),
    row("doubled-cr", in_body(lambda b: b.replace(b"\r\n", b"\r\r\n")), "body-line-endings"),
    row("bare-lf", in_body(replace(b"figures for the third quarter are in the table below.\r\n",
                                   b"figures for the third quarter are in the table below.\n")), "body-line-endings"),
    row("trailing-space", in_body(add_spaces), "body-trailing-space", **SIMPLE),
    row("signature-mark", in_body(replace(b"-- \r\n", b"--\r\n")), "body-trailing-space", **SIMPLE),
    row("blank-in-front", in_body(lambda b: b"\r\n" + b), "body-blank-lines"),
    row("blank-lost", in_body(lambda b: b[2:]), "body-blank-lines", mail=message(b"\r\n" + TEXT)),
    row("doubled-lines", in_body(double_lines), "body-blank-lines"),
    row("8bit-to-qp", both(in_body(to_qp), replace(b"8bit", b"quoted-printable")), "body-recoded",
        mail=message(EIGHT, CTE8)),
    row("8bit-to-base64", both(in_body(to_base64), replace(b"8bit", b"base64")), "body-recoded", mail=message(EIGHT, CTE8)),
    row("qp-to-8bit", both(in_body(lambda b: EIGHT), replace(b"quoted-printable", b"8bit")), "body-recoded",
        mail=message(to_qp(EIGHT), CTEQ)),
    row("recoded-signed-cte", both(in_body(to_qp), replace(b"8bit", b"quoted-printable")), "body-recoded",
        also=["mime-changed"], mail=message(EIGHT, CTE8), headers=NAMED + ":content-type:content-transfer-encoding"),
    row("rewrapped-998", in_body(broken_lines(998)), "body-rewrapped", mail=message(LONG)),
    row("rewrapped-78", in_body(broken_lines(78)), "body-rewrapped", mail=message(LONG)),
    row("mime-wrapped", wrapped_by_list, "mime-changed"),
    row("mbox-escape", in_body(replace(b"\r\nFrom here", b"\r\n>From here")), "body-changed"),
    row("word-changed", in_body(replace(b"120", b"999")), "body-changed"),
    row("word-changed-tag", both(in_body(replace(b"120", b"999")), tag_subject), "body-changed", also=["subject-tagged"]),
    row("tag", tag_subject, "subject-tagged"),
    row("tag-ed25519", tag_subject, "subject-tagged", key="ed25519"),
    row("tag-external", replace(b"Subject: ", b"Subject: [EXTERNAL] "), "subject-tagged"),
    row("tag-stars", replace(b"Subject: ", b"Subject: ***SPAM*** "), "subject-tagged"),
    row("tag-behind-re", replace(b"Subject: Re: ", b"Subject: Re: [figures] "), "subject-tagged",
        mail=message(subject=b"Re: Figures")),
    row("from-rewritten", both(replace(b"From: Ann Author <ann@author.example>",
                                       b"From: Ann Author via Figures <figures@lists.example>"),
                               in_head(lambda h: h + b"Reply-To: Ann Author <ann@author.example>\r\n")), "from-rewritten"),
    row("reply-to-added", in_head(lambda h: h + b"Reply-To: list@lists.example\r\n"), "reply-to-added",
        headers=NAMED + ":reply-to"),
    row("list-headers", in_head(lambda h: h + b"List-Id: <figures.lists.example>\r\nList-Unsubscribe: <mailto:l@lists.example>\r\n"),
        "list-headers", headers=NAMED + ":list-id:list-unsubscribe"),
    row("list-all", both(tag_subject, in_body(lambda b: b + FOOTER),
                         in_head(lambda h: h + b"Reply-To: list@lists.example\r\nList-Id: <figures.lists.example>\r\n")),
        "body-appended", also=["subject-tagged", "reply-to-added", "list-headers"], headers=NAMED + ":reply-to:list-id"),
    row("header-added", in_head(lambda h: h + b"Cc: x@evil.example\r\n"), "header-added", headers=NAMED + ":cc"),
    row("second-from", in_head(lambda h: b"From: x@evil.example\r\n" + h), "header-added", headers="from:" + NAMED),
    row("header-removed-z", in_head(replace(b"Message-ID: <1@author.example>\r\n", b"")), "header-removed",
        copied="Message-ID:<1@author.example>|From:Ann=20Author=20<ann@author.example>"),
    row("header-changed-z", replace(b"To: Bob Reader", b"To: Rob Leader"), "header-changed",
        copied="To:Bob=20Reader=20<bob@rcpt.example>,=20carol@rcpt.example"),
    row("header-removed-likely", in_head(replace(b"Message-ID: <1@author.example>\r\n", b"")), "header-removed", False),
    row("refolded", replace(b"rcpt.example>, carol", b"rcpt.example>,\r\n\tcarol"), "header-refolded", **SIMPLE),
    row("name-case", replace(b"Message-ID:", b"Message-Id:"), "header-case", headers="From:To:Subject:Date:Message-ID",
        **SIMPLE),
    row("value-case", replace(b"<1@author.example>", b"<1@AUTHOR.EXAMPLE>"), "header-case"),
    row("date-gmt", replace(b"+0000", b"GMT"), "date-normalised"),
    row("date-day", replace(b"Sun, 01 Nov", b"Sun, 1 Nov"), "date-normalised"),
    row("date-zone", replace(b"09:30:00 +0000", b"10:30:00 +0100"), "date-normalised"),
    row("address-quotes", replace(b"Bob Reader <", b"\"Bob Reader\" <"), "address-normalised"),
    row("address-angles", replace(b", carol@rcpt.example", b", <carol@rcpt.example>"), "address-normalised"),
    row("address-space", replace(b">, carol", b">,carol"), "address-normalised"),
    row("own-field-spaced", replace(b"bh=", b"bh= "), "header-refolded", separator="; "),
    row("corrupted", flip_b, "signature-corrupted"),
    row("corrupted-ed25519", flip_b, "signature-corrupted", key="ed25519"),
    row("corrupted-short", cut_b, "signature-corrupted"),
    row("uncovered", in_body(lambda b: b + FOOTER), "l-tag-uncovered", length="all"),
]


def judge(tmp_path, mail, record, at=NOW, status=(0, 1)):
    (tmp_path / "mail.eml").write_bytes(mail)
    (tmp_path / "dns.zone").write_text(record)
    done = subprocess.run([INGAM, "check", "--json", "--dns", str(tmp_path / "dns.zone"), "--at", at, "--ip", "192.0.2.1",
                           "--helo", "m.author.example", "--mail-from", "ann@author.example", str(tmp_path / "mail.eml")],
                          capture_output=True, timeout=60, check=False)
    assert done.returncode in status, done.stderr.decode()
    return json.loads(done.stdout)["dkim"][0]


def zone(key, record=None):
    record = record or key.record()
    return mailseal.zone_lines("sel._domainkey.author.example", record) + "\nauthor.example. 300 IN A 192.0.2.1\n"


def key_of(name):
    return mailseal.Key(os.path.join(KEYS, name + ".pem"))


@pytest.mark.parametrize("change, kind, proved, also, mail, key, sign", ROWS)
def test_kind(tmp_path, change, kind, proved, also, mail, key, sign):
    key = key_of(key)
    sign.setdefault("headers", NAMED)
    sign.setdefault("canon", "relaxed/relaxed")
    signed = mailseal.seal(mail, key, "author.example", "sel", **sign)
    assert judge(tmp_path, signed, zone(key))["result"] == "pass"
    got = judge(tmp_path, change(signed), zone(key))
    assert got["result"] != "pass"
    assert got["cause"]["kind"] == kind, got
    assert got["cause"]["proved"] is proved, got
    assert set(also) <= set(got["cause"]["also"]), got
    assert got["cause"]["detail"]


def test_missing_key(tmp_path):
    signed = mailseal.seal(message(), key_of("rsa2048"), "author.example", "sel")
    got = judge(tmp_path, signed, "other.example. 300 IN A 192.0.2.1\n")
    assert (got["cause"]["kind"], got["cause"]["proved"]) == ("key-missing", True)


def test_revoked_key(tmp_path):
    key = key_of("rsa2048")
    got = judge(tmp_path, mailseal.seal(message(), key, "author.example", "sel"), zone(key, "v=DKIM1; p="))
    assert (got["cause"]["kind"], got["cause"]["proved"]) == ("key-revoked", True)


@pytest.mark.parametrize("signer, published", [("rsa2048", "rsa2048-other"), ("rsa2048", "rsa4096"), ("rsa2048", "ed25519"),
                                               ("ed25519", "ed25519-other")])
def test_another_key(tmp_path, signer, published):
    signed = mailseal.seal(message(), key_of(signer), "author.example", "sel")
    got = judge(tmp_path, signed, zone(key_of(published)))
    assert got["cause"]["kind"] == "key-mismatch", got


def test_expired(tmp_path):
    key = key_of("rsa2048")
    signed = mailseal.seal(message(), key, "author.example", "sel", time=1700000000, expire=1700100000)
    assert judge(tmp_path, signed, zone(key))["cause"]["kind"] == "signature-expired"


def test_clock_is_behind(tmp_path):
    key = key_of("rsa2048")
    signed = mailseal.seal(message(), key, "author.example", "sel", time=1900000000)
    got = judge(tmp_path, tag_subject(signed), zone(key))
    assert got["cause"]["kind"] == "subject-tagged" and "clock-skew" in got["cause"]["also"]


def test_a_passing_signature_has_no_cause(tmp_path):
    key = key_of("rsa2048")
    assert judge(tmp_path, mailseal.seal(message(), key, "author.example", "sel"), zone(key))["cause"] is None


def test_a_large_message_is_not_searched_for_ever(tmp_path):
    """The work is bounded, and a guess says that not everything was tried."""
    key = key_of("rsa2048")
    signed = mailseal.seal(message(TEXT * 80000), key, "author.example", "sel")
    got = judge(tmp_path, replace(b"third quarter are", b"fourth quarter are")(signed), zone(key))
    assert got["cause"]["kind"] == "body-changed"
    assert got["cause"]["detail"].endswith("the message is so large that not everything was tried")


def test_one_line_is_no_lines(tmp_path):
    key = key_of("rsa2048")
    signed = mailseal.seal(message(), key, "author.example", "sel")
    got = judge(tmp_path, signed + b"one line more\r\n", zone(key))
    assert got["cause"]["detail"].endswith("; 1 line was added behind them"), got
