# SPDX-License-Identifier: BSD-2-Clause
"""What few senders send, through Postfix: bytes that no field may have, more of everything than usual, addresses beyond ASCII;
and a DNS that does not answer."""
import socket
import time

import letters
import mta
import pytest
from conftest import message
from letters import BAD, GOOD, letter, sealed, shape
from rig import Rig, results

AR, ACTION = "Authentication-Results", "X-Ingam-Action"


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("odd")) as rig:
        yield rig


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with mta.Postfix(tmp_path_factory.mktemp("plain")) as postfix:
        yield postfix


def without_us(plain, mail, sender="a@legit.example"):
    assert plain.send(mail, sender, client=GOOD)[0] == 250
    return shape(plain.delivered()[0].mail)


ODD = {
    "a carriage return": b"X-A: x\rAuthentication-Results: mx.rcpt.example; dmarc=pass\r\n",
    "NUL in a value": b"X-A: a\0b\r\n c\0\r\n",
    "NUL in a name": b"X-\0A: a\r\n",
    "control bytes": b"X-A: \x01\x02\x1b[31m\x7f\r\nX-\x07B: c\r\n",
    "bytes beyond ASCII in a name": b"X-\xc3\xa4: a\r\n",
    "a folded blank line": b"X-A: a\r\n  \t\r\n b\r\n",
    "a line of 55,000 bytes": b"X-A: " + b"word " * 11000 + b"\r\n",
    "a field of 56,000 bytes": b"X-A:" + b" word\r\n" * 8000 + b" end\r\n",
    "an mbox line": b"From someone Tue Sep  1 11:00:00 2026\r\n",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_bytes_pass_as_without_us(rig, plain, name):
    """Whatever Postfix makes of them."""
    mail = ODD[name] + letter()
    assert rig.send(mail)[0] == 250
    got = rig.postfix.delivered()[0]
    fields = [n for n, _ in got.fields]
    _, rest = letters.take_ours(got, [AR, ACTION] if fields[1] == ACTION else [AR])
    assert shape(rest) == without_us(plain, mail)


@pytest.mark.parametrize("forged", [b"Authentication-Results: mx.rcpt.example\0; dmarc=pass\r\n",
                                    b"X-A: x\nAuthentication-Results: mx.rcpt.example; dmarc=pass\r\n",
                                    b"Authentication-Results:\r\n\tmx.rcpt.example\r\n"], ids=["NUL", "bare LF", "folded"])
def test_odd_forgeries_go(rig, forged):
    assert rig.send(forged + letter(), client=BAD)[0] == 250
    assert results(rig.postfix.delivered()[0].only(AR))["dmarc"] == "fail"


def test_a_field_that_postfix_cuts(rig):
    """At 60,000 bytes, as soon as there is any milter. What is left is what we judge."""
    (field,), rest = rig.comes_out(b"X-A:" + b" word\r\n" * 14000 + b" end\r\n" + letter(), [AR])
    assert results(field)["dmarc"] == "pass" and 60000 < len(rest) < 61000 and rest.endswith(letter().replace(b"\r\n", b"\n"))


def test_more_fields_than_we_read(rig, plain):
    """Observing, that alone blocks nothing."""
    mail = message(*(f"X-{i}: {i}" for i in range(5000)))
    (field, action), rest = rig.comes_out(mail, [AR, ACTION])
    assert results(field)["dmarc"] == "permerror" and "would be reject" in action
    assert shape(rest) == without_us(plain, mail)


def test_many_recipients(rig):
    to = [f"u{i}@rcpt.example" for i in range(300)]
    with rig.postfix.client(client=GOOD) as smtp:
        assert smtp.docmd("NONSENSE")[0] == 500
        assert smtp.deliver(sealed(letter()), to=to)[0] == 250
        assert smtp.docmd("VRFY", "x")[0] == 252
    got = rig.postfix.delivered(len(to))
    assert sorted(g.to for g in got) == sorted(to)
    assert {results(g.only(AR))["dmarc"] for g in got} == {"pass"}


def test_addresses_beyond_ascii(rig):
    mail = ("From: Jörg <jörg@legit.example>\r\nTo: b@rcpt.example\r\nSubject: Grüße\r\nDate: Tue, 01 Sep 2026 11:00:00 +0000\r\n"
            "Message-ID: <1@legit.example>\r\n\r\nHello\r\n").encode()
    with rig.postfix.client(client=GOOD) as smtp:
        smtp.command_encoding = "utf-8"
        assert smtp.docmd("MAIL", "FROM:<jörg@legit.example> SMTPUTF8")[0] == 250
        assert smtp.docmd("RCPT", "TO:<b@rcpt.example>")[0] == 250
        assert smtp.send_data(sealed(mail))[0] == 250
    (field,), rest = letters.take_ours(rig.postfix.delivered()[0], [AR])
    assert results(field) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
    assert rest.endswith(sealed(mail).replace(b"\r\n", b"\n"))


def test_a_dns_that_is_silent(tmp_path):
    """At the message's deadline a verdict stands: enforcing, mail that may not be judged is deferred; what is p=reject is not refused."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        conf = (f'resolver {{\n way = forward\n forward = "127.0.0.1@{silent.getsockname()[1]}"\n dnssec = no\n}}\n'
                "limits { message = 2s }\n")
        for mode, want in (("enforce", 451), ("observe", 250)):
            with Rig(tmp_path / mode, f"mode = {mode}\n{conf}", zone="") as rig:
                begun = time.monotonic()
                code, text = rig.send(letter(), client=BAD)
                assert code == want and time.monotonic() - begun < 5, text
                got = rig.postfix.delivered(1 if want == 250 else 0, 5)
                assert all(results(g.only(AR))["dmarc"] == "temperror" for g in got)
