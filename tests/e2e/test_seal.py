# SPDX-License-Identifier: BSD-2-Clause
"""ingam seal, and ARC in check and mark: by ourselves, and with dkimpy's ARC both ways.        [RFC8617 5.1] [RFC8617 5.2]"""
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from conftest import ENVELOPE, KEY, TOP, message, signed

PEM = TOP / "tests" / "keys" / "rsa2048.pem"
ED25519 = TOP / "tests" / "keys" / "ed25519.pem"
SEALER = ("--domain", "legit.example", "--selector", "sel", "--key", PEM)
OURS = "Authentication-Results: mx.rcpt.example; dmarc=pass header.from=legit.example"
PEER = TOP / "tests" / "tools" / "dkimpy_arc.py"


@pytest.fixture
def seal(ingam):
    def call(mail, *args, status=0):
        got = ingam("seal", *SEALER, *ENVELOPE, *args, stdin=mail)
        assert got.status == status, got.err
        return got

    return call


@pytest.fixture
def arc(ingam):
    def call(mail, *args):
        return ingam("check", "--json", *ENVELOPE, *args, stdin=mail).json["arc"]

    return call


def fields_of(mail):
    """name -> value of the topmost field, unfolded"""
    head = mail.partition(b"\r\n\r\n")[0].decode()
    found = {}
    for name, value in re.findall(r"^([^\s:]+):([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", head, re.M):
        found.setdefault(name, " ".join(value.split()))
    return found


def tags_of(value):
    return dict(re.findall(r"(\w+)=\s*([^;]*?)\s*(?:;|$)", value))


def test_a_sealed_message_is_the_message_with_three_fields_on_top(seal, arc):
    mail = signed(message())
    sealed = seal(mail).out
    assert sealed.endswith(mail)
    fields = fields_of(sealed)
    assert list(fields)[:4] == ["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results", "DKIM-Signature"]
    assert {k: v for k, v in tags_of(fields["ARC-Seal"]).items() if k != "b"} == {
        "i": "1", "a": "rsa-sha256", "cv": "none", "d": "legit.example", "s": "sel", "t": "1788264000"}
    names = tags_of(fields["ARC-Message-Signature"])["h"].replace(" ", "").split(":")
    assert "dkim-signature" in names and "authentication-results" not in names
    assert fields["ARC-Authentication-Results"].startswith("i=1; mx.rcpt.example; spf=pass")
    assert "dmarc=pass" in fields["ARC-Authentication-Results"]
    got = arc(sealed)
    assert got["result"] == "pass" and got["sets"] == 1 and got["oldest_pass"] == 0
    assert got["sealers"] == ["legit.example"] and got["fault"] is None
    assert got["first_results"].startswith("mx.rcpt.example; spf=pass")


def test_chains_grow_and_stay_valid(seal, arc):
    mail = message()
    for i in range(1, 6):
        mail = seal(mail).out
        assert tags_of(fields_of(mail)["ARC-Seal"])["cv"] == ("none" if i == 1 else "pass")
        got = arc(mail)
        assert (got["result"], got["sets"]) == ("pass", i)


def test_the_same_seal_each_time(seal):
    assert seal(message()).out == seal(message()).out


def test_results_from_the_header(seal):
    other = "Authentication-Results: elsewhere.example; spf=fail"
    mail = message(other, OURS, OURS.replace("pass", "fail"))
    value = fields_of(seal(mail, "--results", "from-header").out)["ARC-Authentication-Results"]
    assert value == "i=1; mx.rcpt.example; dmarc=pass header.from=legit.example"
    value = fields_of(seal(message(other), "--results", "from-header").out)["ARC-Authentication-Results"]
    assert value == "i=1; mx.rcpt.example; none"
    near = message(OURS.replace("mx.rcpt.example", "mx.rcpt.example.org"))
    assert fields_of(seal(near, "--results", "from-header").out)["ARC-Authentication-Results"].endswith("none")


def test_chosen_headers_and_header_only(seal, arc):
    only = seal(message(), "--headers", "from:to:subject", "--header-only").out
    assert tags_of(fields_of(only)["ARC-Message-Signature"])["h"] == "from:to:subject"
    assert only.count(b"\r\nARC-") == 2 and b"\r\nFrom:" not in only
    assert arc(only + message())["result"] == "pass"
    assert arc(only + message().replace(b"Date:", b"X-Other: x\r\nDate:"))["result"] == "pass"
    assert arc(only + message().replace(b"Subject: Hello", b"Subject: other"))["result"] == "fail"


