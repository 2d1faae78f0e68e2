# SPDX-License-Identifier: BSD-2-Clause
"""ingamd beside Sendmail: a real one, whose configuration its own m4 files make from the line of our manual; and miltertest
playing its part, with what only a network of its own could bring about."""
import re
import subprocess

import letters
import pytest
import sendmail
import servers
from conftest import TOP, run
from daemon import Ingamd
from letters import BAD, GOOD, letter, sealed
from rig import keys_folder, results

AR = "Authentication-Results"
LINE = re.search(r"^INPUT_MAIL_FILTER\(.*$", (TOP / "docs" / "postfix.md").read_text(), re.M)[0]
HERE, ELSEWHERE = "127.0.0.2", "127.0.0.3"   # clients on loopback: the one may send for here.example
ZONE = 'here TXT "v=spf1 ip4:127.0.0.2 -all"\n_dmarc.here TXT "v=DMARC1; p=reject"\n'


class Rig:
    """Sendmail and ingamd, with the lines of the manual."""

    def __init__(self, folder, conf="", flags="F=T, "):
        sock = folder / "sendmail" / "ingam"
        line = LINE.replace("/run/ingam/milter", "/srv/ingam")
        assert "F=T, " in line
        self.mta = sendmail.Sendmail(folder / "sendmail", line.replace("F=T, ", flags))
        self.ingamd = Ingamd(folder / "ingamd", f'authserv-id = "mx.rcpt.example"\nlisten "unix:{sock}" {{ mode = 0660 }}\n{conf}',
                             zone=letters.zone() + ZONE)

    def __enter__(self):
        self.ingamd.start()
        self.mta.start()
        return self

    def __exit__(self, *_):
        self.mta.stop()
        self.ingamd.stop()

    def comes_out(self, mail, **session):
        code, text = self.mta.send(mail, **session)
        assert code == 250, text
        return self.mta.delivered()


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("sendmail"), "mode = enforce\non-reject = reject\n") as rig:
        yield rig


def ours_and_rest(got):
    """Our field off the top, Sendmail's Received off the rest."""
    lines = got.split(b"\n")
    n = next(i for i, line in enumerate(lines) if i and line[:1] not in b" \t")
    received, rest = b"\n".join(lines[n:]).split(b" GMT\n", 1)
    assert received.startswith(b"Received: from m.legit.example")
    return b" ".join(b"\n".join(lines[:n]).split()).decode(), rest


@pytest.mark.parametrize("mail", [sealed(letter()), sealed(letter(body=".\r\n..x\r\n\xe4 \t\r\n\r\n")),
                                  sealed(letters.message("X-A:x", "X-B:   x  y", "X-C:\r\n x\r\n\ty", "References:" + "\r\n <x@y>" * 90)),
                                  sealed(letter(body=""))], ids=["usual", "dots", "white space", "empty"])
def test_what_went_in_comes_out(rig, mail):
    field, rest = ours_and_rest(rig.comes_out(mail))
    assert field.startswith("Authentication-Results: mx.rcpt.example") and rest == mail.replace(b"\r\n", b"\n")
    assert results(field)["dkim"] == "pass" and results(field)["dmarc"] == "pass"


def test_the_client_counts(rig):
    field, rest = ours_and_rest(rig.comes_out(letter("here.example"), sender="a@here.example", source=HERE))
    assert results(field) == {"spf": "pass", "dkim": "none", "dmarc": "pass"}
    code, text = rig.mta.send(letter("here.example"), sender="a@here.example", source=ELSEWHERE)
    assert code == 550 and text.startswith("5.7.1 ") and "here.example" in text
    code, text = rig.mta.send(letter("sick.example"), sender="a@sick.example", source=HERE)
    assert code == 451 and text.startswith("4.7."), text


def test_forged_results_go(rig):
    forged = b"Authentication-Results: mx.rcpt.example; dmarc=pass\r\nauthentication-results:MX.rcpt.example; dmarc=pass\r\n"
    field, rest = ours_and_rest(rig.comes_out(forged + sealed(letter())))
    assert rest == sealed(letter()).replace(b"\r\n", b"\n") and results(field)["dmarc"] == "pass"


def test_quarantine_holds(tmp_path):
    with Rig(tmp_path, "mode = enforce\nquarantine = hold\n") as rig:
        assert rig.mta.send(letter("here.example"), sender="a@here.example", source=ELSEWHERE)[0] == 250
        held = rig.mta.system.run("/usr/libexec/sendmail/sendmail", "-C", "/srv/etc/mail/sendmail.cf", "-bp", "-qQ")
        assert b"QUARANTINE" in held and not list((rig.mta.folder / "mail").iterdir())


def test_mail_of_ours_is_signed(tmp_path):
    dkim = pytest.importorskip("dkim")
    keys = keys_folder(tmp_path / "keys", "legit.example")
    with Rig(tmp_path, f'sign {{\n keys = "{keys}"\n clients = {{ "{HERE}" }}\n}}\n') as rig:
        got = rig.comes_out(letter(), source=HERE)
        assert got.startswith(b"DKIM-Signature:") and dkim.verify(got.replace(b"\n", b"\r\n"), dnsfunc=letters.record_of)
        assert b"DKIM-Signature" not in rig.comes_out(letter(), source=ELSEWHERE)


