# SPDX-License-Identifier: BSD-2-Clause
"""sign: a field on top, every other byte as it was, and a word for each message that cannot be signed."""
import base64
import subprocess

import pytest
from conftest import TOP, mailseal, message, run

KEYS = TOP / "tests" / "keys"
RSA, ED25519 = KEYS / "rsa2048.pem", KEYS / "ed25519.pem"
WHO = ("--domain", "legit.example", "--selector", "sel", "--key", RSA)
AT = ("--at", "2026-09-01T12:00:00Z")


def fields_of(out, mail):
    """The fields that were put on top of a mail, without folds."""
    assert out.endswith(mail), out
    text = out[:-len(mail)].decode() if mail else out.decode()
    assert text.endswith("\n")
    return [f.replace("\r\n", "").replace("\n", "") for f in text.replace("\r\n ", "").replace("\n ", "").splitlines()]


def tags_of(field):
    name, _, value = field.partition(": ")
    assert name == "DKIM-Signature"
    return dict(tag.strip().split("=", 1) for tag in value.split(";"))


def sign(*args, mail=None, who=WHO, at=AT):
    mail = message() if mail is None else mail
    got = run("sign", *who, *at, *args, stdin=mail)
    assert got.status == 0, got.err.decode()
    return [tags_of(field) for field in fields_of(got.out, mail)]


def refused(*args, mail=None, status=65):
    got = run("sign", *args, stdin=message() if mail is None else mail)
    assert got.status == status and got.out == b"", got.err.decode()
    return got.err.decode()


def test_the_defaults():
    (tags,) = sign()
    assert list(tags) == "v a c d s t h bh b".split()
    assert (tags["v"], tags["a"], tags["c"]) == ("1", "rsa-sha256", "relaxed/relaxed")
    assert (tags["d"], tags["s"], tags["t"]) == ("legit.example", "sel", "1788264000")
    names = tags["h"].split(":")
    for name in "from to subject date message-id".split():
        assert names.count(name) == 2, name
    for name in "cc reply-to mime-version content-type content-transfer-encoding in-reply-to references".split():
        assert names.count(name) == 1, name
    assert not {"received", "return-path", "dkim-signature", "list-unsubscribe"} & set(names)


def test_what_can_be_chosen():
    (tags,) = sign("--headers", "From:X-Other:X-Other", "--canon", "simple", "--expire", "7d", "--auid", "ann@x.legit.example",
                   "--algorithm", "rsa-sha256")
    assert (tags["h"], tags["c"], tags["x"]) == ("From:X-Other:X-Other", "simple/simple", str(1788264000 + 7 * 86400))
    assert tags["i"] == "ann@x.legit.example"
    (tags,) = sign("--no-oversign", "--canon", "simple/relaxed")
    assert (tags["h"], tags["c"]) == ("from:to:subject:date:message-id", "simple/relaxed")
    (tags,) = sign("--domain", "b\u00fccher.example", who=("--selector", "s", "--key", ED25519))
    assert (tags["d"], tags["a"]) == ("xn--bcher-kva.example", "ed25519-sha256")


def test_several_signatures():
    """RSA on top, each with its own selector; the domain that was given once holds for all."""
    first, second = sign("--key", RSA, "--selector", "b", "--domain", "legit.example",
                         who=("--key", ED25519, "--selector", "a"))
    assert (first["a"], first["s"], second["a"], second["s"]) == ("rsa-sha256", "b", "ed25519-sha256", "a")
    assert first["d"] == second["d"] == "legit.example"


def test_same_call_same_bytes():
    both = (*WHO, "--key", ED25519, "--selector", "b", *AT)
    assert run("sign", *both, stdin=message()).out == run("sign", *both, stdin=message()).out


def test_our_independent_signer_makes_the_same():
    """mailseal shares nothing with the library; given the same tags it writes the same b= and bh=.      [RFC6376 3.7]"""
    for key in (RSA, ED25519):
        (tags,) = sign(who=("--domain", "legit.example", "--selector", "sel", "--key", key))
        out = run("sign", "--domain", "legit.example", "--selector", "sel", "--key", key, *AT, stdin=message()).out
        field = out[:-len(message())]
        head = field[:field.rindex(b"b=") + 2]
        names = tags["h"]
        fields, body = mailseal.split(message())
        data = mailseal.signed_fields(fields, names, mailseal.relaxed_header) + mailseal.relaxed_header(head)[:-2]
        assert base64.b64encode(mailseal.Key(str(key)).sign(data)).decode() == tags["b"]


def test_header_only(mail_file):
    mail = message()
    whole = run("sign", *WHO, *AT, stdin=mail).out
    assert run("sign", *WHO, *AT, "--header-only", mail_file(mail)).out + mail == whole


