# SPDX-License-Identifier: BSD-2-Clause
"""mark: ours on top, forged ones gone, every other byte as it was, and no message is ever lost."""
import random
import subprocess

import pytest
from conftest import BINARY, ENVELOPE, message, run, signed

FORGED = [b"Authentication-Results: mx.rcpt.example; dkim=pass header.d=legit.example\r\n",
          b"AUTHENTICATION-RESULTS:\r\n\tMX.rcpt.Example;\r\n\tdkim=pass\r\n header.d=x.example\r\n",
          b"Authentication-Results: (x) \"mx.rcpt.example\" 1; none\r\n"]
KEPT = b"Authentication-Results: mx.other.example; dkim=fail\r\n"


def without_ours(out, eol=b"\r\n"):
    """Cuts the field on top off; it must be ours."""
    assert out.startswith(b"Authentication-Results: mx.rcpt.example;")
    at = out.index(eol) + len(eol)
    while out[at:at + 1] in (b" ", b"\t"):
        at = out.index(eol, at) + len(eol)
    return out[at:]


def test_all_else_stays(ingam):
    mail = signed(message(body="Hello \r\n\r\n\r\n"))
    got = ingam("mark", *ENVELOPE, stdin=mail)
    assert got.status == 0 and without_ours(got.out) == mail
    assert b"dmarc=pass" in got.out[:got.out.index(mail)]


def test_forged_go(ingam):
    mail = message()
    at = mail.index(b"To: ")
    dirty = FORGED[0] + KEPT + mail[:at] + FORGED[1] + FORGED[2] + mail[at:]
    got = ingam("mark", *ENVELOPE, stdin=dirty)
    assert without_ours(got.out) == KEPT + mail


def test_lf_stays_lf(ingam):
    mail = message(body="one\r\n\r\ntwo\r\n")
    dirty = (FORGED[0] + mail).replace(b"\r\n", b"\n")
    got = ingam("mark", *ENVELOPE, stdin=dirty)
    assert b"\r" not in got.out
    assert without_ours(got.out, b"\n") == mail.replace(b"\r\n", b"\n")


def test_mbox_line_stays_first(ingam):
    line = b"From a@legit.example Tue Sep  1 12:00:00 2026\n"
    mail = message(body="x\r\n\r\nFrom b@legit.example Tue Sep  1 12:00:00 2026\r\nstill the same message\r\n").replace(b"\r\n", b"\n")
    got = ingam("mark", *ENVELOPE, stdin=line + mail + b"\n")
    assert got.out.startswith(line)
    assert without_ours(got.out[len(line):], b"\n") == mail + b"\n"


def test_received_spf(ingam):
    got = ingam("mark", *ENVELOPE, "--received-spf", stdin=message())
    fields = got.out.decode().split("\r\nFrom: ")[0]
    assert fields.startswith("Authentication-Results: ") and "\r\nReceived-SPF: pass" in fields
    assert b"Received-SPF" not in ingam("mark", *ENVELOPE, stdin=message()).out


@pytest.mark.parametrize("mail", [
    b"From: a@legit.example",
    b"From: a@legit.example\r\n",
    b"From: a@legit.example\r\n\r\n",
    b"junk line\r\nFrom: a@legit.example\r\n" + FORGED[0] + b"\r\nx",
    b"From: a@legit.example\r\nSubject : blank before the colon\r\n" + FORGED[0] + b"\r\nx",
    b"From: a@legit.example\nTo: b\r\n" + FORGED[0] + b"\r\nmixed\nends\r\n",
    b"From: a@legit.example\r\nX: \x00\xff\r\n" + FORGED[0] + b"\r\n\x00\xff\r",
    b"From: a@legit.example\r\nFrom: b@legit.example\r\n" + FORGED[0],
    b"From: a@legit.example\r\n" + FORGED[0][:-2],
    b"From: a@legit.example\r\n" + FORGED[0] + b"Subject: last",
])
def test_odd_messages(ingam, mail):
    got = ingam("mark", *ENVELOPE, stdin=mail)
    assert got.status == 0
    assert without_ours(got.out) == mail.replace(FORGED[0], b"").replace(FORGED[0][:-2], b"")


@pytest.mark.parametrize("eol", [b"\r\n", b"\n"])
def test_nothing_slips_into_our_field(ingam, eol):
    """Lines that begin with a blank, on top of all, would be read as more of our own field if it stood before them."""
    fold = b" dkim=pass header.d=bank.example" + eol + b"\tdmarc=pass" + eol
    mail = message().replace(b"\r\n", eol)
    got = ingam("mark", *ENVELOPE, stdin=fold + mail)
    assert got.status == 0 and got.out.startswith(fold)
    assert without_ours(got.out[len(fold):], eol) == mail


def test_verdict_does_not_change_the_status(ingam):
    for sender, word in (("a@other.example", b"dmarc=none"), ("a@sick.example", b"dmarc=temperror")):
        got = ingam("mark", "--ip", "198.51.100.1", "--helo", "x", "--mail-from", "a@b.example", stdin=message(sender=sender))
        assert got.status == 0 and word in got.out
    got = ingam("mark", "--ip", "198.51.100.1", "--helo", "x", "--mail-from", "a@b.example", stdin=message())
    assert got.status == 0 and b"dmarc=fail" in got.out


def test_no_mail_is_written_as_it_was(ingam):
    got = ingam("mark", *ENVELOPE, stdin=b"\x00\x01 no mail\n")
    assert got.status == 65 and got.out == b"\x00\x01 no mail\n"


def test_wrong_zone_loses_nothing(mail_file):
    mail = message()
    got = run("mark", "--dns", mail_file(b"$NONSENSE\n", "bad.zone"), stdin=mail)
    assert got.status == 65 and got.out == mail
    got = run("mark", "--dns", "/nonexistent/zone", stdin=mail)
    assert got.status == 66 and got.out == mail


def test_no_memory_loses_nothing(ingam):
    """A header that does not fit into the memory of a check comes out as it went in."""
    mail = b"From: a@legit.example\r\n" + b"".join(b"X-%d: %s\r\n" % (i, b"y" * 200) for i in range(6000)) + b"\r\nbody\r\n"
    got = ingam("mark", *ENVELOPE, stdin=mail)
    assert got.out.endswith(mail) and got.status in (0, 75)


def test_one_message_only(mail_file):
    path = mail_file(message())
    got = run("mark", path, path)
    assert got.status == 64 and b"one message at a time" in got.err and got.out == b""


def test_file(ingam, mail_file):
    mail = message()
    assert without_ours(ingam("mark", *ENVELOPE, mail_file(mail)).out) == mail


def test_full_disk(mail_file):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BINARY, "mark", "--dns", str(mail_file(b"", "empty.zone")), str(mail_file(message()))], stdout=full,
                              stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 75


def test_random_bytes_survive(ingam):
    rnd = random.Random(7)
    for _ in range(30):
        pieces = [b"\r\n", b"\n", b"\r", b":", b" ", b"\t", b"From", b"To: x", b"\x00", b"\xff", KEPT, b"a", b"Subject: "]
        tail = b"".join(rnd.choice(pieces) for _ in range(rnd.randrange(60)))
        mail = b"From: a@legit.example\r\n" + tail
        got = ingam("mark", *ENVELOPE, stdin=mail)
        assert got.status == 0 and without_ours(got.out) == mail, mail
