# SPDX-License-Identifier: BSD-2-Clause
"""ingam test inbound through a real Postfix: all comes out as it should, and what is not set up is said so."""
import json
import os
import signal
import subprocess

import exim
import mta
import pytest
from conftest import run
from daemon import wait_for
from rig import Rig

ENFORCE = 'mode = enforce\non-reject = reject\n'
NAMES = ["signed", "unsigned", "forged author", "changed", "forged results", "null sender"]


def trial(rig, *args, json_too=True):
    box = rig.postfix.folder / "mail" / "box"
    return run("test", "inbound", "--to", "b@rcpt.example", "--smtp", f"127.0.0.1:{rig.postfix.inbound}", "--maildir", box,
               "--config", rig.ingamd.conf, *(["--json"] if json_too else []), *args)


def box_is_empty(rig):
    for f in rig.postfix.files():
        f.unlink()


@pytest.fixture(scope="module")
def observing(tmp_path_factory):
    with Rig(tmp_path_factory.mktemp("observe"), "mode = observe\n") as rig:
        yield rig


def by_name(got):
    probes = {p["probe"]: p for p in got.json["probes"]}
    assert list(probes) == NAMES
    return probes


def test_all_comes_out_while_observing(observing):
    got = trial(observing)
    probes = by_name(got)
    assert got.status == 0 and got.json["ok"] and got.json["mode"] == "observe", got.text
    assert all(p["reply"]["code"] == 250 and p["delivered"] for p in probes.values())
    assert {n: p["decision"]["would_be"] for n, p in probes.items() if p["decision"]["would_be"] != "accept"} == {
        "forged author": "quarantine", "changed": "quarantine"}
    assert probes["forged results"]["decision"]["removed"] == 1
    assert "X-Ingam-Action: none (observing, would be quarantine" in probes["changed"]["delivered"]
    assert probes["null sender"]["delivered"].startswith("Return-Path: <>")
    box_is_empty(observing)


def test_people_can_read_it(observing):
    got = trial(observing, json_too=False)
    assert got.status == 0 and got.text.count("\nOK ") == 6 and "6 of 6 came out as they should" in got.text, got.text
    assert "accept, would be quarantine (p=reject" in got.words
    box_is_empty(observing)


def test_all_comes_out_while_enforcing(tmp_path):
    with Rig(tmp_path, ENFORCE) as rig:
        got = trial(rig)
        probes = by_name(got)
        assert got.status == 0, got.text
        assert probes["forged author"]["reply"]["code"] == 550 and probes["forged author"]["delivered"] is None
        assert probes["forged author"]["decision"]["id"] in probes["forged author"]["reply"]["text"]
        assert "\nX-Ingam-Action: quarantine" in "\n" + probes["changed"]["delivered"]
        assert sum(p["reply"]["code"] == 250 for p in probes.values()) == 5
        assert len(rig.postfix.files()) == 5


def test_a_daemon_that_asks_the_real_dns(tmp_path):
    """As it is installed: nothing of the probes is asked there, so all comes out without a resolver, too."""
    with Rig(tmp_path, 'mode = enforce\nresolver { way = forward forward = "127.0.0.1@1" }\n', zone="") as rig:
        got = trial(rig)
        assert got.status == 0, got.text
        assert [line["dns"] > 0 and line["dns_ms"] < 1000 for line in rig.told()] == [True] * 6
        before = rig.ingamd.ask("status")["messages"]["dns_failures"]
        code, text = rig.postfix.send(b"From: a@legit.example\r\n\r\nx\r\n", client="192.0.2.10")
        assert before == 0 and rig.ingamd.ask("status")["messages"]["dns_failures"] > 0, (code, text)


def test_an_mbox(tmp_path):
    """What came before the test is not read."""
    with Rig(tmp_path, "mode = observe\n", main={"virtual_mailbox_maps": "static:mbox"}) as rig:
        box = rig.postfix.folder / "mail" / "mbox"
        for about in ("made", "grown"):
            got = run("test", "inbound", "--to", "b@rcpt.example", "--smtp", f"127.0.0.1:{rig.postfix.inbound}", "--mbox", box, "--config",
                      rig.ingamd.conf, "--json")
            assert got.status == 0 and all(p["delivered"] for p in by_name(got).values()), (about, got.text)
        assert box.read_text().count("\nX-Ingam-Trial: ") == 12


