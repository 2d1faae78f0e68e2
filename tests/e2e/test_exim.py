# SPDX-License-Identifier: BSD-2-Clause
"""ingamd beside a real Exim, by the ACL that is shipped: what is accepted, what is refused, and that what comes out is what went in
and our fields, as the same Exim delivers it without us."""
import re
import socketserver
import threading

import exim
import letters
import mta
import pytest
import servers
from conftest import ENVELOPE, message, run
from exim import Rig, shape
from letters import BAD, GOOD, letter, sealed
from rig import keys_folder, results

AR, TAG = "Authentication-Results", "X-Ingam-Action"
ENFORCE = "mode = enforce\n"
PASSED = {"spf": "pass", "dkim": "pass", "dmarc": "pass"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The same Exim without us."""
    with exim.Exim(tmp_path_factory.mktemp("plain")) as e:
        yield e


@pytest.fixture(scope="module")
def observing(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("observe")) as rig:
        yield rig


@pytest.fixture(scope="module")
def enforcing(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("enforce"), ENFORCE) as rig:
        yield rig


def without_us(plain, mail, **session):
    code, text = plain.send(mail, **session)
    assert code == 250, (code, text)
    return shape(plain.delivered()[0].mail)


def test_the_manual_shows_what_is_shipped():
    text = (servers.TOP / "docs" / "exim.md").read_text()
    main, acl, local = exim.our_lines("127.0.0.1 8899")
    assert main.endswith("\nacl_not_smtp = acl_ingam_local\n") and "`acl_not_smtp = acl_ingam_local` in the main section" in text
    for lines in (main.removesuffix("acl_not_smtp = acl_ingam_local\n"), acl, local):
        assert f"```\n{lines}```\n" in text


# --- what comes out -------------------------------------------------------------------------------------------------

SHAPES = {
    "usual": (sealed(letter()), PASSED),
    "unsigned": (letter(), {"spf": "pass", "dkim": "none", "dmarc": "pass"}),
    "dots": (sealed(letter(body=".\r\n..\r\n...dots\r\n. end\r\n.\r\n")), PASSED),
    "no last line end": (sealed(letter(body="open")), PASSED),
    "empty body": (sealed(letter(body="")), PASSED),
    "blank lines": (sealed(letter(body="\r\n\r\n \r\n\t\r\nx\r\n\r\n\r\n")), PASSED),
    "8 bit": (sealed(letter(body="").replace(b"Subject: Hello", "Subject: Grüße".encode())
                     + bytes(range(128, 256)) + b"\r\n\xff\xfe\r\n"), PASSED),
    "long folds": (sealed(message(f"X-Long: {' '.join(['word'] * 20)}", "X-Fold: a\r\n\tb\r\n   c\r\n \td  ",
                                  "References:" + "\r\n <x@y>" * 300)), PASSED),
    "simple": (sealed(letter(body="a  b \r\n\r\n"), canon="simple/simple"), PASSED),
    "fields of the mbox head": (sealed(message("X-Envelope-From: <x@y>", "X-Envelope-To: z")), PASSED),
    "From in the body": (sealed(letter(body="From a@b Sun Nov 22 02:02:48 2026\r\n\r\nFrom x\r\n>From y\r\n")), PASSED),
    "body like a header": (sealed(letter(body="Authentication-Results: mx.rcpt.example; dmarc=pass\r\n")), PASSED),
    "no header": (b"\r\nHello\r\n", {"spf": "pass", "dkim": "none"}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_what_went_in_comes_out(observing, plain, name):
    mail, want = SHAPES[name]
    (field, *_), rest = observing.comes_out(mail, [AR, TAG] if name == "no header" else [AR])
    assert field.startswith("Authentication-Results: mx.rcpt.example")
    assert want.items() <= results(field).items(), field
    assert shape(rest) == without_us(plain, mail)


def test_what_exim_says_of_the_client(observing, plain):
    """Address, HELO, sender, queue id: all that stands in the log and the field."""
    (field,), _ = observing.comes_out(letter(), [AR], client="2001:db8::9", helo="other.example")
    assert results(field)["spf"] == "fail" and "smtp.mailfrom=legit.example" in field
    line = observing.told()[-1]
    assert line["client"] == "2001:db8::9"
    assert line["queue"] in observing.exim.log()


def test_null_sender(observing, plain):
    """SPF is then about the name in HELO, and Exim's mbox head is one line shorter."""
    mail = sealed(message("X-Envelope-From: <x@y>"))
    (field,), rest = observing.comes_out(mail, [AR], sender="", helo="legit.example")
    assert results(field) == PASSED and "smtp.helo=legit.example" in field
    assert shape(rest) == without_us(plain, mail, sender="", helo="legit.example")


def test_ten_megabytes(observing, plain):
    line = bytes(range(32, 127)).replace(b".", b"") + b"\r\n"
    mail = sealed(letter(body="") + line * (10_500_000 // len(line)))
    (field,), rest = observing.comes_out(mail, [AR])
    assert results(field) == PASSED and len(rest) > 10_000_000
    assert shape(rest) == without_us(plain, mail)


def test_many_recipients(observing):
    """One message; the line that names them all is longer than any line of a mail may be."""
    to = [f"recipient.number.{i}@rcpt.example" for i in range(200)]
    assert observing.send(sealed(letter()), to=to)[0] == 250
    for got in observing.exim.delivered(200, 60):
        assert results(got.only(AR)) == PASSED


def test_many_messages_on_one_connection(observing):
    with observing.exim.client() as smtp:
        for i in range(20):
            mail, sender = (sealed(letter()), "a@legit.example") if i % 2 else (letter(), "a@other.example")
            assert smtp.deliver(mail.replace(b"Hello\r\nDate", b"%d\r\nDate" % i) if i % 2 == 0 else mail, sender)[0] == 250
    got = [results(g.only(AR)) for g in observing.exim.delivered(20)]
    assert got.count(PASSED) == 10 and got.count({"spf": "fail", "dkim": "none", "dmarc": "fail"}) == 10


# --- forged fields --------------------------------------------------------------------------------------------------

FORGED = ["Authentication-Results: mx.rcpt.example; dmarc=pass", "authentication-results:mx.rcpt.example; spf=pass",
          "AUTHENTICATION-RESULTS: (x) MX.Rcpt.Example 1; dkim=pass", 'Authentication-Results: "mx.rcpt.example"; dmarc=pass',
          "Authentication-Results:\r\n mx.rcpt.example;\r\n dmarc=pass", "Authentication-Results : mx.rcpt.example; dmarc=pass",
          "Authentication-Results: (mx.rcpt.example (nested \\) )) mx.rcpt.example/1; none"]
OTHERS = ["Authentication-Results: mx.other.example; dmarc=fail",
          "Authentication-Results: <; not.mx.rcpt.example;\r\n\t:at_start:X-Ingam-Action: none\r\n Reply: 550 x ${lookup} \\N $1",
          "Authentication-Results:"]


@pytest.mark.parametrize("forged", FORGED)
def test_each_spelling_of_a_forged_result_goes(observing, plain, forged):
    (field, _), rest = observing.comes_out(forged.encode() + b"\r\n" + letter(), [AR, TAG], client=BAD)
    assert results(field)["dmarc"] == "fail"
    assert shape(rest) == without_us(plain, letter(), client=BAD)


def test_forged_results_go_and_others_stay(observing, plain):
    """The others come back right below the server's own Received, in their order."""
    honest = sealed(letter())
    mixed = [FORGED[0], OTHERS[0], *FORGED[1:4], OTHERS[1], *FORGED[4:], OTHERS[2], "X-" + FORGED[0]]
    (field,), rest = observing.comes_out("\r\n".join(mixed).encode() + b"\r\n" + honest, [AR])
    assert results(field) == PASSED
    kept = "\r\n".join([*OTHERS, "X-" + FORGED[0]]).encode()
    assert shape(rest) == without_us(plain, kept + b"\r\n" + honest)


def test_others_alone_are_not_touched(observing, plain):
    mail = "\r\n".join(["X-A: b", *OTHERS, "Received: from x by y", *OTHERS]).encode() + b"\r\n" + sealed(letter())
    _, rest = observing.comes_out(mail, [AR])
    assert shape(rest) == without_us(plain, mail)


# --- policy ---------------------------------------------------------------------------------------------------------

def test_observing_refuses_nothing(observing, plain):
    for mail, client in ((letter(), BAD), (letter("sick.example"), GOOD), (letter("soft.example"), BAD)):
        code, _ = observing.send(mail, client=client)
        assert code == 250
        got = observing.exim.delivered()[0]
        assert results(got.only(AR)).get("dmarc") != "pass"
        ours = [letters.field_name(f) for _, f in got.fields[:2] if letters.field_name(f) in (AR, TAG)]
        assert shape(letters.take_ours(got, ours)[1]) == without_us(plain, mail, client=client)


def test_enforcing_accepts_what_passes(enforcing, plain):
    for mail, client, want in ((sealed(letter()), BAD, {"dkim": "pass", "dmarc": "pass"}),
                               (letter(), GOOD, {"spf": "pass", "dmarc": "pass"}),
                               (letter("nopolicy.example"), GOOD, {"dmarc": "none"})):
        (field,), rest = enforcing.comes_out(mail, [AR], client=client)
        assert want.items() <= results(field).items(), field
        assert shape(rest) == without_us(plain, mail, client=client)


def test_quarantine_tags(enforcing, plain):
    """A tag of the sender's own goes."""
    for forged in (b"", b"X-Ingam-Action: none\r\nx-ingam-action : quarantine\r\n"):
        assert enforcing.send(forged + letter("soft.example"), client=BAD)[0] == 250
        got = enforcing.exim.delivered()[0]
        assert got.only(TAG).startswith("X-Ingam-Action: quarantine")
        ours, rest = letters.take_ours(got, [letters.field_name(f) for _, f in got.fields[:2]])
        assert sorted(f.split(":")[0] for f in ours) == [AR, TAG]
        assert shape(rest) == without_us(plain, letter("soft.example"), client=BAD)


def test_quarantine_holds(tmp_path):
    """Exim's own quarantine: the message is frozen, its fields with it."""
    with Rig(tmp_path, ENFORCE + "quarantine = hold\n") as rig:
        assert rig.send(letter("soft.example"), client=BAD)[0] == 250
        assert mta.wait_for(lambda: "*** frozen ***" in rig.exim.queue()) and not rig.exim.files()
        name = re.search(r"\b\w{6}-\w{6}-\w{2}\b", rig.exim.queue())[0]
        rig.exim.sendmail(b"", "-Mt", name)
        rig.exim.sendmail(b"", "-M", name)
        assert results(rig.exim.delivered()[0].only(AR))["dmarc"] == "fail"


def test_reject(tmp_path):
    with Rig(tmp_path, ENFORCE + "on-reject = reject\n") as rig:
        code, text = rig.send(letter(), client=BAD)
        assert code == 550 and text.startswith("5.7.1 ") and "legit.example" in text
        name = re.search(r"\(([a-z2-7]{10})\)$", text)
        assert name and name[1] in "\n".join(rig.ingamd.lines())
        assert rig.send(sealed(letter()), client=BAD)[0] == 250
        assert results(rig.exim.delivered()[0].only(AR))["dmarc"] == "pass"


def test_tempfail(enforcing):
    code, text = enforcing.send(letter("sick.example"), client=BAD)
    assert code == 451 and text.startswith("4.7."), text
    assert enforcing.exim.delivered(0, 0.2) == []


# --- mail that is ours ----------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def signing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sign")
    keys = keys_folder(folder / "keys", "legit.example", "rcpt.example", "mx.rcpt.example")
    with Rig(folder, ENFORCE + f'sign {{\n keys = "{keys}"\n}}\n') as rig:
        yield rig


def signature_passes(mail, tmp_path, domain="legit.example"):
    """Judged by the command, as who gets the mail would."""
    zone = tmp_path / "zone"
    zone.write_text(letters.zone())
    got = run("check", "--dns", zone, "--json", *ENVELOPE, "-", stdin=mail)
    return f"d={domain};".encode() in mail and [s["result"] for s in got.json["dkim"]] == ["pass"]


@pytest.mark.parametrize("name", [n for n, (mail, _) in SHAPES.items() if mail.startswith(b"DKIM")])
def test_what_users_send_is_signed(signing, tmp_path, name):
    """By PLAIN; the signature holds for what went out over SMTP."""
    mail = re.sub(rb"^DKIM-Signature:.*?\r\n(?![ \t])", b"", SHAPES[name][0], flags=re.S)
    with signing.exim.client(client=BAD) as smtp:
        smtp.login_plain("ann")
        assert smtp.deliver(mail, to=["c@far.example"])[0] == 250
    out = signing.exim.sink.taken()[0]
    assert out.startswith(b"DKIM-Signature:") and out.endswith(mail if mail.endswith(b"\r\n") else mail + b"\r\n")
    assert signature_passes(out, tmp_path)
    assert not signature_passes(out.replace(b"\r\nSubject:", b"\r\nSubject: x"), tmp_path)


@pytest.mark.parametrize("user", [None, 1])
def test_what_programs_of_the_host_send_is_signed(signing, tmp_path, user):
    """sendmail(1), by root and by another account; Exim hides the Bcc before we see it."""
    mail = letter().replace(b"\r\n", b"\n").replace(b"\nTo: b@rcpt.example", b"\nTo: c@far.example\nBcc: d@far.example")
    signing.exim.sendmail(mail, "-t", "-oi", user=user)
    out = signing.exim.sink.taken()[0]
    assert b"Bcc" not in out and signature_passes(out, tmp_path)


def test_strangers_are_judged_and_not_signed(signing):
    (field,), rest = signing.comes_out(letter(), [AR], client=GOOD)
    assert results(field)["spf"] == "pass" and b"DKIM-Signature" not in rest


def test_bounces(signing):
    """Exim makes them itself and shows them to the ACL for local mail: null sender, no client, signed as ours."""
    assert signing.send(sealed(letter()), to=["x@nowhere.example"])[0] == 250
    got = signing.exim.delivered()[0]
    assert got.only("From").startswith("From: Mail Delivery System") and got.every("DKIM-Signature")


def test_what_is_passed_on_is_sealed(tmp_path):
    """All three fields of the set survive, in their order, and the seal holds."""
    keys = keys_folder(tmp_path / "keys", "rcpt.example")
    conf = f'sign {{\n keys = "{keys}"\n seal = {{ "far.example" }}\n seal-domain = "rcpt.example"\n}}\n'
    record = "sel._domainkey.rcpt TXT " + " ".join(f'"{letters.KEY.record()[i:i + 200]}"' for i in range(0, 600, 200))
    with Rig(tmp_path, conf, zone=letters.zone() + record + "\n") as rig:
        assert rig.send(sealed(letter()), to=["c@far.example"])[0] == 250
        out = rig.exim.sink.taken()[0]
        names = [line.split(b":")[0] for line in out.split(b"\r\n") if line[:1] not in (b" ", b"\t")][:4]
        assert names == [b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results", AR.encode()]
        got = run("check", "--dns", rig.ingamd.folder / "dns.zone", "--json", *ENVELOPE, "-", stdin=out).json
        assert got["arc"]["result"] == "pass" and got["dkim"][0]["result"] == "pass"


def test_setup_does_what_the_tests_do(tmp_path):
    """ingam setup exim --apply makes of the Exim without us the one with us, and --undo takes it back."""
    with Rig(tmp_path) as rig, exim.Exim(tmp_path / "by-setup") as bare:
        file = bare.folder / "etc" / "exim4" / "exim4.conf"
        before = file.read_text()
        options = ("--listen", f"inet:{rig.port}@127.0.0.1", "--mta-config", file)
        for option, n in (("--apply", 1), ("--undo", 0)):
            assert run("setup", "exim", *options, option).status == 0
            bare.system.stop()
            bare.start()
            assert bare.send(sealed(letter()))[0] == 250
            assert [results(f.decode()) for f in bare.delivered()[0].every(AR)] == [PASSED] * n
        assert file.read_text() == before


OWN_ACL = "acl_mine:\n  warn\n    add_header = X-Mine: yes\n  accept\n"


@pytest.mark.parametrize("own", [False, True])
def test_setup_has_local_mail_signed(signing, tmp_path, own):
    """Where nothing is said of mail without SMTP we say it; where there is an ACL for it, that one keeps its lines and gets ours."""
    with exim.Exim(tmp_path / "e", more="acl_not_smtp = acl_mine\n" if own else "") as e:
        file = e.folder / "etc" / "exim4" / "exim4.conf"
        file.write_text(file.read_text().replace("begin acl\n", "begin acl\n" + OWN_ACL))
        before = file.read_text()
        options = ("--listen", f"inet:{signing.port}@127.0.0.1", "--mta-config", file)
        assert run("setup", "exim", *options, "--apply").status == 0
        assert run("setup", "exim", *options, "--apply").status == 0 and file.read_text().count("spam = ") == 2
        e.system.stop()
        e.start()
        e.sendmail(letter().replace(b"\r\n", b"\n").replace(b"\nTo: b@rcpt.example", b"\nTo: c@far.example"), "-t", "-oi")
        out = e.sink.taken()[0]
        assert signature_passes(out, tmp_path) and (b"X-Mine: yes" in out) == own
        assert e.send(sealed(letter()), to=["x@nowhere.example"])[0] == 250
        assert e.delivered()[0].every("DKIM-Signature")
        assert run("setup", "exim", *options, "--undo").status == 0 and file.read_text() == before


class Scanner:
    """A spamd that finds nothing, and what it was asked."""

    def __init__(self):
        asked = self.asked = []

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                asked.append(self.rfile.read())
                self.wfile.write(b"SPAMD/1.1 0 EX_OK\r\nSpam: False ; 1.5 / 5.0\r\n\r\n1.5\n")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", servers.free_port()), Session)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def test_another_scanner_beside_it(signing, tmp_path):
    """As the manual has it: setup leaves this Exim alone, says the word to write, and with that both are asked."""
    manual = (servers.TOP / "docs" / "exim.md").read_text().partition("## SpamAssassin or rspamd beside it")[2]
    ours, theirs = "    set acl_m_ingam_asks = yes\n", "    set acl_m_ingam_asks =\n"
    assert f"```\n{ours}```\n" in manual and f"```\n{theirs}```\n" in manual
    scanner = Scanner()
    try:
        with exim.Exim(tmp_path / "e", f"127.0.0.1 {signing.port}") as e:
            file = e.folder / "etc" / "exim4" / "exim4.conf"
            own = f"spamd_address = 127.0.0.1 {scanner.port}\n"
            text = re.sub("spamd_address = .*\n", "", file.read_text())
            bare = tmp_path / "bare.conf"
            bare.write_text(own + text)
            got = run("setup", "exim", "--listen", f"inet:{signing.port}@127.0.0.1", "--mta-config", bare, "--apply")
            word = re.search(rb"spamd_address = \$.*", got.err)[0].decode()
            assert got.status == 65 and re.sub(rf"\b({signing.port})\b", "8899", word.replace(str(scanner.port), "783")) in manual
            file.write_text(word + "\n" + text.replace("    spam = ingam", ours + "    spam = ingam").replace(
                "  accept\n", "  warn\n" + theirs + "    spam = nobody:true\n    add_header = X-Score: $spam_score\n  accept\n", 2))
            e.system.stop()
            e.start()
            assert e.send(sealed(letter()))[0] == 250
            got = e.delivered()[0]
            assert results(got.only(AR)) == PASSED and got.only("X-Score") == "X-Score: 1.5" and len(scanner.asked) == 1
            e.sendmail(letter().replace(b"\r\n", b"\n"), "-t", "-oi")
            assert e.delivered()[0].every("DKIM-Signature") and len(scanner.asked) == 2
    finally:
        scanner.stop()


# --- bad days -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("on_failure", ["accept", "defer"])
def test_the_daemon_is_away(tmp_path, on_failure):
    """Mail passes or waits; a field that bears our name is never ours then."""
    with Rig(tmp_path, on_failure=on_failure) as rig:
        with rig.exim.client() as smtp:
            assert smtp.deliver(sealed(letter()))[0] == 250
            assert results(rig.exim.delivered()[0].only(AR)) == PASSED
            rig.ingamd.stop()
            code, _ = smtp.deliver(FORGED[0].encode() + b"\r\n" + letter())
            assert code == (250 if on_failure == "accept" else 451)
            if on_failure == "accept":
                got = rig.exim.delivered()[0]
                assert not got.every(AR) and "ingamd does not answer" in rig.exim.log()
            rig.exim.sendmail(letter().replace(b"\r\n", b"\n"), "-t", "-oi")    # which nobody would send again
            assert not rig.exim.delivered()[0].every("DKIM-Signature")
            rig.ingamd.start()
            assert smtp.deliver(sealed(letter()))[0] == 250
            assert results(rig.exim.delivered()[0].only(AR)) == PASSED


def test_a_real_name_server(tmp_path):
    nsd = servers.Nsd(tmp_path / "nsd")
    record = letters.KEY.record()
    key = " ".join(f'"{record[i:i + 200]}"' for i in range(0, len(record), 200))
    nsd.serve({"example": f'legit TXT "v=spf1 ip4:192.0.2.0/24 -all"\n_dmarc.legit TXT "v=DMARC1; p=reject"\n'
                          f"sel._domainkey.legit TXT {key}\n"})
    try:
        conf = f'on-reject = reject\nresolver {{\n way = forward\n forward = "{nsd.address}"\n}}\n'
        with Rig(tmp_path / "rig", ENFORCE + conf, dns=False) as rig:
            (field,), _ = rig.comes_out(sealed(letter()), [AR])
            assert results(field) == PASSED
            assert rig.send(letter(), client=BAD)[0] == 550
    finally:
        nsd.stop()
