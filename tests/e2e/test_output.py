# SPDX-License-Identifier: BSD-2-Clause
"""check as a person sees it: words, table, story, colours, and nothing hostile on the terminal."""
import os
import pty
import re
import subprocess

import pytest
import mailseal
from conftest import AT, BINARY, ENVELOPE, KEY, TOP, message, run, signed


def first_line(got):
    return got.text.splitlines()[0]


def test_genuine(ingam, mail_file):
    got = ingam("check", *ENVELOPE, mail_file(signed(message())))
    assert first_line(got) == "Genuine: signed by legit.example, the domain in From"
    assert re.search(r"SPF +pass +legit.example +aligned +ip4:192.0.2.0/24 matches 192.0.2.10", got.text)
    assert re.search(r"DKIM +pass +legit.example +aligned +sel, rsa-sha256, 2048 bits", got.text)
    assert re.search(r"ARC +none", got.text)
    assert re.search(r"DMARC +pass +legit.example +p=reject at legit.example, by DKIM and SPF", got.text)
    assert "Here the message is accepted." in got.text


def test_by_spf_alone(ingam, mail_file):
    got = ingam("check", *ENVELOPE, mail_file(message()))
    assert first_line(got) == "Genuine: sent by a server that legit.example allows"
    assert re.search(r"DKIM +none +not signed", got.text)


def test_forged(ingam, mail_file):
    got = ingam("check", "--ip", "203.0.113.5", "--helo", "x.other.example", "--mail-from", "x@other.example",
                mail_file(message()))
    assert first_line(got) == "Forged: says legit.example, but other.example sent it"
    assert "legit.example asks that such mail be rejected (p=reject)" in got.words
    assert "local-policy: quarantine instead of reject" in got.words


def test_key_on_trial(ingam, mail_file, tmp_path):
    zone = tmp_path / "trial.zone"
    zone.write_text('_dmarc.legit.example. 300 TXT "v=DMARC1; p=reject"\n'
                    + mailseal.zone_lines("sel._domainkey.legit.example", KEY.record([("t", "y")])))
    got = run("check", "--dns", zone, "--at", AT, "--ip", "203.0.113.5", mail_file(signed(message())))
    assert first_line(got) == "Unproven: says legit.example, whose signature is only a trial (t=y in its key)"
    assert "only a signature under a key in testing (t=y) passed" in got.words


def test_changed(ingam, mail_file):
    got = ingam("check", "--ip", "203.0.113.5", "--helo", "x", "--mail-from", "x@other.example",
                mail_file(signed(message())[:-7] + b"Hullo\r\n"))
    assert first_line(got) == "Changed: signed by legit.example, then its text was changed"
    assert got.status == 1


def test_broken_where_the_domain_did_not_sign(ingam, mail_file):
    """A forger can write a field with the right body hash; only the key can sign the header."""
    mail = signed(message())
    at = mail.index(b"\tb=") + 3
    fake = mail[:at] + b"A" * 40 + mail[at + 40:]
    got = ingam("check", "--ip", "203.0.113.5", "--helo", "x", "--mail-from", "x@other.example", mail_file(fake))
    assert first_line(got).startswith("Broken: the signature of legit.example does not hold")
    gone = ingam("check", "--ip", "203.0.113.5", "--helo", "x", "--mail-from", "x@other.example",
                 mail_file(mail.replace(b"s=sel", b"s=gone")))
    assert first_line(gone) == "Broken: the signature of legit.example does not hold: its key is not published"


def test_a_damaged_signature_is_broken(ingam, mail_file):
    """b= that is no base64: there is a signature, so nobody may say that the domain did not sign."""
    mail = signed(message())
    at = mail.index(b"\tb=") + 3
    got = ingam("check", "--ip", "203.0.113.5", "--helo", "x", "--mail-from", "x@other.example",
                mail_file(mail[:at] + b"!" + mail[at + 1:]))
    assert first_line(got) == "Broken: the signature of legit.example does not hold: the signature itself is damaged"


def test_who_sent_it_is_not_known(ingam, mail_file):
    path = mail_file(message())
    assert first_line(ingam("check", path)) == "Forged: says legit.example, which did not sign it; who sent it is not known (--ip)"
    got = ingam("check", "--ip", "203.0.113.5", "--helo", "x.gone.example", "--mail-from", "a@legit.example", path)
    assert first_line(got) == "Forged: says legit.example, which neither signed it nor sent it"


def test_a_guess_is_said_to_be_one(ingam, mail_file):
    mail = signed(message("Content-Type: multipart/mixed; boundary=one", body="--one\r\n\r\nHello, Bob\r\n--one--\r\n"))
    got = ingam("check", "--ip", "203.0.113.5", "--helo", "x", "--mail-from", "x@other.example",
                mail_file(mail[:mail.index(b", Bob")]))
    assert first_line(got) == "Changed: signed by legit.example, then perhaps its end was cut off"
    assert "likely: the closing boundary is missing" in got.words


