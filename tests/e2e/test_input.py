# SPDX-License-Identifier: BSD-2-Clause
"""Where messages come from, how wrong input is told, and what the command exits with."""
import subprocess

import pytest
from conftest import AT, BINARY, ENVELOPE, TOP, message, run, signed

KEYFILE = TOP / "tests" / "keys" / "rsa2048.pem"


def test_file_without_crlf(ingam, mail_file):
    mail = signed(message(body="one\r\n\r\ntwo  \r\n")).replace(b"\r\n", b"\n")
    path = mail_file(mail)
    v = ingam("check", *ENVELOPE, "--json", path).json
    assert v["dkim"][0]["result"] == "pass" and v["line_ends"] == "lf"
    assert "LF line ends" in ingam("check", *ENVELOPE, path).text


def test_one_crlf_makes_bare_lf_count(ingam, mail_file):
    mail = signed(message(body="one\r\ntwo\r\n")).replace(b"one\r\n", b"one\n")
    v = ingam("check", *ENVELOPE, "--json", mail_file(mail)).json
    assert v["dkim"][0]["result"] == "fail" and v["line_ends"] == "crlf"


def test_a_cr_in_the_body_does_not_hide_the_header(ingam, mail_file):
    mail = message("Authentication-Results: mx.rcpt.example; dmarc=pass", body="one\r\r\ntwo\r\n").replace(b"\r\n", b"\n")
    v = ingam("check", *ENVELOPE, "--json", mail_file(mail)).json
    assert (v["line_ends"], v["fault"], v["removed_authentication_results"]) == ("lf", None, 1)
    got = ingam("mark", *ENVELOPE, mail_file(mail))
    assert got.out.count(b"Authentication-Results") == 1 and got.out.endswith(b"one\r\ntwo\n")


def test_lf_before_crlf_is_no_line_end_for_both(ingam, mail_file):
    mail = b"X: y\nFrom: b@other.example\r\n" + message()
    v = ingam("check", *ENVELOPE, "--json", mail_file(mail)).json
    assert v["dmarc"]["result"] == "permerror" and v["fault"] == "mail-bare-lf"


@pytest.mark.parametrize("args", [("-",), ()])
def test_standard_input(ingam, args):
    got = ingam("check", *ENVELOPE, "--json", *args, stdin=signed(message()))
    assert got.json["dmarc"]["result"] == "pass" and got.json["message"] == "-"


def mbox(mails):
    out = b""
    for mail in mails:
        out += b"From a@legit.example Tue Sep  1 12:00:00 2026\n" + mail.replace(b"\r\n", b"\n") + b"\n"
    return out


def test_mbox(ingam, mail_file):
    mails = [signed(message(body="one\r\n\r\n>From here on\r\nFrom a line\r\n")), message(sender="a@nopolicy.example"),
             signed(message(body="From me, at 10\r\n\r\nFrom the heart, no time of day\r\n"))]
    path = mail_file(mbox(mails), "box")
    got = ingam("check", *ENVELOPE, "--json", path)
    assert [(v["message"], v["number"]) for v in got.lines] == [(str(path), 1), (str(path), 2), (str(path), 3)]
    assert [[s["result"] for s in v["dkim"]] for v in got.lines] == [["pass"], [], ["pass"]]
    assert "box#2" in ingam("check", *ENVELOPE, "--brief", path).text


def test_mbox_larger_than_a_chunk(ingam, mail_file):
    mails = [signed(message(body="x" * 70 + "\r\n" + "line\r\n" * 20000)) for _ in range(3)]
    got = ingam("check", *ENVELOPE, "--json", stdin=mbox(mails))
    assert [v["dkim"][0]["result"] for v in got.lines] == ["pass"] * 3


def test_mbox_with_crlf(ingam, mail_file):
    path = mail_file(mbox([signed(message())] * 2).replace(b"\n", b"\r\n"), "box")
    assert [v["dkim"][0]["result"] for v in ingam("check", *ENVELOPE, "--json", path).lines] == ["pass"] * 2


def test_maildir(ingam, mail_file, tmp_path):
    for name in ("m/cur/2:2,S", "m/cur/1:2,", "m/new/9", "m/tmp/0", "m/cur/.hidden"):
        mail_file(signed(message()), name)
    got = ingam("check", *ENVELOPE, "--json", tmp_path / "m")
    assert [v["message"] for v in got.lines] == [f"{tmp_path}/m/{n}" for n in ("new/9", "cur/1:2,", "cur/2:2,S")]


def test_several_files_and_one_missing(ingam, mail_file, tmp_path):
    path = mail_file(signed(message()))
    got = ingam("check", *ENVELOPE, "--json", path, tmp_path / "gone.eml", path)
    assert len(got.lines) == 2 and got.status == 66
    assert b"gone.eml: No such file or directory; expected a message, an mbox file or a Maildir folder" in got.err


def test_folder_that_is_no_maildir(ingam, tmp_path):
    got = ingam("check", tmp_path)
    assert got.status == 66 and b"Is a directory" in got.err


@pytest.mark.parametrize("content", [b"", b"\r\n", b"%PDF-1.7\n\x00\x01\x02\n", b"\n\nFrom: a@b.example\n", b"hello"])
def test_no_mail(ingam, mail_file, content):
    path = mail_file(content)
    got = ingam("check", path)
    assert got.status == 65 and got.out == b""
    assert got.err.decode().startswith(f"ingam check: {path}:1:1: this is no mail: expected a header field")


