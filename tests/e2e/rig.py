# SPDX-License-Identifier: BSD-2-Clause
"""Postfix with ingamd beside it, as an operator sets them up: the socket lies in the queue's folder."""
import json
import re

import letters
import mta
from conftest import KEY, TOP
from daemon import Ingamd

SOCKET = "unix:ingam/milter"   # as smtpd and cleanup see it, locked into the queue's folder or not


class Rig:
    """conf: lines of ingam.conf beside the socket and the log; more goes to Postfix."""

    def __init__(self, folder, conf="", zone=None, listen=None, milter=SOCKET, **more):
        self.folder = folder
        self.postfix = mta.Postfix(folder / "postfix", milters=[milter] if milter else [], **more)
        sockets = self.postfix.folder / "spool" / "ingam"
        sockets.mkdir(exist_ok=True)
        self.conf = (f'authserv-id = "mx.rcpt.example"\nlog {{ to = stderr form = json }}\n'
                     + (f'listen "{listen}" {{ }}\n' if listen else f'listen "unix:{sockets}/milter" {{ mode = 0666 }}\n'))
        self.ingamd = Ingamd(folder / "ingamd", self.conf + conf, zone=letters.zone() if zone is None else zone or None)

    def __enter__(self):
        self.ingamd.start()
        self.postfix.start()
        return self

    def __exit__(self, *_):
        self.postfix.stop()
        self.ingamd.stop()

    def told(self):
        """The lines of the log that tell of messages."""
        return [line for line in map(json.loads, self.ingamd.lines()) if "action" in line]

    def send(self, mail, **session):
        """As a stranger's server does; gives code and text."""
        return self.postfix.send(mail, **{"client": letters.GOOD, **session})

    def comes_out(self, mail, names, **session):
        """Sends it; our fields on top of what was delivered must be `names`. Gives them, and the rest."""
        code, text = self.send(mail, **session)
        assert code == 250, (code, text, self.postfix.log()[-2000:])
        return letters.take_ours(self.postfix.delivered()[0], names)


def keys_folder(folder, *domains):
    """Keys that sign: one each, whose record the zone of letters has."""
    for domain in domains:
        place = folder / domain
        place.mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)
        (place / "sel.pem").write_bytes((TOP / "tests" / "keys" / "rsa2048.pem").read_bytes())
        (place / "sel.pem").chmod(0o600)
        (place / "state").write_text("ingam-keys 1\nsel rsa-sha256 2048 active wait=300 made=2026-08-01T00:00:00Z "
                                     "seen=2026-08-01T00:00:00Z active=2026-08-02T00:00:00Z\n")
        (place / "state").chmod(0o600)
    assert KEY.size == 256
    return folder


def results(field):
    """method -> result of an Authentication-Results field."""
    return dict(re.findall(r"(?<![.\w])(spf|dkim|dmarc|arc)=(\w+)", field))