def test_line_ends_and_from_line_stay(seal, arc):
    mail = b"From ann Tue Sep  1 11:00:00 2026\n" + message().replace(b"\r\n", b"\n")
    sealed = seal(mail).out
    assert sealed.startswith(b"From ann Tue") and b"\r" not in sealed
    assert arc(sealed.partition(b"\n")[2])["result"] == "pass"


def test_a_failed_chain_is_sealed_once_as_failed(seal, arc):
    broken = seal(message()).out.replace(b"Hello\r\n\r\nHello", b"Hello\r\n\r\nHullo")
    broken = broken.replace(b"\r\n\r\nHello", b"\r\n\r\nHullo")
    assert arc(broken)["fault"] == "arc-body-hash"
    failed = seal(broken).out
    seals = tags_of(fields_of(failed)["ARC-Seal"])
    assert (seals["i"], seals["cv"]) == ("2", "fail")
    assert arc(failed)["fault"] == "arc-cv-fail"
    again = seal(failed)
    assert again.out == failed and b"cv=fail" in again.err
    assert seal(failed, "--header-only").out == b""


def test_what_cannot_be_sealed(seal, ingam, mail_file):
    assert b"ARC fields" in seal(message(), "--headers", "to:subject", status=64).err
    assert seal(b"no mail at all", status=65).out == b""
    got = ingam("seal", "--domain", "legit.example", "--key", PEM, stdin=message())
    assert got.status == 64 and b"--selector" in got.err
    too_short = TOP / "tests" / "keys" / "rsa1023.pem"
    assert ingam("seal", *SEALER[:4], "--key", too_short, stdin=message()).status == 65
    file = mail_file(message())
    assert ingam("seal", *SEALER, file, file).status == 64
    assert ingam("seal", *SEALER, file.parent / "nothing").status == 66


@pytest.mark.parametrize("mail, words", [
    (message("From: b@other.example"), b"more than one From"), (message().replace(b"From:", b"X-From:"), b"no From field"),
    (message(body="a\nb\r\n"), b"an LF stands without a CR"), (message("X: a\0b"), b"a NUL byte stands in the header"),
    (message(body="x" * 999 + "\r\n"), b"longer than 998"),
])
def test_what_nobody_would_believe_is_not_sealed(seal, mail, words):
    got = seal(mail, status=65)
    assert words in got.err and got.out == b""


def test_one_signer(seal):
    for words in (("--key", ED25519), ("--domain", "other.example"), ("--selector", "two")):
        assert b"once" in seal(message(), *words, status=64).err


def test_help_is_narrow(seal):
    assert max(map(len, seal(b"", "--help").text.splitlines())) <= 100


def test_a_short_key_seals_with_a_warning(ingam):
    short = TOP / "tests" / "keys" / "rsa1024.pem"
    got = ingam("seal", *SEALER[:4], "--key", short, stdin=message())
    assert b"1024 bits" in got.err and b"ARC-Seal" in got.out


def test_ed25519(ingam, arc):
    got = ingam("seal", "--domain", "legit.example", "--selector", "sel", "--key", ED25519, stdin=message())
    assert tags_of(fields_of(got.out)["ARC-Seal"])["a"] == "ed25519-sha256"
    assert arc(got.out)["fault"] == "arc-key-unusable"      # what is published there is an RSA key


# --- what a chain counts -----------------------------------------------------------------------------------------------

LIST = ("--ip", "203.0.113.5", "--helo", "lists.example", "--mail-from", "list@other.example")


def as_a_list_sends_it(seal):
    """Judged where it came in, then changed and sealed: its author's signature is gone, its chain holds."""
    mail = message(OURS).replace(b"Subject: Hello", b"Subject: [list] Hello")
    return seal(mail, "--results", "from-header").out


def test_nobody_is_trusted_by_default(seal, ingam):
    mail = as_a_list_sends_it(seal)
    got = ingam("check", "--json", *LIST, stdin=mail).json
    assert got["arc"]["result"] == "pass" and got["dmarc"]["result"] == "fail"
    assert got["action"]["disposition"] == "quarantine"


