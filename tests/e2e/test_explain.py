# SPDX-License-Identifier: BSD-2-Clause
"""ingam explain: the id in a reply leads to the line of the log, and the line becomes sentences."""
import json
import os
import re

import pytest

from conftest import TOP, message, run, signed, zone_text
from daemon import wait_for
from milterpeer import Ingamd, Peer

EVIL = 'x\x1b[31m" id=aaaaaaaaaa worker 1: id=bbbbbbbbbb y@legit.example'
LINE = ('worker 1: id=2eajznwpab queue=88278AD6873 client=198.51.100.7 client_name=m.legit.example helo=m.legit.example '
        'from="a \\"b\\\\\\x1b@legit.example" rcpts=1 author=legit.example spf=softfail:legit.example '
        'dkim=fail(dkim-body-hash):legit.example/s1,pass:list.example/s2 dmarc=fail(dmarc-not-aligned):legit.example p=reject '
        'policy=default reasons="p=reject; observing" action=accept would_be=reject dns=5 dns_ms=12 size=693 wait_ms=1 ms=30')
AS_JSON = ('{"time":"2026-11-22T03:07:50Z","level":"info","process":"worker 1","id":"2eajznwpab","client":"198.51.100.7",'
           '"from":"a@legit.example","rcpts":2,"author":"legit.example","spf":"fail:legit.example","dkim":"none",'
           '"dmarc":"fail(dmarc-not-authenticated):legit.example","action":"reject","dns":5}')


@pytest.fixture(scope="module", params=["text", "json"])
def daemon(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    conf = (f'authserv-id = "mx.rcpt.example"\nmode = enforce\non-reject = reject\nworkers = 1\n'
            f'listen "unix:{folder}/milter" {{ }}\nlog {{ form = {request.param} }}\n')
    d = Ingamd(folder, zone=zone_text(), conf=conf)
    yield d
    d.stop()


def refused(daemon, sender="a@legit.example"):
    peer = Peer(daemon.path)
    peer.connect(ip="198.51.100.7")
    got = peer.message(signed(message()).replace(b"Hello\r\n", b"Changed\r\n"), sender=sender)
    peer.close()
    assert got.said.startswith("550 ")
    name = got.said[-11:-1]
    assert wait_for(lambda: name in daemon.said())
    return name


def test_from_the_reply_to_the_reason(daemon):
    name = refused(daemon)
    got = run("explain", name, "--log", daemon.log)
    assert got.status == 0, got.err
    for words in ("198.51.100.7 (m.legit.example), which called itself m.legit.example", "from a@legit.example, to 1 recipient,",
                  "queue id 4fXyz1", "spf fail for legit.example: the domain says that this address does not send for it",
                  "dkim fail for legit.example, selector sel: ",
                  "dmarc fail for legit.example: neither SPF nor a DKIM signature passed; the domain asks for p=reject",
                  "done refused for good", "because p=reject", 'policy the rule "default"', "questions to the DNS"):
        assert words in got.words, got.text
    assert run("explain", f"({name})", "--log", "-", stdin=daemon.log.read_bytes()).text == got.text
    told = run("explain", name, "--log", daemon.log, "--json").json
    assert told["id"] == name and told["log"]["action"] == "reject" and told["told"]["because"] == "p=reject"
    assert told["time"][:10] in daemon.said()


def test_what_others_wrote_is_no_line(daemon):
    name = refused(daemon, sender=EVIL)
    for forged in ("aaaaaaaaaa", "bbbbbbbbbb"):
        got = run("explain", forged, "--log", daemon.log)
        assert got.status == 1 and b"no line of a message with the id" in got.err
    got = run("explain", name, "--log", daemon.log)
    assert b"\x1b" not in got.out and "\\x1b[31m" in got.text
    assert "\x1b" in run("explain", name, "--log", daemon.log, "--json").json["log"]["from"]


@pytest.mark.parametrize("line", [LINE, "2026-11-22T03:07:50Z info " + LINE, "<6>" + LINE, AS_JSON, "<6>" + AS_JSON,
                                  "Nov 22 03:07:50 mx ingamd[812]: " + LINE, "Nov 22 03:07:50 mx ingamd[812]: " + AS_JSON])
def test_however_it_was_kept(tmp_path, line):
    log = tmp_path / "log"
    log.write_text("worker 0: id=2eajznwpaa action=accept\n\xff\n{\n" + line + "\n" + "worker 0: id=2eajzn")
    got = run("explain", "2eajznwpab", "--log", log)
    assert got.status == 0 and "legit.example" in got.text, got.err
    if line.endswith("ms=30"):
        assert "spf softfail for legit.example: the domain says that this address hardly sends for it" in got.words
        assert "selector s1: the body is not the one that was signed; pass for list.example, selector s2: the signature holds" \
            in got.words
        assert "done accepted" in got.words and "enforcing, it would have been refused for good" in got.words
        assert 'from a "b\\\\x1b@legit.example' in got.text      # a backslash of theirs, and ours for the byte


def test_the_journal(tmp_path):
    """It is asked for the id since the moment that the id tells."""
    program = tmp_path / "journalctl"
    program.write_text(f"#!/bin/sh\necho \"$@\" >{tmp_path}/asked\ncat {tmp_path}/log\n")
    program.chmod(0o755)
    (tmp_path / "log").write_text(LINE + "\n")
    got = run("explain", "2eajznwpab", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert got.status == 0 and "came 2026-11-22T03:07:50Z" in got.text
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("-u ingamd -o cat") and "--since=@1795316865" in asked and asked.endswith("-g 2eajznwpab\n")
    (tmp_path / "log").write_text("")
    got = run("explain", "2eajznwpab", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert got.status == 1 and b"the journal of ingamd has no line" in got.err
    program.write_text("#!/bin/sh\nexit 9\n")
    got = run("explain", "2eajznwpab", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert got.status == 66 and b"--log FILE" in got.err


def test_wrong_usage(tmp_path):
    for words in ([], ["short"], ["2eajznwpa1"], ["2eajznwpab", "more"], ["2EAJZNWPAB"]):
        got = run("explain", *words)
        assert got.status == 64 and b"expected an id" in got.err, words
    got = run("explain", "2eajznwpab", "--log", tmp_path / "none")
    assert got.status == 66 and b"No such file" in got.err
    assert json.dumps(run("explain", "--help").text).count("--log FILE") == 2


def test_the_manual_names_every_word_of_the_line():
    """daemon/tell.c writes them, ingamd(8) tells what they mean."""
    text = (TOP / "daemon" / "tell.c").read_text()
    words = set(re.findall(r'\bl, "(\w+)"', text)) | {"signed", "unsigned", "sealed", "unsealed"}
    assert {"spf", "dkim", "dmarc", "client", "action", "dns_ms"} <= words and all(f'"{w}"' in text for w in words)
    manual = (TOP / "docs" / "man" / "ingamd.8.scd").read_text().partition("# LOG")[2].partition("# MONITORING")[0]
    assert [w for w in words if f"*{w}*" not in manual] == []