def test_two_authors_are_both_named(ingam, mail_file):
    got = ingam("check", *ENVELOPE, mail_file(message("From: b@evil.example")))
    assert re.search(r"b@evil\.example.*Ann <a@legit\.example>", got.words[got.words.index("!"):])


@pytest.mark.parametrize("records, said", [
    (["v=DMARC1; p=reject", "v=DMARC1; p=none"], "more than one DMARC record at one name: none of them counts"),
    (["v=DMARC1; p=rejekt"], "p= of the DMARC record is not none, quarantine or reject"),
    ([], "no DMARC record"),
])
def test_a_dmarc_record_that_does_not_count(ingam, mail_file, tmp_path, records, said):
    zone = tmp_path / "bad.zone"
    zone.write_text("legit.example. 300 A 192.0.2.1\n" + "".join(f'_dmarc.legit.example. 300 TXT "{r}"\n' for r in records))
    got = run("check", "--dns", zone, "--at", AT, "--ip", "203.0.113.5", mail_file(message()))
    assert "DMARC none legit.example " + said in got.words
    assert first_line(got).endswith("whose DMARC record does not count" if records else "which has no DMARC policy")


def test_unusable(ingam, mail_file):
    got = ingam("check", *ENVELOPE, mail_file(message("From: x@other.example")))
    assert first_line(got) == "Unusable: the message has more than one From field"


def test_undecided(ingam, mail_file):
    got = ingam("check", "--ip", "192.0.2.10", "--helo", "x", "--mail-from", "a@sick.example",
                mail_file(message(sender="a@sick.example")))
    assert first_line(got).startswith("Undecided: the DNS did not answer (_dmarc.sick.example TXT: SERVFAIL)")


def test_unproven(ingam, mail_file):
    got = ingam("check", "--ip", "203.0.113.5", "--helo", "x", "--mail-from", "x@other.example",
                mail_file(message(sender="a@nopolicy.example")))
    assert first_line(got).startswith("Unproven: nothing shows that it is from nopolicy.example")


def test_careful_with_a_name_that_names_another(ingam, mail_file):
    mail = message().replace(b"From: Ann <", b'From: "service@bank.example" <')
    got = ingam("check", *ENVELOPE, mail_file(mail))
    assert first_line(got).startswith("Careful: really from legit.example, though the name shown says bank.example")


def test_observing_says_so(ingam, mail_file):
    got = ingam("check", "--ip", "203.0.113.5", "--helo", "x", "--mail-from", "x@other.example", "--policy", "observe",
                mail_file(message()))
    assert "This site only observes; enforcing, the message would be put into quarantine" in got.words


def test_brief_is_one_line_each(ingam, mail_file):
    paths = [mail_file(signed(message()), "a.eml"), mail_file(message("From: x@y.example"), "b.eml")]
    got = ingam("check", *ENVELOPE, "--brief", *paths)
    assert got.text.splitlines() == [
        f"pass      {paths[0]} Genuine: signed by legit.example, the domain in From",
        f"permerror {paths[1]} Unusable: the message has more than one From field",
    ]


def test_brief_is_cut_only_on_a_terminal():
    args = ("check", "--dns", TOP / "demo" / "demo.zone", "--at", "2026-09-01T03:05:00Z", "--brief", "--color=never")
    whole = run(*args, TOP / "demo" / "1-genuine.eml").text
    assert whole.startswith(f"pass      {TOP}/demo/1-genuine.eml Genuine: ") and ".." not in whole
    shown = on_terminal(*args, ((TOP / "demo").as_posix() + "/" + "./" * 30 + "1-genuine.eml")).decode()
    assert shown.rstrip().endswith("..") and shown.count("\n") == 1


def test_explain_tells_questions_rules_and_hashes(ingam, mail_file):
    text = ingam("check", *ENVELOPE, "--explain", mail_file(signed(message()))).text
    assert re.search(r'legit\.example +TXT +ok +300 s +"v=spf1 ip4:192\.0\.2\.0/24 -all"', text)
    assert re.search(r"_dmarc\.legit\.example +TXT +ok", text)
    assert re.search(r"\[RFC7208 [0-9.]+\]", text) and re.search(r"\[RFC9989 [0-9.]+\]", text)
    assert re.search(r"\[RFC6376 [0-9.]+\]", text)
    assert re.search(r"body hash wanted \S{43}=, got\s+\S{43}= over 7 canonical bytes", text)
    assert "DKIM signature 1 of 1: d=legit.example s=sel" in text
    assert re.search(r"signed at 1788260400, \d+ seconds ago; that is\s+2026-09-01T", text)
    assert "Authentication-Results: mx.rcpt.example;" in text


def test_explain_shows_a_fold_as_a_space(ingam, mail_file):
    mail = signed(message())
    at = mail.index(b"h=from") + 6
    got = ingam("check", *ENVELOPE, "--explain", mail_file(mail[:at] + b"\r\n\t " + mail[at:]))
    assert "signed fields: from :" in got.words and "\\x0d" not in got.text


