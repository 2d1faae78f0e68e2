# SPDX-License-Identifier: BSD-2-Clause
"""Rules of ingam.conf in a real Postfix: who is trusted, by what, for whom and until when; whose mail is treated how."""
import letters
import pytest
from conftest import run
from letters import BAD, GOOD, letter, sealed
from rig import Rig, keys_folder, results

AR, ACTION = "Authentication-Results", "X-Ingam-Action"
SPOILT = sealed(letter()).replace(b"Subject: Hello", b"Subject: [list] Hello")
KEY_TEXT = " ".join(f'"{letters.KEY.record()[i:i + 200]}"' for i in range(0, 600, 200))
ZONE = letters.zone() + f'list TXT "v=spf1 -all"\nsel._domainkey.list TXT {KEY_TEXT}\n'
CONF = """mode = enforce
on-reject = reject
policy "bank" {
    author = { "soft.example" }
    on-quarantine = reject
}
policy "also soft, but too late" {
    author = { "soft.example", "watch.example" }
    on-quarantine = accept
}
policy "patient" {
    recipient = { "far.example" }
    mode = observe
}
trust "by dkim" {
    dkim = { "list.example" }
    recipient = { "rcpt.example" }
}
trust "by host" { host = { ".good.example" } }
trust "by arc" { arc = { "list.example" } }
trust "by address, over" {
    address = { "198.51.100.9" }
    until = 2026-01-01
}
trust "by address" {
    address = { "198.51.100.10/31" }
    until = 2099-01-01
    author = { "legit.example" }
    effect = quarantine
}
"""


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("rules"), CONF, zone=ZONE) as rig:
        yield rig


CASES = {
    "nobody is trusted": (SPOILT, {"client": BAD}, 550, None),
    "dkim": (sealed(SPOILT, "list.example"), {"client": BAD}, "accept", "dkim=pass of a trusted signer, rule by dkim"),
    "dkim, a signature that does not hold": (sealed(SPOILT, "list.example").replace(b"Hello\r\n", b"Hallo\r\n"), {"client": BAD},
                                             550, None),
    "host": (SPOILT, {"client": BAD, "name": "mx1.good.example"}, "accept", "trusted client, rule by host"),
    "host, another": (SPOILT, {"client": BAD, "name": "mx1.bad.example"}, 550, None),
    "host, not known": (SPOILT, {"client": BAD, "name": "[UNAVAILABLE]"}, 550, None),
    "address, at an end": (SPOILT, {"client": "198.51.100.9"}, 550, None),
    "address": (SPOILT, {"client": "198.51.100.10"}, "quarantine", "quarantine at most, trusted client, rule by address"),
    "address, another of the network": (SPOILT, {"client": "198.51.100.11"}, "quarantine", "rule by address"),
    "address, outside of it": (SPOILT, {"client": "198.51.100.12"}, 550, None),
    "address, for another author": (letter("soft.example"), {"client": "198.51.100.10"}, 550, None),
    "author": (letter("soft.example"), {"client": BAD}, 550, None),
    "author, of whom nothing is asked": (letter("watch.example"), {"client": BAD}, "accept", None),
    "what passes needs no trust": (sealed(letter()), {"client": GOOD}, "accept", None),
}


@pytest.mark.parametrize("name", CASES)
def test_rules(rig, name):
    mail, session, want, reason = CASES[name]
    code, text = rig.send(mail, **session)
    told = rig.told()[-1]
    if want == 550:
        assert code == 550 and text.endswith(f"({told['id']})") and told["action"] == "reject", (code, text, told)
        return
    assert code == 250 and told["action"] == want, (code, text, told)
    field = " ".join(rig.postfix.delivered()[0].only(AR).split())
    assert reason is None or (reason in told["reasons"] and reason in field), (field, told)


def test_the_mildest_of_several_recipients(rig):
    """One answer for all: nobody loses mail by what another has asked for."""
    assert rig.send(SPOILT, client=BAD)[0] == 550
    assert rig.send(SPOILT, client=BAD, to=["b@rcpt.example", "c@far.example"])[0] == 250
    told = rig.told()[-1]
    assert (told["action"], told["would_be"], told["policy"]) == ("accept", "reject", "default and others, the mildest")
    got = rig.postfix.delivered(2)[0]
    assert "observing, would be reject" in got.only(ACTION) and told["id"] in got.only(ACTION)


def test_by_the_seal_of_a_list(rig, tmp_path):
    """The list judged the mail as genuine, changed it and sealed what it saw. Trusted for that, by the name of the sealer."""
    keys = keys_folder(tmp_path / "keys", "list.example")
    zone = tmp_path / "zone"
    zone.write_text(ZONE)
    judged = run("mark", "--dns", zone, "--authserv-id", "list.example", "--ip", GOOD, "--helo", "m.legit.example", "--mail-from",
                 "a@legit.example", "-", stdin=sealed(letter()))
    changed = judged.out.replace(b"Subject: Hello", b"Subject: [list] Hello")
    key = keys / "list.example" / "sel.pem"
    for domain, code in (("list.example", 250), ("soft.example", 550)):
        got = run("seal", "--dns", zone, "--key", key, "--domain", domain, "--selector", "sel", "--authserv-id", "list.example",
                  "--results", "from-header", "-", stdin=changed)
        assert got.status == 0, got.err
        assert rig.send(got.out.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), client=BAD)[0] == code
        assert rig.told()[-1]["arc"].startswith("pass:" + domain)
        if code == 250:
            field = " ".join(rig.postfix.delivered()[0].every(AR)[0].decode().split())
            assert results(field)["arc"] == "pass" and "rule by arc" in field
