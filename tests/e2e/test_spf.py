# SPDX-License-Identifier: BSD-2-Clause
"""spf: one client, one domain."""
import re

import pytest
from conftest import run

KEYS = ["result", "identity", "domain", "mechanism", "explanation", "lookups", "voids", "fault", "received_spf"]


def test_json(ingam):
    got = ingam("spf", "--ip", "192.0.2.10", "--helo", "m.legit.example", "--mail-from", "a@legit.example", "--json")
    v = got.json
    assert list(v)[:9] == KEYS and got.status == 0
    assert (v["result"], v["identity"], v["domain"], v["mechanism"]) == ("pass", "mailfrom", "legit.example", "ip4:192.0.2.0/24")
    assert v["explanation"] is None and v["fault"] is None and v["lookups"] == 0 and v["voids"] == 0
    assert v["received_spf"].startswith("pass ") and "\r" not in v["received_spf"]


def test_helo_alone(ingam):
    v = ingam("spf", "--ip", "192.0.2.10", "--helo", "legit.example", "--json").json
    assert (v["result"], v["identity"], v["domain"]) == ("pass", "helo", "legit.example")


def test_null_sender(ingam):
    v = ingam("spf", "--ip", "203.0.113.1", "--helo", "legit.example", "--mail-from", "<>", "--json").json
    assert (v["result"], v["domain"], v["mechanism"]) == ("fail", "legit.example", "-all")


@pytest.mark.parametrize("domain, ip, result, status", [
    ("legit.example", "192.0.2.10", "pass", 0), ("legit.example", "203.0.113.9", "fail", 1),
    ("missing.example", "192.0.2.10", "none", 0), ("loop.example", "192.0.2.10", "permerror", 1),
    ("typo.example", "192.0.2.10", "permerror", 1),
])
def test_results(ingam, domain, ip, result, status):
    got = ingam("spf", "--ip", ip, "--helo", "x", "--mail-from", "a@" + domain, "--json")
    assert got.json["result"] == result and got.status == status
    assert (got.json["fault"] is None) == (result != "permerror")


def test_temperror(ingam, mail_file):
    zone = mail_file(b";!fault legit.example. * TIMEOUT\n", "sick.zone")
    got = run("spf", "--dns", zone, "--ip", "192.0.2.1", "--mail-from", "a@legit.example", "--json")
    assert got.status == 75 and got.json["result"] == "temperror"


def test_plain(ingam):
    got = ingam("spf", "--ip", "203.0.113.9", "--helo", "x", "--mail-from", "a@legit.example")
    assert got.text.splitlines()[0] == "fail: 203.0.113.9: legit.example does not let it send"
    assert re.search(r"matched +-all\n", got.text) and "lookups 0/10, void 0/2" in got.text
    assert "Received-SPF  fail" in got.text


def test_explain_counts(ingam):
    got = ingam("spf", "--ip", "192.0.2.10", "--helo", "x", "--mail-from", "a@loop.example", "--explain")
    assert re.search(r"10/10", got.text) and "[RFC7208 " in got.text


def test_usage():
    got = run("spf", "--ip", "192.0.2.1")
    assert got.status == 64 and b"--mail-from and --helo are missing" in got.err
    got = run("spf", "--helo", "x")
    assert got.status == 64 and b"--ip is missing" in got.err
    assert run("spf", "example.org").status == 64