def test_what_was_delivered_is_looked_at(observing, tmp_path):
    """Another box than the one where mail goes to: nothing is there."""
    (tmp_path / "new").mkdir()
    got = run("test", "inbound", "--to", "b@rcpt.example", "--smtp", f"127.0.0.1:{observing.postfix.inbound}", "--maildir", tmp_path, "--config",
              observing.ingamd.conf, "--json")
    assert got.status == 1 and all("is not in" in p["why"][0] for p in by_name(got).values()), got.text
    box_is_empty(observing)


def test_all_comes_out_of_exim(tmp_path):
    rig = exim.Rig(tmp_path, ENFORCE)
    conf = rig.exim.folder / "etc" / "exim4" / "exim4.conf"
    conf.write_text(conf.read_text().replace("hosts_proxy = 127.0.0.1\n", ""))
    with rig:
        got = run("test", "inbound", "--to", "b@rcpt.example", "--smtp", f"127.0.0.1:{rig.exim.port}", "--maildir",
                  rig.exim.folder / "mail", "--config", rig.ingamd.conf, "--json")
        probes = by_name(got)
        assert got.status == 0, got.text
        assert probes["forged author"]["reply"]["code"] == 550 and probes["forged results"]["decision"]["removed"] == 1
        assert len(rig.exim.delivered(5)) == 5


def test_the_trial_is_over_afterwards(observing):
    assert trial(observing).status == 0
    assert observing.ingamd.ask("trial results")["on"] is False
    observing.postfix.send(b"From: probe@pass.ingam-trial.test\r\nX-Ingam-Trial: late\r\n\r\nx\r\n", sender="probe@pass.ingam-trial.test",
                           client="127.0.0.1")
    told = observing.told()[-1]
    assert told["author"] == "pass.ingam-trial.test" and told["dmarc"].startswith("none") and told["spf"].startswith("none")
    assert "late" not in [r["mark"] for r in observing.ingamd.ask("trial results")["results"]]
    box_is_empty(observing)


def test_a_server_that_does_not_ask_us(observing, tmp_path):
    with mta.Postfix(tmp_path / "plain") as plain:
        got = run("test", "inbound", "--to", "b@rcpt.example", "--smtp", f"127.0.0.1:{plain.inbound}", "--config", observing.ingamd.conf)
    assert got.status == 1 and got.text.count("\nWRONG") == 6, got.text
    assert "did not ask the daemon" in got.words and "ingam setup postfix" in got.words and "ingam doctor" in got.words


def test_a_server_that_refuses_by_itself(observing, tmp_path):
    with mta.Postfix(tmp_path / "strict", main={"smtpd_recipient_restrictions": "reject"}) as strict:
        got = run("test", "inbound", "--to", "b@rcpt.example", "--smtp", f"127.0.0.1:{strict.inbound}", "--config", observing.ingamd.conf)
    assert got.status == 1 and got.text.count("\nWRONG") == 6, got.text
    assert "554 5.7.1" in got.words and "by itself, before the daemon was asked" in got.words and "permit_mynetworks" in got.words


def test_our_own_address_counts_as_ours(tmp_path):
    with Rig(tmp_path, ENFORCE + 'sign { clients = {"127.0.0.1"} }\n') as rig:
        got = trial(rig, json_too=False)
        assert got.status == 0 and "mail of ours, and did not judge it" in got.words and "sign.clients" in got.words, got.text
        assert len(rig.postfix.files()) == 6


def test_a_configuration_that_is_not_in_force(observing, tmp_path):
    other = tmp_path / "ingam.conf"
    other.write_text(observing.ingamd.conf.read_text().replace("mode = observe", ENFORCE))
    got = run("test", "inbound", "--to", "b@rcpt.example", "--smtp", f"127.0.0.1:{observing.postfix.inbound}", "--config", other)
    assert got.status == 1 and "ingam reload" in got.words, got.text
    box_is_empty(observing)


