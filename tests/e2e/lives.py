# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of ingamd's life share: small configurations, keys, and a look whether it serves."""
import pytest

from conftest import message, signed, zone_text
from daemon import Ingamd
from milterpeer import Gone, Peer, split
from servers import TOP


def conf(folder, *more, workers=2, listen="milter"):
    return f'workers = {workers}\nlisten "unix:{folder}/{listen}" {{ }}\n' + "\n".join(more) + "\n"


def keys(folder, *domains):
    for domain in domains:
        place = folder / domain
        place.mkdir(parents=True, mode=0o700)
        (place / "sel.pem").write_bytes((TOP / "tests" / "keys" / "rsa2048.pem").read_bytes())
        (place / "sel.pem").chmod(0o600)
        (place / "state").write_text("ingam-keys 1\nsel rsa-sha256 2048 active wait=300 made=2026-08-01T00:00:00Z "
                                     "seen=2026-08-01T00:00:00Z active=2026-08-02T00:00:00Z\n")
        (place / "state").chmod(0o600)
    folder.chmod(0o700)
    return folder


def answers(path):
    """Whether a worker speaks milter there."""
    try:
        Peer(str(path)).close()
    except (OSError, Gone):
        return False
    return True


@pytest.fixture
def make(tmp_path):
    """Makes daemons and ends them with the test."""
    made = []

    def one(text=None, name="d", **more):
        d = Ingamd(tmp_path / name, text, zone=more.pop("zone", zone_text()), **more)
        made.append(d)
        return d

    yield one
    for d in made:
        d.stop()


def half_a_message(path):
    peer = Peer(str(path))
    peer.connect()
    fields, body = split(signed(message()))
    peer.envelope()
    peer.header(fields)
    return peer, fields, body
