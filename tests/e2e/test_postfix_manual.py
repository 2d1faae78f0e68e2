# SPDX-License-Identifier: BSD-2-Clause
"""The lines of docs/postfix.md, run as they stand by a real Postfix that is locked into its queue's folder as Debian ships it, with
ingamd as a user of its own; and what `ingam setup postfix` does."""
import os
import re
import shutil
import smtplib

import letters
import mta
import pytest
from conftest import BINARY, TOP
from daemon import INGAMD, Ingamd
from letters import GOOD, letter
from rig import keys_folder

PAGE = (TOP / "docs" / "postfix.md").read_text()
AR = "Authentication-Results"
HERE = "/srv/ingamd"   # its folder, as the processes see it


def give(*paths):
    for path in paths:
        os.chown(path, mta.ACCOUNTS["ingam"], mta.ACCOUNTS["ingam"])


def keys_of_ingam(postfix, *domains):
    keys = keys_folder(postfix.folder / "ingamd" / "keys", *domains)
    give(keys, *keys.rglob("*"))


def blocks(heading, language):
    """The blocks below a heading; the rig's queue lies elsewhere."""
    part = re.split(r"^## ", PAGE.split(f"## {heading}", 1)[1], flags=re.M)[0]
    found = [text for name, text in re.findall(r"^```(\w*)\n(.*?)^```$", part, re.M | re.S) if name == language]
    assert found, heading
    return [text.replace("/var/spool/postfix", "/srv/spool") for text in found]


@pytest.fixture
def postfix(tmp_path):
    """Debian's, which knows nothing of us."""
    with mta.Postfix(tmp_path / "postfix", chroot="y", main={"internal_mail_filter_classes": "", "milter_default_action": "tempfail"}) as p:
        yield p


@pytest.fixture
def beside(postfix):
    """Starts ingamd as the user ingam with this configuration, seeing the same files as Postfix."""
    started = []

    def start(conf):
        place = postfix.folder / "ingamd"
        as_ingam = postfix.system.beside("setpriv", "--reuid=ingam", "--regid=ingam", "--clear-groups", spaces=["--mount"])
        ingamd = Ingamd(place, f'user = "ingam"\ncontrol = "{HERE}/control"\nauthserv-id = "mx.rcpt.example"\n{conf}',
                        zone=letters.zone(), before=as_ingam)
        shutil.copy(INGAMD, place / "ingamd")
        ingamd.command = [str(word).replace(INGAMD, f"{place}/ingamd").replace(str(place), HERE) for word in ingamd.command]
        give(place, *place.iterdir())
        started.append(ingamd.start())
        return ingamd

    yield start
    for ingamd in started:
        ingamd.stop()


def sh(postfix, text):
    return postfix.system.run("/bin/sh", "-ec", f"PATH=/usr/sbin:/usr/bin:/sbin:/bin\n{text}").decode()


def reloaded(postfix, text):
    """Runs what ends in a reload, and waits until the processes of before are gone."""
    begun = postfix.log().count("reload -- version")
    sh(postfix, text)
    assert mta.wait_for(lambda: postfix.log().count("reload -- version") > begun)
    for port in (postfix.inbound, postfix.submission):
        assert mta.wait_for(lambda p=port: greets(p))


def greets(port):
    try:
        with mta.Client("127.0.0.1", port, timeout=20):
            return True
    except (OSError, smtplib.SMTPException):
        return False


def marked(postfix):
    code, text = postfix.send(letter(), client=GOOD)
    assert code == 250, (text, postfix.log()[-1500:])
    return bool(postfix.delivered()[0].every(AR))


def test_in_and_out_again(postfix, beside):
    folder, _ = blocks("1. A socket that Postfix can reach", "sh")
    listen = blocks("1. A socket that Postfix can reach", "")[0]
    sh(postfix, folder)
    keys_of_ingam(postfix, "legit.example", "rcpt.example")
    sign = blocks("3. Mail of your users is signed", "")[0].replace("/var/lib/ingam/keys", f"{HERE}/keys")
    beside(listen + sign)
    assert not marked(postfix)

    reloaded(postfix, blocks("2. Postfix asks ingamd", "sh")[0])
    assert marked(postfix)
    postfix.sendmail(letter().replace(b"\r\n", b"\n"), "-f", "a@legit.example", "b@rcpt.example")
    assert postfix.delivered()[0].only("DKIM-Signature")
    postfix.sendmail(letter().replace(b"\r\n", b"\n"), "-f", "a@legit.example", "nobody@elsewhere.example")
    assert "d=rcpt.example" in b"".join(postfix.delivered()[0].every("DKIM-Signature")).decode()
    said = sh(postfix, "postconf -n | grep milter")
    assert "smtpd_milters = { unix:ingam/milter, default_action=accept }" in said

    reloaded(postfix, blocks("Out again", "sh")[1])
    assert not marked(postfix)


def test_setup_and_undo(postfix, beside):
    """ingam setup postfix: what it prints is what it does; others stay in the list; --undo leaves what was."""
    sh(postfix, blocks("1. A socket that Postfix can reach", "sh")[0])
    beside(blocks("1. A socket that Postfix can reach", "")[0])
    before = (postfix.folder / "etc" / "postfix" / "main.cf").read_text()
    setup = f"{BINARY} setup postfix --config {HERE}/ingam.conf"
    told = sh(postfix, setup)
    assert (postfix.folder / "etc" / "postfix" / "main.cf").read_text() == before
    assert "unix:ingam/milter" in told and "postfix reload" in told
    reloaded(postfix, setup + " --apply")
    assert marked(postfix)
    want = {line.split(" -e ")[1].strip("'") for line in told.splitlines() if " -e " in line}
    assert want == set(sh(postfix, "postconf -n smtpd_milters non_smtpd_milters").splitlines())
    reloaded(postfix, setup + " --undo")
    assert not marked(postfix)
    assert sh(postfix, "postconf -h smtpd_milters non_smtpd_milters").strip() == ""


def test_the_submission_service(postfix, beside):
    """The socket of its own, with the line of master.cf as it stands in the page."""
    sh(postfix, blocks("1. A socket that Postfix can reach", "sh")[0])
    keys_of_ingam(postfix, "legit.example")
    sign, listen, line = (text.replace("/var/lib/ingam/keys", f"{HERE}/keys")
                          for text in blocks("3. Mail of your users is signed", ""))
    beside(listen + sign)
    master = postfix.folder / "etc" / "postfix" / "master.cf"
    postfix.put("master.cf", master.read_text().replace("  -o { smtpd_milters =  }\n", line))
    reloaded(postfix, "postfix reload")
    assert postfix.send(letter(), port=postfix.submission, client=GOOD)[0] == 250
    assert postfix.delivered()[0].only("DKIM-Signature")