@pytest.mark.parametrize("width", [78])
def test_lines_are_short(width):
    out = run("sign", *WHO, *AT, "--key", ED25519, stdin=message()).out
    lines = out[:-len(message())].split(b"\r\n")
    assert lines.pop() == b"" and max(map(len, lines)) <= width
    assert all(line.startswith((b" ", b"DKIM-Signature: ")) for line in lines)


def test_lf_stays_lf():
    crlf = message(body="one\r\n\r\ntwo\r\n")
    lf = crlf.replace(b"\r\n", b"\n")
    got = run("sign", *WHO, *AT, stdin=lf)
    assert got.out.endswith(lf) and b"\r" not in got.out
    assert got.out.replace(b"\n", b"\r\n") == run("sign", *WHO, *AT, stdin=crlf).out


def test_mbox_line_stays_first():
    line = b"From a@legit.example Tue Sep  1 12:00:00 2026\n"
    lf = message().replace(b"\r\n", b"\n")
    got = run("sign", *WHO, *AT, stdin=line + lf)
    assert got.out == line + run("sign", *WHO, *AT, stdin=lf).out


@pytest.mark.parametrize("change,words", [
    ((b"Hello\r\n", b"Hel\nlo\r\n"), ("LF stands without a CR", "line 7")),
    ((b"Hello\r\n", b"Hel\rlo\r\n"), ("CR stands without an LF", "line 7")),
    ((b"Subject", b"From: b@x.example\r\nSubject"), ("more than one From", "line 3, byte 50")),
    ((b"From:", b"Fro:"), ("no From",)),
    ((b"Subject: Hello", b"Subject: " + b"x" * 1000), ("998", "line 3, byte 1048")),
    ((b"Subject:", b"no field here"), ("no header field", "line 3, byte 50")),
])
def test_a_broken_message_is_refused(change, words):
    """[RFC6376 5.3] [RFC5322 2.1.1] [RFC5322 3.6]"""
    mail = message()
    assert mail.index(b"Subject") == 49
    assert change[0] in mail
    # the last match: "Hello" of the body, not that of the subject
    at = mail.rindex(change[0]) if change[0].startswith(b"Hello") else mail.index(change[0])
    said = refused(*WHO, mail=mail[:at] + change[1] + mail[at + len(change[0]):])
    for word in words:
        assert word in said


def test_the_byte_in_an_lf_file(mail_file):
    mail = b"From: a@legit.example\nX: y\nFrom: b@legit.example\n\n"
    assert "line 3, byte 28" in refused(*WHO, mail_file(mail))
    line = b"From a@legit.example Tue Sep  1 12:00:00 2026\n"
    assert f"line 4, byte {28 + len(line)}" in refused(*WHO, mail_file(line + mail))


@pytest.mark.parametrize("key,words", [("rsa1024", "shorter than 2,048"), ("rsa512", "shorter than 2,048")])
def test_a_short_key_is_refused(key, words):
    assert words in refused("--domain", "legit.example", "--selector", "s", "--key", KEYS / f"{key}.pem")


def test_a_key_that_is_none(mail_file, tmp_path):
    who = ("--domain", "legit.example", "--selector", "s", "--key")
    assert "no private key" in refused(*who, mail_file(message()))
    assert "No such file" in refused(*who, tmp_path / "none", status=66)
    locked = tmp_path / "locked.pem"
    done = subprocess.run(["openssl", "pkcs8", "-topk8", "-in", RSA, "-out", locked, "-passout", "pass:x"], capture_output=True)
    if done.returncode == 0:
        assert "passphrase" in refused(*who, locked)


def test_wrong_usage(mail_file):
    for words in (("--selector", "s", "--key", RSA), ("--domain", "d.example", "--key", RSA), ("--domain", "d.example", "--selector", "s"),
                  (*WHO, "--selector", "two"), (*WHO, "--canon", "nowsp"), (*WHO, "--expire", "0"), (*WHO, "--expire", "3y"),
                  (*WHO, "--at", "soon"), (*WHO, "--algorithm", "rsa-sha1"), (*WHO, "--algorithm", "ed25519-sha256"),
                  (*WHO, "--headers", "to:subject"), (*WHO, "--auid", "a@other.example"),
                  ("--domain", "example", "--selector", "s", "--key", RSA), (*WHO, mail_file(message()), "second")):
        assert refused(*words, status=64)


def test_it_verifies(ingam, mail_file):
    mail = mail_file(run("sign", *WHO, *AT, stdin=message()).out)
    assert ingam("check", "--json", mail).json["dkim"][0]["result"] == "pass"