@pytest.mark.parametrize("content", [b"", b"\r\nno header\r\n", b"%PDF-1.7\n\x00"])
def test_no_mail_has_its_line_of_json(ingam, mail_file, content):
    got = ingam("check", *ENVELOPE, "--json", mail_file(content), mail_file(signed(message()), "b.eml"))
    assert got.status == 65 and b"this is no mail" in got.err
    assert [v["dmarc"]["result"] for v in got.lines] == ["permerror", "pass"]
    assert got.lines[0]["fault"] == "mail-from-missing" and got.lines[0]["arc"]["result"] == "none"


def test_no_from_is_a_mail(ingam, mail_file):
    got = ingam("check", *ENVELOPE, "--json", mail_file(b"Subject: x\r\n\r\ny\r\n"))
    assert got.status == 1 and got.json["fault"] == "mail-from-missing"


def test_header_without_end(ingam, mail_file):
    assert ingam("check", *ENVELOPE, "--json", mail_file(b"From: a@legit.example")).json["dmarc"]["result"] == "pass"


def test_zone_error_has_its_place(mail_file, tmp_path):
    zone = mail_file(b"$ORIGIN example.\na TXT \"x\n", "bad.zone")
    got = run("check", "--dns", zone, "--at", AT, mail_file(message()))
    assert got.status == 65
    assert f"{zone}:2:" in got.err.decode() and "expected" in got.err.decode()
    assert run("check", "--dns", tmp_path / "gone.zone", mail_file(message())).status == 66


@pytest.mark.parametrize("args, words", [
    (("--ip", "300.1.1.1"), "expected an IPv4 or IPv6 address"),
    (("--at", "yesterday"), "expected a time such as"),
    (("--policy", "maybe"), "expected observe or enforce"),
    (("--color=pink",), "expected auto, always or never"),
    (("--on-reject", "drop"), "expected quarantine or reject"),
    (("--timeout", "-1"), "expected a number of seconds"),
    (("--resolver", "dns.example"), "expected an IP address"),
    (("--nonsense",), "there is no option --nonsense"),
    (("--ip",), "--ip needs a value: expected an IPv4 or IPv6 address"),
    (("--json=1",), "--json takes no value"),
    (("-x",), "there is no option -x"),
    (("--dns", "some.zone", "--resolver", "192.0.2.1"), "only one of --dns, --resolver and --dnssec"),
])
def test_usage(args, words):
    got = run("check", *args)
    assert got.status == 64 and got.out == b""
    assert got.err.decode().startswith("ingam check: ") and words in got.err.decode()


def test_commands():
    assert run().status == 64
    got = run("chekc")
    assert got.status == 64 and b'there is no command "chekc"' in got.err
    assert run("--version").text.startswith("ingam ")
    for asked in (("--help",), ("help",), ("-h",)):
        assert run(*asked).status == 0 and "check" in run(*asked).text


def test_help_about_what_is_not_there():
    got = run("help", "foo")
    assert got.status == 64 and got.out == b"" and b'no command "foo"' in got.err and b"  check " in got.err
    for words in (("spf", "tree"), ("key", "new"), ("dns", "show")):
        got = run("help", *words)
        assert got.status == 0 and got.text.startswith(f"usage: ingam {' '.join(words)} ")
    for words in (("spf", "tre"), ("key", "nw")):
        assert run("help", *words).status == 64
    got = run("spf", "tre", "a.example")
    assert got.status == 64 and b'no word "tre"' in got.err and b"tree, who and flatten" in got.err


@pytest.mark.parametrize("words", [("mark",), ("sign", "--domain", "a.example", "--selector", "s", "--key", KEYFILE),
                                   ("seal", "--domain", "a.example", "--selector", "s", "--key", KEYFILE)])
def test_one_message_is_expected_where_one_is_read(words, tmp_path):
    got = run(*words, tmp_path / "gone.eml")
    assert got.status == 66 and b"gone.eml: No such file or directory; expected the file of one message" in got.err
    assert b"Is a directory; expected the file of one message" in run(*words, tmp_path).err


def test_no_mail_in_an_mbox_has_its_number(ingam, mail_file):
    line = b"From a@b.example Tue Sep  1 11:00:00 2026\n"
    path = mail_file(line + b"From: a@b.example\n\nx\n\n" + line + b"From: a@b.example\n\nx\n\n" + line + b"%PDF\n", "m.mbox")
    assert f"{path}#3:1:1: this is no mail" in ingam("check", path).err.decode()
    assert "/mail.eml:1:1: this is no mail" in ingam("check", mail_file(b"%PDF\n")).err.decode()


@pytest.mark.parametrize("command", ["check", "mark", "spf"])
def test_help(command):
    for got in (run(command, "--help"), run("help", command), run(command, "-h")):
        assert got.status == 0 and got.text.startswith(f"usage: ingam {command} ")
        assert "--dns ZONEFILE" in got.text and "Exit status" in got.text
        assert max(map(len, got.text.splitlines())) <= 100


def test_worst_status_counts(ingam, mail_file):
    good, bad = mail_file(signed(message()), "a"), mail_file(message("From: x@y.example"), "b")
    late = mail_file(message(sender="a@sick.example"), "c")
    assert ingam("check", *ENVELOPE, good, good).status == 0
    assert ingam("check", *ENVELOPE, good, bad).status == 1
    assert ingam("check", *ENVELOPE, bad, late, good).status == 75


def test_full_disk(mail_file):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BINARY, "check", "--dns", str(mail_file(b"", "empty.zone")), str(mail_file(message()))],
                              stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 75 and b"could not be written" in done.stderr
