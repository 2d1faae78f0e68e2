# SPDX-License-Identifier: BSD-2-Clause
"""sign -> verify over every algorithm, canonicalization and shape of message: by ourselves and by libopendkim, dkimpy and
Mail::DKIM, which know nothing of us. A peer that is not installed is skipped.          [RFC6376 3.4] [RFC8463 3]"""
import itertools
import pathlib
import shutil
import subprocess

import pytest
from conftest import TOP, mailseal, run

TOOLS = TOP / "tests" / "tools"
KEYS = TOP / "tests" / "keys"
DOMAIN = "author.example"
ALGORITHMS = {"rsa2048": ["rsa2048"], "rsa2048-e3": ["rsa2048-e3"], "rsa4096": ["rsa4096"], "ed25519": ["ed25519"],
              "both": ["ed25519", "rsa2048"]}
CANONS = [f"{h}/{b}" for h in ("relaxed", "simple") for b in ("relaxed", "simple")]
FROM = b"From: Ann <ann@author.example>\r\n"
HEADERS = {
    "small": FROM,
    "usual": b"Received: by mx.author.example\r\n\tfor <b@rcpt.example>; Tue, 01 Sep 2026 12:00:00 +0000\r\n" + FROM
             + b"To: b@rcpt.example\r\nSubject: Hello\r\nDate: Tue, 01 Sep 2026 12:00:00 +0000\r\n"
             b"Message-ID: <1@author.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
             b"Content-Transfer-Encoding: 8bit\r\n",
    "folded": b"FROM:\r\n  ann@author.example  \r\nSubject:  a \t b\r\n\tc  d\r\n   e\r\nto: x,\r\n y\r\n",
    "often": b"To: one\r\n" + FROM + b"To: two\r\nSubject: x\r\nTo: three\r\nsubject: y\r\n",
    "list": FROM + b"List-Unsubscribe: <https://l.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
    "utf-8": "From: Jörg <ann@author.example>\r\nSubject: Grüße\r\n".encode(),
}
BODIES = {
    "empty": b"",
    "usual": b"Hello,\r\n\r\nhow are you?\r\n-- \r\nAnn\r\n",
    "white": b" a  b\t\tc \r\n\t\r\n  \r\nend \t\r\n \r\n\r\n\r\n",
    "blank": b"\r\n\r\n",
    "open": b"no line end",
    "long": (b"x" * 997 + b"\r\n") * 50 + b"\xc3\xb6\xff\r\n",
}


class Case:
    def __init__(self, algorithm, canon, header, body):
        self.name = f"{algorithm}, {canon}, {header}, {body}"
        self.keys = ALGORITHMS[algorithm]
        self.canon = canon
        self.message = HEADERS[header] + b"\r\n" + BODIES[body]
        self.path = None

    @property
    def algorithms(self):
        return sorted("ed25519-sha256" if key == "ed25519" else "rsa-sha256" for key in self.keys)


def cases():
    """Every algorithm with every canonicalization, and with these every header and every body."""
    for algorithm, canon in itertools.product(ALGORITHMS, CANONS):
        for header in HEADERS:
            yield Case(algorithm, canon, header, "usual")
        for body in BODIES:
            if body != "usual":
                yield Case(algorithm, canon, "usual", body)


def delivered(mail):
    """A mail as SMTP delivers it: its last line has an end.                             [RFC5321 4.1.1.4]"""
    return mail if mail.endswith(b"\r\n") else mail + b"\r\n"


def record(key):
    return mailseal.Key(str(KEYS / f"{key}.pem")).record()


NAMES = {key: f"{key}._domainkey.{DOMAIN}" for keys in ALGORITHMS.values() for key in keys}


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    """All cases, signed; and keys.txt, which says what the DNS holds."""
    folder = tmp_path_factory.mktemp("signed")
    (folder / "keys.txt").write_text("".join(f"{NAMES[key]} {record(key)}\n" for key in NAMES))
    done = []
    for i, case in enumerate(cases()):
        words = [word for key in case.keys for word in ("--key", KEYS / f"{key}.pem", "--selector", key)]
        got = run("sign", "--domain", DOMAIN, "--canon", case.canon, "--at", "1788264000", *words, stdin=case.message)
        assert got.status == 0, f"{case.name}: {got.err.decode()}"
        assert got.out.endswith(case.message), case.name
        case.path = folder / f"{i}.eml"
        case.path.write_bytes(delivered(got.out))
        done.append(case)
    return done


def outcomes(program, signed):
    """What a program says of each file: path -> [(algorithm, result)]."""
    keys = signed[0].path.parent / "keys.txt"
    done = subprocess.run([*program, keys, *[case.path for case in signed]], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        path, algorithm, result = line.split(" ", 2)
        found.setdefault(pathlib.Path(path), []).append((algorithm, result))
    return found


def test_we_verify(signed, tmp_path):
    zone = tmp_path / "dns.zone"
    zone.write_text("".join(mailseal.zone_lines(NAMES[key], record(key)) for key in NAMES))
    got = run("check", "--dns", zone, "--at", "1788264060", "--json", *[case.path for case in signed])
    for case, said in zip(signed, got.lines, strict=True):
        assert [one["result"] for one in said["dkim"]] == ["pass"] * len(case.keys), case.name


def test_opendkim_verifies(signed, tmp_path):
    program = tmp_path / "opendkim_verify"
    built = shutil.which("cc") and subprocess.run(["cc", "-O1", "-o", program, TOOLS / "opendkim_verify.c", "-lopendkim"],
                                                  capture_output=True)
    if not built or built.returncode:
        pytest.skip("libopendkim is not installed")
    found = outcomes([program], signed)
    for case in signed:
        assert sorted(found[case.path]) == [(a, "pass") for a in case.algorithms], case.name


def test_mail_dkim_verifies(signed):
    """Its version in Debian 12 knows RSA only."""
    if subprocess.run(["perl", "-MMail::DKIM::Verifier", "-e", "1"], capture_output=True).returncode:
        pytest.skip("Mail::DKIM is not installed")
    found = outcomes(["perl", TOOLS / "maildkim_verify.pl"], signed)
    for case in signed:
        for algorithm, result in found[case.path]:
            assert algorithm == "ed25519-sha256" or result == "pass", case.name
        assert [a for a, _ in sorted(found[case.path])] == case.algorithms


def test_dkimpy_verifies(signed):
    dkim = pytest.importorskip("dkim")
    pytest.importorskip("nacl")
    records = {f"{name}.".encode(): record(key).encode() for key, name in NAMES.items()}
    for case in signed:
        judge = dkim.DKIM(case.path.read_bytes())
        for i in range(len(case.keys)):
            assert judge.verify(i, dnsfunc=lambda name, timeout=5: records.get(name)), f"{case.name}, {i}"


def test_each_peer_notices_a_change(signed, tmp_path):
    """So that none of the above passes whatever it is shown."""
    dkim = pytest.importorskip("dkim")
    records = {f"{name}.".encode(): record(key).encode() for key, name in NAMES.items()}
    mail = signed[0].path.read_bytes().replace(b"how are you", b"how are yov")
    assert mail != signed[0].path.read_bytes()
    assert not dkim.verify(mail, dnsfunc=lambda name, timeout=5: records.get(name))