def test_away(tmp_path):
    """F=T: mail is deferred while ingamd is away; without it, accepted as it is."""
    for flags, want in (("F=T, ", 451), ("", 250)):
        with Rig(tmp_path / str(want), flags=flags) as rig:
            rig.ingamd.stop()
            assert rig.mta.send(sealed(letter()))[0] == want
            if want == 250:
                assert rig.mta.delivered().startswith(b"Received:")
            rig.ingamd.start()
            assert results(ours_and_rest(rig.comes_out(sealed(letter())))[0])["dkim"] == "pass"


def test_setup_prints_the_line_of_the_page():
    told = run("setup", "sendmail", "--listen", "unix:/run/ingam/milter", "--on-failure", "defer")
    assert told.status == 0 and LINE in told.text


# --- miltertest -----------------------------------------------------------------------------------------------------

# A session as Sendmail 8.17 speaks: all that it offers, its macros at the steps where it sends them, <> around addresses.
PLAY = """
conn = mt.connect(socket, 20, 0.1)
assert(conn, "no connection")
assert(mt.negotiate(conn, 6, 0x1FF, 0x1FFFFF) == nil)
mt.macro(conn, SMFIC_CONNECT, "j", "mx.rcpt.example", "_", host .. " [" .. ip .. "]", "{daemon_name}", "MTA",
         "{if_name}", "mx.rcpt.example", "{if_addr}", "127.0.0.1")
assert(mt.conninfo(conn, host, ip) == nil)
mt.macro(conn, SMFIC_HELO, "{tls_version}", "TLSv1.3")
for n = 1, 3 do
    if user ~= "" then
        mt.macro(conn, SMFIC_MAIL, "i", "6AM2O5jp00002" .. n, "{mail_addr}", "a@legit.example", "{auth_type}", "PLAIN",
                 "{auth_authen}", user)
    else
        mt.macro(conn, SMFIC_MAIL, "i", "6AM2O5jp00002" .. n, "{mail_addr}", "a@legit.example")
    end
    assert(mt.mailfrom(conn, "<a@legit.example>", "SIZE=1000", "BODY=8BITMIME") == nil)
    mt.macro(conn, SMFIC_RCPT, "{rcpt_addr}", "b@rcpt.example", "{rcpt_mailer}", "local")
    assert(mt.rcptto(conn, "<b@rcpt.example>", "NOTIFY=NEVER") == nil)
    assert(mt.data(conn) == nil)
    assert(mt.header(conn, "Authentication-Results", "mx.rcpt.example; dmarc=pass") == nil)
    assert(mt.header(conn, "From", "Ann <a@legit.example>") == nil)
    assert(mt.header(conn, "Subject", "Hello") == nil)
    if n == 2 then
        mt.abort(conn)
    else
        assert(mt.eoh(conn) == nil)
        assert(mt.bodystring(conn, "Hello\\r\\n") == nil)
        assert(mt.eom(conn) == nil)
        mt.echo("reply " .. string.char(mt.getreply(conn)))
        mt.echo("results " .. (mt.getheader(conn, "Authentication-Results", 0) or "none"))
        mt.echo("signature " .. (mt.getheader(conn, "DKIM-Signature", 0) or "none"))
        mt.echo("insert " .. tostring(mt.eom_check(conn, MT_HDRINSERT)))
        mt.echo("delete " .. tostring(mt.eom_check(conn, MT_HDRDELETE, "Authentication-Results")))
    end
end
mt.disconnect(conn)
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Plays the session against an ingamd; gives what is said for each of its two whole messages."""
    program, folder = servers.find("miltertest"), tmp_path_factory.mktemp("miltertest")
    keys = keys_folder(folder / "keys", "legit.example")
    (folder / "play.lua").write_text(PLAY)
    port = servers.free_port()
    ingamd = Ingamd(folder / "ingamd", f'authserv-id = "mx.rcpt.example"\nlisten "inet:{port}@127.0.0.1" {{ }}\nsign {{ keys = "{keys}" }}\n',
                    zone=letters.zone())
    ingamd.start()

    def play(**words):
        given = {"socket": f"inet:{port}@127.0.0.1", "host": "m.legit.example", "ip": GOOD, "user": "", **words}
        done = subprocess.run([program, "-w", *(w for k, v in given.items() for w in ("-D", f"{k}={v}")), "-s", folder / "play.lua"],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return parts(done.stdout)

    yield play
    ingamd.stop()


def parts(text):
    """The echoed lines, a dict for each message; folded values are one line."""
    messages = []
    for line in text.splitlines():
        word, _, value = line.partition(" ")
        if word == "reply":
            messages.append({})
        if word in ("reply", "results", "signature", "insert", "delete"):
            last = word
            messages[-1][word] = value
        else:
            messages[-1][last] += " " + line.strip()
    return messages


def test_played_sessions_are_judged(played):
    for ip, spf, dmarc in ((GOOD, "pass", "pass"), (BAD, "fail", "fail"), ("2001:db8::1", "fail", "fail")):
        said = played(ip=ip)
        assert len(said) == 2
        for one in said:
            assert one["insert"] == one["delete"] == "true" and one["signature"] == "none"
            assert results(one["results"]) == {"spf": spf, "dkim": "none", "dmarc": dmarc}, one


def test_played_logins_are_signed(played):
    for one in played(user="ann", ip=BAD):
        assert "d=legit.example" in one["signature"] and one["results"] == "none" and one["delete"] == "true"


def test_a_local_submission_is_signed(played):
    """Sendmail tells of an unknown family where sendmail(1) hands mail over."""
    for one in played(ip="unspec", host="localhost"):
        assert "d=legit.example" in one["signature"], one
