# SPDX-License-Identifier: BSD-2-Clause
"""The demo: seven mails on seven lines, one explained, and the committed mails are those that demo/make.py makes."""
import os
import re
import subprocess
import sys

from conftest import BINARY, TOP, run


def demo(*args):
    environment = {**os.environ, "INGAM": BINARY, "LC_ALL": "C.UTF-8"}
    return subprocess.run([str(TOP / "tools" / "demo"), *args], capture_output=True, timeout=120, env=environment, text=True)


def verdicts():
    options = ("--dns", TOP / "demo/demo.zone", "--at", "2026-09-01T03:05:00Z", "--authserv-id", "mx.home.example")
    mails = sorted((TOP / "demo").glob("*.eml"))
    return {v["message"].rsplit("/", 1)[1]: v for v in run("check", *options, "--json", *mails).lines}


def test_verdicts():
    got = {name: (v["dmarc"]["result"], v["action"]["disposition"]) for name, v in verdicts().items()}
    assert got == {
        "1-genuine.eml": ("pass", "none"), "2-forged-from.eml": ("fail", "quarantine"),
        "3-own-server.eml": ("fail", "quarantine"), "4-changed.eml": ("fail", "quarantine"),
        "5-list.eml": ("fail", "quarantine"), "6-two-from.eml": ("permerror", "reject"), "7-lookalike.eml": ("pass", "none"),
    }


def test_what_each_is_about():
    v = verdicts()
    own = v["3-own-server.eml"]
    assert own["spf"]["mailfrom"]["result"] == "pass" and own["dkim"][0]["result"] == "pass" and not own["dkim"][0]["aligned"]
    assert [s["result"] for s in v["5-list.eml"]["dkim"]] == ["pass", "fail"]
    assert v["4-changed.eml"]["dkim"][0]["result"] == "fail" and v["4-changed.eml"]["dkim"][0]["aligned"]
    assert "lookalike" in [w["kind"] for w in v["7-lookalike.eml"]["warnings"]]
    assert v["6-two-from.eml"]["fault"] == "mail-from-twice"


def test_demo_runs():
    done = demo()
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    rows = [line for line in lines if re.search(r"[0-9]-[a-z-]+\.eml +[A-Z]", line)]
    assert [row.split()[1].split("/")[-1][0] for row in rows] == list("1234567")
    words = [row.split(":")[0].split()[-1] for row in rows]
    assert words == ["Genuine", "Forged", "Forged", "Changed", "Changed", "Unusable", "Careful"]
    assert max(map(len, lines)) <= 100
    assert "What the DNS was asked" in done.stdout
    assert "  Authentication-Results: mx.home.example; spf=fail\n" in done.stdout and "would_be=quarantine" in done.stdout
    assert demo("1").returncode == 0 and demo("9").returncode == 64


def test_mails_are_those_that_make_py_makes(tmp_path):
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "make.py").write_text((TOP / "demo" / "make.py").read_text())
    (tmp_path / "tests").symlink_to(TOP / "tests")
    subprocess.run([sys.executable, str(folder / "make.py")], check=True, timeout=60)
    made = sorted(p.name for p in folder.iterdir() if p.name != "make.py")
    assert made == sorted(p.name for p in (TOP / "demo").iterdir() if p.suffix in (".eml", ".zone"))
    for name in made:
        assert (folder / name).read_bytes() == (TOP / "demo" / name).read_bytes(), name
