# SPDX-License-Identifier: BSD-2-Clause
"""The envelope that nobody gave: read from Received and Return-Path, in the ways that mail servers write them."""
import pytest
from conftest import message

BY = "\r\n\tby mx.rcpt.example (Postfix) with ESMTPS id 4X; Tue, 01 Sep 2026 12:00:00 +0000"


def envelope(ingam, mail_file, *fields, options=()):
    return ingam("check", "--json", *options, mail_file(message(*fields))).json["envelope"]


@pytest.mark.parametrize("clause, ip, helo", [
    ("from m.legit.example (mail.legit.example [192.0.2.10])", "192.0.2.10", "m.legit.example"),
    ("from m.legit.example (unknown [IPv6:2001:db8::1])", "2001:db8::1", "m.legit.example"),
    ("from [192.0.2.10] (helo=m.legit.example)", "192.0.2.10", "m.legit.example"),
    ("from mail.legit.example ([192.0.2.10] helo=m.legit.example)", "192.0.2.10", "m.legit.example"),
    ("from mail.legit.example ([192.0.2.10]:41022 helo=m.legit.example)", "192.0.2.10", "m.legit.example"),
    ("from mail.legit.example (HELO m.legit.example) (192.0.2.10)", "192.0.2.10", "m.legit.example"),
    ("from mail.legit.example (EHLO m.legit.example) (192.0.2.10)", "192.0.2.10", "m.legit.example"),
    ("from m.legit.example (2001:db8:1::12)", "2001:db8:1::12", "m.legit.example"),
    ("from [10.0.0.5] (m.legit.example [192.0.2.10])", "192.0.2.10", "[10.0.0.5]"),
    ("from [198.51.100.7] (unknown [192.0.2.10])", "192.0.2.10", "[198.51.100.7]"),
    ("from m.legit.example (m.legit.example. [192.0.2.10])", "192.0.2.10", "m.legit.example"),
    ("FROM\r\n\tm.legit.example\r\n\t(m.legit.example\r\n\t[192.0.2.10] (may be forged))", "192.0.2.10",
     "m.legit.example"),
    ("from m.legit.example", None, None),
])
def test_received(ingam, mail_file, clause, ip, helo):
    e = envelope(ingam, mail_file, "Received: " + clause + BY)
    assert e["ip"] == ip
    assert e["helo"] == (helo if ip else "m.legit.example")


@pytest.mark.parametrize("clause, ip", [
    ("from x([192.0.2.10]) (unknown [203.0.113.66])", "203.0.113.66"),
    ("from x ([192.0.2.10]) (unknown [203.0.113.66])", "203.0.113.66"),
    ("from x (using [192.0.2.10]) (unknown [203.0.113.66])", "203.0.113.66"),
    ("from unknown (HELO 192.0.2.10) (203.0.113.66)", "203.0.113.66"),
    ("from unknown (HELO [192.0.2.10]) (203.0.113.66)", "203.0.113.66"),
    ("from [203.0.113.66] (helo=x([192.0.2.10]))", "203.0.113.66"),
    ("from [203.0.113.66] (helo=x [192.0.2.10])", "203.0.113.66"),
    ("from a.example ([203.0.113.66] helo=x)([192.0.2.10])", "203.0.113.66"),
    ("from a.example ([192.0.2.10].crook.example [203.0.113.66])", "203.0.113.66"),
    ('from a.example (unknown [203.0.113.66])\r\n\t(using TLSv1.3 with cipher X (256/256 bits))\r\n\t(Client CN "a [192.0.2.10] b")',
     "203.0.113.66"),
    ("from x ([192.0.2.10]) by y (unknown [203.0.113.66])", None),
])
def test_a_forger_chose_helo(ingam, mail_file, clause, ip):
    assert envelope(ingam, mail_file, "Received: " + clause + BY)["ip"] == ip


def test_topmost_that_names_a_client(ingam, mail_file):
    e = envelope(ingam, mail_file, "Received: by 2002:a05:6a10:1234 with SMTP id x; Tue, 01 Sep 2026 12:00:01 +0000",
                 "Received: from one.legit.example (x [192.0.2.11])" + BY, "Received: from two.example (x [192.0.2.12])" + BY)
    assert (e["ip"], e["helo"], e["source"]) == ("192.0.2.11", "one.legit.example", "headers")


def test_return_path(ingam, mail_file):
    e = envelope(ingam, mail_file, "Return-Path: <a@legit.example>")
    assert (e["mail_from"], e["ip"], e["helo"], e["source"]) == ("a@legit.example", None, None, "headers")
    assert envelope(ingam, mail_file, "Return-Path: <>")["mail_from"] == ""
    assert envelope(ingam, mail_file)["mail_from"] is None