def test_explain_puts_a_caret_under_the_byte(ingam, mail_file):
    text = ingam("check", "--ip", "192.0.2.10", "--helo", "x", "--mail-from", "a@typo.example", "--explain",
                 mail_file(message())).text
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip() == "^")
    assert lines[at - 1][lines[at].index("^"):].startswith("ipp4:")


def test_lines_fit(ingam, mail_file):
    for extra in ((), ("--explain",)):
        text = ingam("check", *ENVELOPE, *extra, mail_file(signed(message()))).text
        assert max(map(len, text.splitlines())) <= 100


# --- the terminal ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("unit", [b"word ", b"x", b"\xff", b"w" * 45 + b" "])
def test_long_fields_take_few_lines(ingam, mail_file, unit):
    long = unit * (20000 // len(unit))
    mail = message().replace(b"Ann <", b'"' + long + b'" <').replace(b"Subject: Hello", b"Subject: " + long)
    got = ingam("check", *ENVELOPE, mail_file(mail.replace(b"To:", b"junk " + long + b"\r\nTo:")))
    rows = got.text.splitlines()
    at = [next(i for i, row in enumerate(rows) if row.startswith("  " + name)) for name in ("From", "Subject", "Client")]
    assert at[1] - at[0] <= 3 and at[2] - at[1] <= 3
    assert len(rows) < 40 and len(re.findall(r"\.\.\. \d+\s+bytes", got.text)) >= 3


HOSTILE = ("\x1b]0;owned\x07\x1b[2J \x9b31m \u202eevil\u202c \u200bx\u200f \x00\x08\x7f \ud7ff \U000e0041 \u2028").encode(
    "utf-8", "surrogatepass")


@pytest.mark.parametrize("extra", [(), ("--explain",), ("--brief",), ("--json",)])
def test_nothing_hostile_reaches_the_terminal(ingam, mail_file, extra):
    mail = message("Received: from " + "h\x1b[31m" + " (x [192.0.2.10]) by mx", "Return-Path: <\x1b[5m\u202e@legit.example>",
                   "DKIM-Signature: v=1; a=\x1b[7m; d=\x9b.example; s=\u202e; b=x; bh=y; h=from")
    mail = mail.replace(b"Subject: Hello", b"Subject: " + HOSTILE + b" =?utf-8?q?=1B[2J=E2=80=AE?=")
    mail = mail.replace(b"Ann <", b'"' + HOSTILE.replace(b"\x00", b"") + b'" <')
    got = ingam("check", *extra, mail_file(mail, "m\x1b[31m.eml"))
    shown = got.out + got.err
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", shown)
    for letter in shown.decode():
        assert not ("\x80" <= letter <= "\x9f" or "\u200b" <= letter <= "\u200f" or "\u2028" <= letter <= "\u202e"
                    or "\u2060" <= letter <= "\u206f" or "\U000e0000" <= letter <= "\U000e0fff"), letter


def test_letters_are_shown_where_the_locale_can(ingam, mail_file):
    mail = message().replace(b"Subject: Hello", "Subject: =?utf-8?q?=EC=9D=B8=EA=B0=90?= und \u00dcbung".encode())
    path = mail_file(mail)
    assert "\uc778\uac10 und \u00dcbung" in ingam("check", *ENVELOPE, path).text
    assert "\\u{c778}\\u{ac10} und \\u{dc}bung" in ingam("check", *ENVELOPE, path, locale="C").text


def test_complaints_are_harmless_too():
    got = run("check", "--no-such\x1b[31m")
    assert got.status == 64 and b"\x1b" not in got.err


def test_colours(ingam, mail_file):
    path = mail_file(message())
    assert b"\x1b[" not in ingam("check", *ENVELOPE, path).out
    assert b"\x1b[32m" in ingam("check", *ENVELOPE, "--color=always", path).out
    assert b"\x1b[" not in ingam("check", *ENVELOPE, "--color", "never", path).out


def on_terminal(*args, **env):
    """Runs the command with a terminal as its output; gives what arrived there."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    environment.pop("NO_COLOR", None)
    environment.update(env)
    child = subprocess.Popen([BINARY, *map(str, args)], stdout=slave, stdin=subprocess.DEVNULL, env=environment)
    os.close(slave)
    got = b""
    try:
        while chunk := os.read(master, 65536):
            got += chunk
    except OSError:
        pass
    child.wait(timeout=60)
    os.close(master)
    return got


def test_colours_on_a_terminal():
    args = ("check", "--dns", TOP / "demo" / "demo.zone", "--at", "2026-09-01T03:05:00Z", TOP / "demo" / "1-genuine.eml")
    assert b"\x1b[32mGenuine\x1b[0m" in on_terminal(*args)
    assert b"\x1b[" not in on_terminal(*args, NO_COLOR="1")
    assert b"\x1b[" not in on_terminal(*args, TERM="dumb")