def test_a_trusted_chain_excuses_a_failure_and_says_so(seal, ingam):
    mail = as_a_list_sends_it(seal)
    got = ingam("check", "--json", *LIST, "--trust-arc", "LEGIT.example", stdin=mail).json
    assert got["dmarc"]["result"] == "fail" and got["action"]["disposition"] == "none"
    assert any("arc=pass" in reason for reason in got["action"]["reasons"])
    assert "arc=pass by trusted sealers" in got["authentication_results"]
    assert any(note["rule"] == "trusted-chain" for note in got["trace"])
    other = ingam("check", "--json", *LIST, "--trust-arc", "other.example", stdin=mail).json
    assert other["action"]["disposition"] == "quarantine"


def test_only_the_first_results_for_this_author_count(seal, ingam):
    for results in ("dmarc=fail header.from=legit.example", "dmarc=pass header.from=other.example", "dmarc=pass",
                    "dmarc=pass header.from=legit.example; dmarc=pass header.from=legit.example", "spf=pass"):
        mail = seal(message("Authentication-Results: mx.rcpt.example; " + results), "--results", "from-header").out
        got = ingam("check", "--json", *LIST, "--trust-arc", "legit.example", stdin=mail).json
        assert got["arc"]["result"] == "pass" and got["action"]["disposition"] == "quarantine", results


def test_a_chain_is_told(seal, ingam):
    claim = ("Authentication-Results: mx.rcpt.example; arc=pass (i=1 spf=pass spfdomain=legit.example dkim=pass "
             "dkdomain=legit.example dmarc=pass fromdomain=legit.example); dmarc=pass header.from=legit.example")
    mail = seal(message(claim), "--results", "from-header").out
    told = ingam("check", "--explain", *ENVELOPE, stdin=mail).words
    assert "spfdomain=legit.example" in told and "nothing follows from it" in told
    assert "the seal of set 1 by legit.example holds" in told
    assert "ARC pass legit.example" in told and "1 set" in told
    marked = ingam("mark", *ENVELOPE, stdin=mail).text
    assert re.search(r"arc=pass smtp.remote-ip=192.0.2.10\s+header.oldest-pass=0", marked)


# --- dkimpy ------------------------------------------------------------------------------------------------------------

def python_with_dkimpy():
    for python in (sys.executable, shutil.which("python3"), "/usr/bin/python3"):
        if python and subprocess.run([python, "-c", "import dkim"], capture_output=True).returncode == 0:
            return python
    return None


@pytest.fixture(scope="module")
def dkimpy(tmp_path_factory):
    python = python_with_dkimpy()
    if python is None:
        pytest.skip("dkimpy is not installed")
    record = pathlib.Path(tmp_path_factory.mktemp("arc")) / "record.txt"
    record.write_text(KEY.record())

    def call(what, mail):
        done = subprocess.run([python, PEER, what, PEM, record], input=mail, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return call


def test_dkimpy_validates_what_we_seal(seal, dkimpy):
    for mail in (message(), signed(message()), message(body=""), message(body=" a \t b \r\n\r\n\r\n")):
        for _ in range(3):
            mail = seal(mail).out
            assert dkimpy("verify", mail) == b"pass"
    changed = mail.replace(b"Subject: Hello", b"Subject: other")
    assert dkimpy("verify", changed) == b"fail"


def test_we_validate_what_dkimpy_seals(ingam, arc, dkimpy):
    mail = message()
    for i in range(1, 4):
        mail = dkimpy("seal", ingam("mark", *ENVELOPE, stdin=mail).out)
        got = arc(mail)
        assert (got["result"], got["sets"]) == ("pass", i), got
    assert arc(mail.replace(b"Subject: Hello", b"Subject: other"))["result"] == "fail"


def test_chains_of_both(seal, ingam, arc, dkimpy):
    mail = message()
    for i in range(1, 7):
        mail = ingam("mark", *ENVELOPE, stdin=mail).out
        mail = dkimpy("seal", mail) if i % 2 else seal(mail, "--results", "from-header").out
        assert arc(mail)["result"] == "pass" and dkimpy("verify", mail) == b"pass", i
