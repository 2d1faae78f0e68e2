# SPDX-License-Identifier: BSD-2-Clause
"""What the end-to-end tests share: the command under test, and mails that an independent signer signs.

The binary is that of INGAM_BIN or INGAM, else build/asan/ingam."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "tools"))
import mailseal  # noqa: E402

BINARY = os.environ.get("INGAM_BIN") or os.environ.get("INGAM") or str(TOP / "build" / "asan" / "ingam")
AT = "2026-09-01T12:00:00Z"
KEY = mailseal.Key(str(TOP / "tests" / "keys" / "rsa2048.pem"))
ENVELOPE = ("--ip", "192.0.2.10", "--helo", "m.legit.example", "--mail-from", "a@legit.example")


class Got:
    """What one run of the command gave."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def text(self):
        return self.out.decode()

    @property
    def words(self):
        """The output with each run of blanks and line ends as one blank."""
        return " ".join(self.text.split())

    @property
    def lines(self):
        """Each line read as JSON."""
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def json(self):
        assert self.text.count("\n") == 1, self.text + self.err.decode()
        return json.loads(self.text)


def run(*args, stdin=b"", locale="C.UTF-8", **env):
    environment = {**os.environ, "LC_ALL": locale, "TERM": "xterm", **env}
    environment.pop("NO_COLOR", None)
    done = subprocess.run([BINARY, *map(str, args)], input=stdin, capture_output=True, timeout=60, env=environment)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
    return Got(done)


def zone_text():
    record = KEY.record()
    key = " ".join(f'"{record[i:i + 200]}"' for i in range(0, len(record), 200))
    return f"""$TTL 300
$ORIGIN example.
legit TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.legit TXT "v=DMARC1; p=reject"
sel._domainkey.legit TXT {key}
other TXT "v=spf1 ip4:203.0.113.5 -all"
nopolicy TXT "v=spf1 -all"
sick TXT "v=spf1 ip4:192.0.2.0/24 -all"
;!fault _dmarc.sick.example. TXT SERVFAIL
loop TXT "v=spf1 include:loop.example -all"
typo TXT "v=spf1 ip4:192.0.2.0/24 ipp4:192.0.2.0/33 -all"
"""


def message(*fields, body="Hello\r\n", sender="a@legit.example"):
    """A mail with CRLF; `fields` are whole lines above the usual ones."""
    head = [*fields, f"From: Ann <{sender}>", "To: b@rcpt.example", "Subject: Hello",
            "Date: Tue, 01 Sep 2026 11:00:00 +0000", "Message-ID: <1@legit.example>"]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def signed(mail):
    return mailseal.seal(mail, KEY, "legit.example", "sel", time=1788260400)


@pytest.fixture
def ingam(tmp_path):
    """Runs a sub-command with a zone file as the whole DNS and a fixed time."""
    zone = tmp_path / "dns.zone"
    zone.write_text(zone_text())

    def call(command, *args, **more):
        return run(command, "--dns", zone, "--at", AT, "--authserv-id", "mx.rcpt.example", *args, **more)

    return call


@pytest.fixture
def mail_file(tmp_path):
    """Writes a file for one test and gives its path."""

    def write(content, name="mail.eml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write