def test_nobody_there(observing, tmp_path):
    got = run("test", "inbound", "--to", "b@rcpt.example", "--smtp", "127.0.0.1:1", "--config", observing.ingamd.conf)
    assert got.status == 75 and b"127.0.0.1" in got.err and observing.ingamd.ask("trial results")["on"] is False
    other = tmp_path / "ingam.conf"
    other.write_text(f'control = "{tmp_path}/none"\n')
    got = run("test", "inbound", "--to", "b@rcpt.example", "--config", other)
    assert got.status == 75 and b"is ingamd running?" in got.err
    assert run("test", "inbound", "--to", "b@rcpt.example", "--config", tmp_path / "no").status == 75
    for words in ([], ["inbound"], ["outbound", "--to", "a@b"], ["inbound", "--to", "x"], ["inbound", "--to", "a@b", "--smtp", "h/x"]):
        assert run("test", *words).status == 64


ASK = """import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\\n")
print(s.makefile().readline())
"""


def as_other(d, command):
    d.control.chmod(0o777)
    for folder in d.control.parents:
        if folder.owner() == "root" and not folder.stat().st_mode & 1 and str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o11)
    done = subprocess.run(["setpriv", "--reuid=2525", "--regid=2525", "--clear-groups", "/usr/bin/python3", "-c", ASK, str(d.control), command],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_others_are_refused(observing):
    zone = 'trial "pass.ingam-trial.test. 60 IN TXT x\\n"'
    for command in (zone, "trial results", "trial end"):
        assert "only root" in as_other(observing.ingamd, command)["error"]
    assert observing.ingamd.ask("trial results")["on"] is False
    assert observing.ingamd.ask(zone)["ok"] is True and observing.ingamd.ask("trial results")["on"] is True
    assert "only root" in as_other(observing.ingamd, "trial end")["error"]
    assert observing.ingamd.ask("trial results")["on"] is True and observing.ingamd.ask("trial end") == {"ok": True}
    assert observing.ingamd.ask("trial results")["on"] is False


@pytest.mark.parametrize("zone", ["legit.example. 60 IN TXT x\\n", "xingam-trial.test. 60 IN TXT x\\n", "$ORIGIN ingam-trial.test.\\n", "",
                                  " 60 IN TXT x\\n", "pass.ingam-trial.test. 60 IN NONE x\\n", "pass.ingam-trial.test 60 IN TXT x\\n",
                                  "pass.ingam-trial.test. 60 IN TXT ( x\\nlegit.example. 60 IN TXT x )\\n"])
def test_only_names_below_ours(observing, zone):
    assert "error" in observing.ingamd.ask(f'trial "{zone}"')
    assert observing.ingamd.ask("trial results")["on"] is False


def test_what_is_no_zone(observing):
    for word in ("x", '"', "[]", "12", '"x' + "x" * 8500 + '"'):
        assert "error" in observing.ingamd.ask(f"trial {word}")


def test_a_worker_that_begins_meanwhile_knows_of_it(observing):
    """Killed in the middle of a trial: its successor judges by the same zone."""
    d = observing.ingamd
    zone = 'trial "pass.ingam-trial.test. 60 IN TXT \\"v=spf1 ip4:127.0.0.0/8 -all\\"\\n"'
    assert d.ask(zone)["ok"] is True
    before = d.children("worker")
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: len(ready := [p for p in d.ask("status")["processes"] if p["name"].startswith("worker") and p["ready"]]) == len(before)
                    and not {p["pid"] for p in ready} & set(before))
    code, text = observing.postfix.send(b"From: probe@pass.ingam-trial.test\r\nX-Ingam-Trial: again\r\n\r\nx\r\n",
                                        sender="probe@pass.ingam-trial.test", client="127.0.0.1")
    assert code == 250, text
    found = wait_for(lambda: [r for r in d.ask("trial results")["results"] if r["mark"] == "again"])
    assert found and found[0]["spf"] == "pass" and found[0]["client"] == "127.0.0.1"
    d.ask("trial end")
    box_is_empty(observing)