def test_envelope_from_comment(ingam, mail_file):
    top = "Received: from x (x [192.0.2.10]) by mx (envelope-from <a@legit.example>) id 1; Tue, 01 Sep 2026 12:00:00 +0000"
    assert envelope(ingam, mail_file, top)["mail_from"] == "a@legit.example"
    assert envelope(ingam, mail_file, "Return-Path: <>", top)["mail_from"] == ""


def test_given_wins(ingam, mail_file):
    top = "Received: from m.legit.example (x [192.0.2.10])" + BY
    e = envelope(ingam, mail_file, top, "Return-Path: <a@legit.example>", options=("--ip", "203.0.113.9", "--helo", "h", "--mail-from", "x@y"))
    assert e == {"ip": "203.0.113.9", "helo": "h", "mail_from": "x@y", "source": "given"}


def test_helo_belongs_to_its_address(ingam, mail_file):
    top = "Received: from m.legit.example (x [192.0.2.10])" + BY
    e = envelope(ingam, mail_file, top, options=("--ip", "203.0.113.9"))
    assert (e["helo"], e["source"]) == (None, "given")
    e = envelope(ingam, mail_file, top, options=("--ip", "192.0.2.10"))
    assert (e["helo"], e["source"]) == ("m.legit.example", "mixed")


def test_nothing_known(ingam, mail_file):
    e = envelope(ingam, mail_file)
    assert e == {"ip": None, "helo": None, "mail_from": None, "source": "none"}
    got = ingam("check", mail_file(message()))
    assert "no client address is known; --ip gives it" in got.words


def test_said_in_the_table(ingam, mail_file):
    top = "Received: from m.legit.example (x [192.0.2.10])" + BY
    got = ingam("check", mail_file(message("Return-Path: <a@legit.example>", top)))
    assert ("Client 192.0.2.10, HELO m.legit.example, MAIL FROM <a@legit.example>; read from Received and Return-Path"
            in got.words)
    assert got.words.startswith("Genuine: sent by a server that legit.example allows")


CLIENT = "Received: from m.legit.example (mail.legit.example [192.0.2.10])" + BY


@pytest.mark.parametrize("hop", [
    "from mx.home.example by mx.home.example with LMTP id 1",
    "from mx.home.example ([10.0.0.2]) by mx.home.example with LMTPSA id 1",
    "from mx ([127.0.0.1]) by mx with LMTP",
    "from mx by mx with LMTP; Tue, 01 Sep 2026 12:00:00 +0000",
    "from localhost (localhost [127.0.0.1])\r\n\tby mx.rcpt.example (Postfix) with ESMTP id 1",
    "from localhost ([127.0.0.1] helo=localhost) by mx with esmtp",
    "from [127.0.0.1] (helo=localhost) by mx with esmtp",
    "from mx ([::1]) by mx with ESMTP",
    "from mx (localhost [IPv6:::1]) by mx with ESMTP",
])
def test_a_hop_inside_the_machine_names_no_client(ingam, mail_file, hop):
    e = envelope(ingam, mail_file, "Received: " + hop, "Received: " + hop, CLIENT)
    assert (e["ip"], e["helo"]) == ("192.0.2.10", "m.legit.example")
    alone = envelope(ingam, mail_file, "Received: " + hop)
    assert (alone["ip"], alone["helo"]) == (None, None)


@pytest.mark.parametrize("hop, ip", [
    ("from [127.0.0.1] by mx with ESMTP", "127.0.0.1"),
    ("from x with LMTP by mx with ESMTP", None),
    ("from x by mx with LMTP (unknown [203.0.113.66]) by mx with ESMTP", None),
    ("from [127.0.0.1] (unknown [203.0.113.66]) by mx with ESMTP", "203.0.113.66"),
    ("from x ([127.0.0.1]) (unknown [203.0.113.66]) by mx with ESMTP", "203.0.113.66"),
    ("from x (unknown [203.0.113.66]) by mx with ESMTP (for LMTP with LMTP)", "203.0.113.66"),
])
def test_a_stranger_cannot_pose_as_such_a_hop(ingam, mail_file, hop, ip):
    assert envelope(ingam, mail_file, "Received: " + hop, CLIENT)["ip"] == ip


def test_genuine_behind_a_filter_and_lmtp(ingam, mail_file):
    got = ingam("check", mail_file(message("Return-Path: <a@legit.example>",
                                           "Received: from mx.rcpt.example by mx.rcpt.example with LMTP id 1",
                                           "Received: from localhost (localhost [127.0.0.1]) by mx.rcpt.example (Postfix)", CLIENT)))
    assert got.words.startswith("Genuine: sent by a server that legit.example allows")
