# SPDX-License-Identifier: BSD-2-Clause
"""Senders who know how the daemon works: what they write must hide nothing and pass for nothing of ours."""
import json

import pytest

from conftest import message, signed, zone_text
from milterpeer import Ingamd, Peer

OURS = "mx.rcpt.example"
SIGNED = signed(message())


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log_says_what_was_done_however_long_the_names(tmp_path, form):
    daemon = Ingamd(tmp_path / "long", zone=zone_text(), conf=f"""authserv-id = "{OURS}"
listen "unix:{tmp_path}/long/milter" {{ }}
log {{ form = {form} }}
""")
    try:
        peer = Peer(daemon.path)
        peer.connect(helo=None)
        peer.step("H", b"\xff" * 2000 + b"\0")
        peer.message(SIGNED, sender="\x01" * 9000 + "@legit.example", queue_id="\n" * 3000)
        said = next(line for line in daemon.lines() if "4fXyz" in line or "..." in line)
    finally:
        daemon.stop()
    assert len(said) < 8192 and "cut" not in said
    if form == "json":
        assert json.loads(said)["action"] == "accept"
    assert "action" in said and "dkim" in said and "wait_ms" in said


def test_unmarked_mail_bears_no_results_of_others(tmp_path):
    """More recipients than are kept: nobody judges it, so that nobody may say that we did."""
    daemon = Ingamd(tmp_path / "unmarked", zone=zone_text(), conf=f"""authserv-id = "{OURS}"
listen "unix:{tmp_path}/unmarked/milter" {{ }}
limits {{ on-trouble = unmarked }}
""")
    mail = message(f"Authentication-Results: {OURS}; dkim=pass", f"authentication-results: {OURS}; dmarc=pass")
    try:
        peer = Peer(daemon.path)
        peer.connect()
        got = peer.message(mail, rcpts=[f"{'x' * 240}{i:04}@rcpt.example" for i in range(4500)])
        assert got.code == "c" and not got.all("Authentication-Results")
        assert "dkim=pass" in peer.message(SIGNED).one("Authentication-Results")
    finally:
        daemon.stop()
