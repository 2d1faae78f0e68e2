# SPDX-License-Identifier: BSD-2-Clause
"""ingamd beside a real Postfix: what is accepted, what is refused, and that what comes out is what went in and our fields, byte
by byte, as the same Postfix delivers it without us."""
import re
import socket
import time

import letters
import mta
import pytest
from conftest import message
from letters import BAD, GOOD, letter, sealed, shape
from rig import Rig, keys_folder, results

AR, ACTION = "Authentication-Results", "X-Ingam-Action"
OBSERVE, ENFORCE = "mode = observe\n", "mode = enforce\n"
PASSED = {"spf": "pass", "dkim": "pass", "dmarc": "pass"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The same Postfix without a milter."""
    with mta.Postfix(tmp_path_factory.mktemp("plain")) as postfix:
        yield postfix


@pytest.fixture(scope="module")
def observing(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("observe"), OBSERVE) as rig:
        yield rig


@pytest.fixture(scope="module")
def enforcing(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("enforce"), ENFORCE) as rig:
        yield rig


def without_us(plain, mail, **session):
    """What the other one delivers."""
    code, text = plain.send(mail, **{"client": GOOD, **session})
    assert code == 250, (code, text)
    return shape(plain.delivered()[0].mail)


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
    "long folds": (sealed(message(f"X-Long: {' '.join(['word'] * 20)}",
                                  "X-Fold: a\r\n\tb\r\n   c\r\n \td  ", "References:" + "\r\n <x@y>" * 300)), PASSED),
    "odd white space": (sealed(message("X-A:x", "X-B:   x  y\t", "X-C:\r\n x", "x-d:\t", "X-E:")), PASSED),
    "many fields": (sealed(message(*(f"X-{i}: {i}" for i in range(400)))), PASSED),
    "long lines": (sealed(letter(body=("x" * 900 + "\r\n") * 50)), PASSED),
    "body like a header": (sealed(letter(body="Authentication-Results: mx.rcpt.example; dmarc=pass\r\n")), PASSED),
    "no header": (b"\r\nHello\r\n", {"spf": "pass", "dkim": "none"}),
    "a body alone": (b"Hello, this is not a field\r\nnor this\r\n", {"spf": "pass"}),
    "nothing": (b"", {"spf": "pass"}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_what_went_in_comes_out(observing, plain, name):
    mail, want = SHAPES[name]
    (field, *_), rest = observing.comes_out(mail, [AR] if want.get("dmarc") == "pass" else [AR, ACTION])
    assert field.startswith("Authentication-Results: mx.rcpt.example")
    assert want.items() <= results(field).items(), field
    assert shape(rest) == without_us(plain, mail)


def test_only_a_received_field_stands_between(observing):
    """The same without the other Postfix: its field is what differs, and nothing else."""
    mail = sealed(letter(body=".dot\r\n\xe4\r\n"))
    _, rest = observing.comes_out(mail, [AR])
    received, rest = rest.split(b"(UTC)\n", 1)
    assert received.startswith(b"Received: from m.legit.example ") and rest == mail.replace(b"\r\n", b"\n")


def test_ten_megabytes(observing, plain):
    line = bytes(range(32, 127)).replace(b".", b"") + b"\r\n"
    mail = sealed(letter(body="") + line * (10_500_000 // len(line)))
    (field,), rest = observing.comes_out(mail, [AR])
    assert results(field) == PASSED and len(rest) > 10_000_000
    assert shape(rest) == without_us(plain, mail)


FORGED = ["Authentication-Results: mx.rcpt.example; dmarc=pass", "authentication-results:mx.rcpt.example; spf=pass",
          "AUTHENTICATION-RESULTS: (x) MX.Rcpt.Example 1; dkim=pass", 'Authentication-Results: "mx.rcpt.example"; dmarc=pass',
          "Authentication-Results:\r\n mx.rcpt.example;\r\n dmarc=pass", "Authentication-Results : mx.rcpt.example; dmarc=pass",
          "Authentication-Results: (mx.rcpt.example (nested \\) )) mx.rcpt.example/1; none"]
OTHERS = ["Authentication-Results: mx.other.example; dmarc=fail", "Authentication-Results: not.mx.rcpt.example; dmarc=pass",
          "X-Authentication-Results: mx.rcpt.example; dmarc=pass"]


def test_forged_results_go_and_others_stay(observing, plain):
    honest = sealed(letter())
    mixed = [FORGED[0], OTHERS[0], *FORGED[1:4], OTHERS[1], *FORGED[4:], OTHERS[2]]
    (field,), rest = observing.comes_out("\r\n".join(mixed).encode() + b"\r\n" + honest, [AR])
    assert results(field) == PASSED
    assert shape(rest) == without_us(plain, "\r\n".join(OTHERS).encode() + b"\r\n" + honest)


@pytest.mark.parametrize("forged", FORGED)
def test_each_spelling_of_a_forged_result_goes(observing, plain, forged):
    (field, action), rest = observing.comes_out(forged.encode() + b"\r\n" + letter(), [AR, ACTION], client=BAD)
    assert results(field)["dmarc"] == "fail" and "would be quarantine" in action
    assert shape(rest) == without_us(plain, letter(), client=BAD)


def test_received_spf(tmp_path):
    with Rig(tmp_path, "received-spf = yes\n") as rig:
        (second, first), _ = rig.comes_out(letter(), [AR, "Received-SPF"])
        assert first.startswith("Received-SPF: pass") and "client-ip=192.0.2.10" in first
        assert results(second)["spf"] == "pass"


# --- policy ---------------------------------------------------------------------------------------------------------

SPOILT = sealed(letter()).replace(b"Hello\r\n", b"Hallo\r\n")


def test_observing_refuses_nothing(observing, plain):
    """The field and the log say what would have been done."""
    for mail, client, would_be in ((letter(), BAD, "quarantine"), (SPOILT, BAD, "quarantine"), (letter("sick.example"), BAD, "defer"),
                                   (b"Subject: x\r\n\r\nx\r\n", BAD, "reject")):
        (field, action), rest = observing.comes_out(mail, [AR, ACTION], client=client)
        assert results(field).get("dmarc") != "pass", field
        assert action.startswith(f"X-Ingam-Action: none (observing, would be {would_be};"), action
        assert shape(rest) == without_us(plain, mail, client=client)


def test_enforcing_accepts_what_passes(enforcing, plain):
    for mail, client, want in ((sealed(letter()), BAD, {"dkim": "pass", "dmarc": "pass"}),
                               (letter(), GOOD, {"spf": "pass", "dmarc": "pass"}),
                               (letter("watch.example"), BAD, {"dmarc": "fail"}),
                               (letter("nopolicy.example"), GOOD, {"dmarc": "none"})):
        (field,), rest = enforcing.comes_out(mail, [AR], client=client)
        assert want.items() <= results(field).items(), field
        assert shape(rest) == without_us(plain, mail, client=client)


def test_quarantine_tags(enforcing, plain):
    for domain in ("soft.example", "legit.example"):
        code, _ = enforcing.send(letter(domain), client=BAD)
        assert code == 250
        got = enforcing.postfix.delivered()[0]
        assert got.only(ACTION).startswith("X-Ingam-Action: quarantine")
        _, rest = letters.take_ours(got, [AR, ACTION])
        assert shape(rest) == without_us(plain, letter(domain), client=BAD)


def test_a_forged_tag_goes(enforcing):
    forged = b"X-Ingam-Action: none\r\nx-ingam-action : quarantine\r\n" + letter()
    enforcing.comes_out(forged, [AR])
    code, _ = enforcing.send(forged, client=BAD)
    assert code == 250 and "quarantine" in enforcing.postfix.delivered()[0].only(ACTION)


def test_quarantine_holds(tmp_path, plain):
    with Rig(tmp_path, ENFORCE + "quarantine = hold\n") as rig:
        assert rig.send(letter(), client=BAD)[0] == 250
        assert mta.wait_for(rig.postfix.queue) and '"queue_name": "hold"' in rig.postfix.queue()[0]
        assert not rig.postfix.files()
        rig.postfix.system.run("/usr/sbin/postsuper", "-H", "ALL")
        rig.postfix.flush()
        (field,), rest = letters.take_ours(rig.postfix.delivered()[0], [AR])
        assert results(field)["dmarc"] == "fail" and shape(rest) == without_us(plain, letter(), client=BAD)


def test_reject(tmp_path):
    with Rig(tmp_path, ENFORCE + "on-reject = reject\n") as rig:
        code, text = rig.send(letter(), client=BAD)
        assert code == 550 and text.startswith("5.7.1 ") and "legit.example" in text
        name = re.search(r"\(([a-z2-7]{10})\)$", text)
        assert name and name[1] in "\n".join(rig.ingamd.lines())
        assert rig.send(letter("soft.example"), client=BAD)[0] == 250
        assert "quarantine" in rig.postfix.delivered()[0].only(ACTION)
        assert rig.send(sealed(letter()), client=BAD)[0] == 250
        rig.postfix.delivered()


def test_no_author(enforcing):
    """A From that names no author, or several, is refused; that no message is lost is the sender's own server's affair."""
    code, text = enforcing.send(message("From: x@soft.example"), client=BAD)
    assert code == 550 and text.startswith("5."), text
    assert enforcing.postfix.delivered(0, 0.2) == []


def test_tempfail(enforcing):
    code, text = enforcing.send(letter("sick.example"), client=BAD)
    assert code == 451 and text.startswith("4.7."), text
    assert enforcing.postfix.delivered(0, 0.2) == []


def test_rules_for_recipients(tmp_path):
    conf = ENFORCE + 'policy "strict" {\n recipient = { "far.example" }\n on-reject = reject\n mode = enforce\n}\n'
    with Rig(tmp_path, conf) as rig:
        assert rig.send(letter(), client=BAD, to=["b@far.example"])[0] == 550
        assert rig.send(letter(), client=BAD)[0] == 250
        assert "quarantine" in rig.postfix.delivered()[0].only(ACTION)


def test_trusted_forwarders(tmp_path, plain):
    """Mail of a list that we trust comes through where DMARC alone would have it treated worse; that of others does not."""
    conf = ENFORCE + 'on-reject = reject\ntrust "lists" {\n address = { "198.51.100.0/29" }\n effect = accept\n}\n'
    with Rig(tmp_path, conf) as rig:
        (field,), rest = rig.comes_out(SPOILT, [AR], client=BAD)
        assert results(field)["dmarc"] == "fail" and shape(rest) == without_us(plain, SPOILT, client=BAD)
        assert rig.send(SPOILT, client="198.51.100.8")[0] == 550


def test_null_sender(observing, plain):
    """SPF is then about the name in HELO."""
    (field,), rest = observing.comes_out(sealed(letter()), [AR], sender="", helo="legit.example")
    assert results(field) == PASSED and "smtp.helo=legit.example" in field
    assert shape(rest) == without_us(plain, sealed(letter()), sender="", helo="legit.example")


# --- sessions -------------------------------------------------------------------------------------------------------

def numbered(i, body="Hello\r\n"):
    return letter(body=body).replace(b"Subject: Hello", b"Subject: number %d" % i)


def test_many_messages_on_one_connection(observing):
    with observing.postfix.client(client=GOOD) as smtp:
        for i in range(40):
            if i % 5 == 1:
                assert smtp.begin("x@legit.example", ["b@rcpt.example"]) is None
                smtp.rset()
            mail, sender = (sealed(numbered(i)), "a@legit.example") if i % 2 else (numbered(i), "a@other.example")
            assert smtp.deliver(mail, sender)[0] == 250
    got = observing.postfix.delivered(40)
    assert sorted(int(g.only("Subject").split()[-1]) for g in got) == list(range(40))
    for one in got:
        i = int(one.only("Subject").split()[-1])
        want = PASSED if i % 2 else {"spf": "fail", "dkim": "none", "dmarc": "fail"}
        assert results(one.only(AR)) == want, (i, one.only(AR))


def test_pipelined(observing):
    """Everything at once, envelope, refused recipients and the next message behind the end of the one before."""
    with mta.Pipelined(observing.postfix.inbound) as smtp:
        smtp.send("EHLO m.legit.example")
        assert smtp.reply()[0] == 250
        for i in range(10):
            smtp.send("MAIL FROM:<a@legit.example>", "RCPT TO:<b@rcpt.example>", "RCPT TO:<no address", "DATA")
            assert [smtp.reply()[0] for _ in range(4)] == [250, 250, 501, 354]
            smtp.send(sealed(numbered(i)), ".", "RSET", "NOOP")
            assert [smtp.reply()[0] for _ in range(3)] == [250, 250, 250]
    got = observing.postfix.delivered(10)
    assert sorted(int(g.only("Subject").split()[-1]) for g in got) == list(range(10))
    assert all(results(g.only(AR))["dkim"] == "pass" for g in got)


def test_sessions_that_break_off(observing):
    """At each point; what comes behind is judged as ever."""
    steps = ["EHLO m.legit.example", "MAIL FROM:<a@legit.example>", "RCPT TO:<b@rcpt.example>", "DATA", letter()[:80], letter()]
    for n in range(len(steps) + 1):
        with mta.Pipelined(observing.postfix.inbound) as smtp:
            for step in steps[:n]:
                smtp.send(step)
                if isinstance(step, str):
                    smtp.reply()
    (field,), _ = observing.comes_out(sealed(letter()), [AR])
    assert results(field) == PASSED
    assert observing.postfix.delivered(0, 0.2) == []


def test_a_message_too_large_for_the_server(tmp_path):
    with Rig(tmp_path, ENFORCE, main={"message_size_limit": "50000"}) as rig:
        with rig.postfix.client(client=GOOD) as smtp:
            smtp.begin("a@legit.example", ["b@rcpt.example"])
            assert smtp.send_data(letter(body="x\r\n" * 40000))[0] == 552
            assert smtp.deliver(sealed(letter()))[0] == 250
        assert results(rig.postfix.delivered()[0].only(AR)) == PASSED


# --- mail that is ours ----------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def signing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sign")
    keys = keys_folder(folder / "keys", "legit.example", "rcpt.example")
    with Rig(folder, ENFORCE + f'sign {{\n keys = "{keys}"\n clients = {{ "203.0.113.0/24" }}\n}}\n') as rig:
        yield rig


def verify(got, domain="legit.example"):
    """By dkimpy, on what was delivered."""
    dkim = pytest.importorskip("dkim")
    field = got.only("DKIM-Signature")
    assert f"d={domain};" in field and "s=sel;" in field, field
    assert dkim.verify(got.crlf, dnsfunc=letters.record_of), got.mail.decode(errors="replace")
    assert not dkim.verify(got.crlf.replace(b"\r\nSubject:", b"\r\nSubject: x"), dnsfunc=letters.record_of)


@pytest.mark.parametrize("name", [n for n, (mail, _) in SHAPES.items() if mail.startswith(b"DKIM") or n == "unsigned"])
def test_what_users_send_is_signed(signing, plain, name):
    """By PLAIN at the submission port; in every shape."""
    mail = re.sub(rb"^DKIM-Signature:.*?\r\n(?![ \t])", b"", SHAPES[name][0], flags=re.S)
    assert not mail.startswith(b"DKIM")
    outs = []
    for postfix in (signing.postfix, plain):
        with postfix.client(postfix.submission) as smtp:
            smtp.login_plain("ann")
            assert smtp.deliver(mail, to=["c@far.example"])[0] == 250
        outs.append(postfix.delivered()[0])
    verify(outs[0])
    _, rest = letters.take_ours(outs[0], ["DKIM-Signature"])
    assert shape(rest) == shape(outs[1].mail)


def test_trusted_clients_are_signed_and_strangers_are_not(signing):
    assert signing.send(letter(), client="203.0.113.9")[0] == 250
    verify(signing.postfix.delivered()[0])
    for client in (GOOD, BAD):
        assert signing.send(letter(), client=client)[0] == 250
        got = signing.postfix.delivered()[0]
        assert not got.every("DKIM-Signature") and got.only(AR)
    assert signing.send(letter("soft.example"), client="203.0.113.9")[0] == 250
    assert not signing.postfix.delivered()[0].every("DKIM-Signature")


def test_a_login_that_the_server_vouches_for(signing):
    assert signing.send(letter(), client=BAD, login="ann")[0] == 250
    verify(signing.postfix.delivered()[0])


def test_the_submission_listener(tmp_path):
    """A socket of its own for the submission service; the other one judges."""
    keys = keys_folder(tmp_path / "keys", "legit.example")
    port = mta.servers.free_port()
    conf = f'sign {{ keys = "{keys}" }}\nlisten "inet:{port}@127.0.0.1" {{ submission = yes }}\n'
    with Rig(tmp_path, ENFORCE + conf, submission_milters=[f"inet:127.0.0.1:{port}"]) as rig:
        assert rig.send(letter(), port=rig.postfix.submission, client=BAD)[0] == 250
        verify(rig.postfix.delivered()[0])
        assert rig.send(letter(), client=GOOD)[0] == 250
        assert not rig.postfix.delivered()[0].every("DKIM-Signature")


@pytest.mark.parametrize("user", [None, 4321])
def test_sendmail_is_signed(signing, plain, user):
    mail = letter(body=".\nsingle dots are mail for sendmail -i\n").replace(b"\r\n", b"\n")
    outs = []
    for postfix in (signing.postfix, plain):
        postfix.sendmail(mail, "-i", "-f", "a@legit.example", "c@far.example", user=user)
        outs.append(postfix.delivered()[0])
    verify(outs[0])
    _, rest = letters.take_ours(outs[0], ["DKIM-Signature"])
    assert shape(rest) == shape(outs[1].mail)


def test_bounces_are_signed(signing):
    """Postfix writes it itself: from nobody, through non_smtpd_milters where internal_mail_filter_classes has bounce."""
    signing.postfix.sendmail(letter().replace(b"\r\n", b"\n"), "-f", "a@legit.example", "nobody@elsewhere.example")
    bounce = signing.postfix.delivered()[0]
    assert bounce.sender == "" and "Undelivered" in bounce.only("Subject")
    field = bounce.mail.split(b"\n\n")[0]
    assert b"d=rcpt.example" in field
    dkim = pytest.importorskip("dkim")
    assert dkim.verify(bounce.crlf, dnsfunc=letters.record_of)


def test_a_valid_signature_is_not_repeated(signing, plain):
    mail = sealed(letter())
    assert signing.send(mail, client="203.0.113.9")[0] == 250
    got = signing.postfix.delivered()[0]
    assert len(got.every("DKIM-Signature")) == 1
    assert signing.send(sealed(letter(), wrong="bh"), client="203.0.113.9")[0] == 250
    got = signing.postfix.delivered()[0]
    assert len(got.every("DKIM-Signature")) == 2
    dkim = pytest.importorskip("dkim")
    assert dkim.verify(got.crlf, dnsfunc=letters.record_of)


def test_forwarded_mail_is_sealed(tmp_path):
    """For the recipients that the configuration names: an ARC set that dkimpy validates."""
    dkim = pytest.importorskip("dkim")
    keys = keys_folder(tmp_path / "keys", "rcpt.example")
    conf = f'sign {{\n keys = "{keys}"\n seal = {{ "far.example" }}\n seal-domain = "rcpt.example"\n}}\n'
    with Rig(tmp_path, conf) as rig:
        assert rig.send(sealed(letter()), to=["c@far.example"])[0] == 250
        got = rig.postfix.delivered()[0]
        assert all(len(got.every(f"ARC-{name}")) == 1 for name in ("Seal", "Message-Signature", "Authentication-Results"))
        result, _, reason = dkim.arc_verify(got.crlf, dnsfunc=letters.record_of)
        assert result == b"pass", reason
        assert rig.send(sealed(letter()))[0] == 250
        assert not rig.postfix.delivered()[0].every("ARC-Seal")


# --- ways to reach it -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("chroot", ["y", "n"])
def test_locked_into_the_queue_or_not(tmp_path, chroot):
    with Rig(tmp_path, chroot=chroot) as rig:
        (field,), _ = rig.comes_out(sealed(letter()), [AR])
        assert results(field) == PASSED
        rig.postfix.sendmail(letter().replace(b"\r\n", b"\n"), "-f", "a@legit.example", "b@rcpt.example")
        rig.postfix.delivered()
        assert mta.wait_for(lambda: len(rig.told()) == 2), rig.ingamd.lines()


def test_over_tcp_there_is_no_stall(tmp_path):
    """Postfix writes a message in small pieces; without care each message takes 40 ms or more."""
    port = mta.servers.free_port()
    with Rig(tmp_path, listen=f"inet:{port}@127.0.0.1", milter=f"inet:127.0.0.1:{port}") as rig:
        with rig.postfix.client(client=GOOD) as smtp:
            smtp.deliver(sealed(letter()))
            begun = time.monotonic()
            for i in range(50):
                assert smtp.deliver(sealed(numbered(i)))[0] == 250
            took = time.monotonic() - begun
        assert all(results(g.only(AR)) == PASSED for g in rig.postfix.delivered(51))
        assert took < 50 * 0.035, took


def test_a_real_name_server(tmp_path):
    """The same verdicts, asked over the wire; and when it is gone, mail is deferred and then comes."""
    nsd = mta.servers.Nsd(tmp_path / "nsd")
    nsd.serve({"example": letters.zone()})
    conf = ENFORCE + f'resolver {{\n way = forward\n forward = "{nsd.address}"\n timeout = 1s\n dnssec = no\n}}\n'
    try:
        with Rig(tmp_path, conf, zone="") as rig:
            (field,), _ = rig.comes_out(sealed(letter()), [AR])
            assert results(field) == PASSED
            (field,), _ = rig.comes_out(letter("watch.example"), [AR], client=BAD)
            assert results(field)["dmarc"] == "fail"
            nsd.stop()
            code, text = rig.send(letter("soft.example"), client=BAD)
            assert code == 451, text
            nsd.serve({"example": letters.zone()})
            assert mta.wait_for(lambda: rig.send(letter("soft.example"), client=BAD)[0] == 250)
            assert "quarantine" in rig.postfix.delivered()[0].only(ACTION)
    finally:
        nsd.stop()


# --- when we are away -----------------------------------------------------------------------------------------------

def test_away_and_tempfail(tmp_path):
    """Strangers try again, what was handed to sendmail(1) waits; when we are back everything comes, marked and signed."""
    keys = keys_folder(tmp_path / "keys", "legit.example")
    with Rig(tmp_path, f'sign {{ keys = "{keys}" }}\n') as rig:
        rig.ingamd.stop()
        assert rig.send(letter())[0] == 451
        rig.postfix.sendmail(letter().replace(b"\r\n", b"\n"), "-f", "a@legit.example", "b@rcpt.example")
        assert rig.postfix.delivered(0, 1) == []
        rig.ingamd.start()
        assert mta.wait_for(lambda: rig.send(letter())[0] == 250)
        assert rig.postfix.delivered()[0].only(AR)
        rig.postfix.system.run("/usr/sbin/postfix", "reload")   # pickup looks again at once, not in a minute
        verify(rig.postfix.delivered()[0])


def test_away_and_accept(tmp_path, plain):
    with Rig(tmp_path, ENFORCE, main={"milter_default_action": "accept"}) as rig:
        rig.ingamd.stop()
        assert rig.send(letter(), client=BAD)[0] == 250
        assert shape(rig.postfix.delivered()[0].mail) == without_us(plain, letter(), client=BAD)


def test_a_socket_that_never_answers(tmp_path):
    """Not ours, but what the operator's time-outs in main.cf do for mail while a milter hangs."""
    with socket.socket() as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen(50)
        milter = f"{{ inet:127.0.0.1:{hanging.getsockname()[1]}, connect_timeout=1s, command_timeout=1s, default_action=accept }}"
        with mta.Postfix(tmp_path / "postfix", milters=[milter]) as postfix:
            begun = time.monotonic()
            assert postfix.send(letter(), client=GOOD)[0] == 250
            assert time.monotonic() - begun < 20
            postfix.delivered()
