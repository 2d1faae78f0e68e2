# SPDX-License-Identifier: BSD-2-Clause
"""The public suites through the command, each expected key compared. They lie beside the project, or where INGAM_TESTDATA
says; without them there is nothing to test here."""
import json
import os
import pathlib

import pytest
from conftest import TOP, run

DATA = pathlib.Path(os.environ.get("INGAM_TESTDATA") or TOP.parent / "shared" / "testdata") / "cases"
RANKS = ["pass", "temperror", "fail", "policy", "permerror", "neutral"]     # best first
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no public suites here")


def cases(*suites):
    for suite in suites:
        path = DATA / suite / "cases.jsonl"
        for line in path.read_text().splitlines() if path.is_file() else []:
            case = json.loads(line)
            yield pytest.param(case, DATA / suite, id=f"{suite}:{case['id']}")


def envelope(args):
    given = ["--at", str(args["now"])] if "now" in args else []
    for key, option in ("ip", "--ip"), ("helo", "--helo"), ("mail_from", "--mail-from"):
        if key in args:
            given += [option, args[key] or ("<>" if key == "mail_from" else "")]
    return given


def judged(case, folder, *more):
    """The verdict on a case's message; its zone file is the whole DNS."""
    got = run("check", "--json", "--dns", folder / case["zone"], *envelope(case["args"]), *more, folder / case["message"])
    assert got.status in (0, 1, 65, 75), got.err.decode()     # 65: no header at all
    return got.json


def told_apart(case, keys):
    assert set(case["expected"]) <= set(keys), "a key that nothing here compares"


@pytest.mark.parametrize("case,folder", cases("openspf-rfc7208"))
def test_spf(case, folder, mail_file):
    """[RFC7208] One identity alone, and the same beside a message."""
    told_apart(case, ["result", "explanation"])
    given = ("--dns", folder / case["zone"], *envelope(case["args"]))
    alone = run("spf", "--json", *given).json
    beside = run("check", "--json", *given, mail_file(b"From: a@author.invalid\r\n\r\n")).json["spf"][alone["identity"]]
    want = case["expected"].get("explanation")
    for got in alone, beside:
        assert got["result"] in case["expected"]["result"], got
        if want is not None:
            assert got["explanation"] == (None if want == "DEFAULT" else want)


@pytest.mark.parametrize("case,folder", cases("dkimpy", "go-msgauth"))
def test_dkim(case, folder):
    """[RFC6376] [RFC8463] The best of all signatures, and each that the case names."""
    told_apart(case, ["result", "sigs"])
    signatures = judged(case, folder)["dkim"]
    best = min((s["result"] for s in signatures), key=RANKS.index, default="none")
    assert best in case["expected"]["result"], signatures
    want = case["expected"].get("sigs", [])
    assert not want or len(want) == len(signatures)
    for one, got in zip(want, signatures):
        assert (got["domain"], got["selector"]) == (one["d"], one["s"])
        assert got["result"] in one["result"], got


@pytest.mark.parametrize("case,folder", cases("arc-valimail"))
def test_arc(case, folder):
    """[RFC8617 5.2]"""
    told_apart(case, ["arc"])
    assert judged(case, folder)["arc"]["result"] in case["expected"]["arc"]


@pytest.mark.parametrize("case,folder", cases("rfc9989-appendix-b"))
def test_dmarc(case, folder):
    """[RFC9989 B] A site that rejects where a policy asks for it."""
    told_apart(case, ["dmarc", "disposition", "policy_domain", "spf_aligned", "dkim_aligned"])
    want = case["expected"]
    got = judged(case, folder, "--on-reject", "reject")
    assert got["dmarc"]["result"] in want["dmarc"]
    assert got["action"]["disposition"] in want["disposition"]
    assert got["dmarc"]["policy_domain"] == want.get("policy_domain", got["dmarc"]["policy_domain"])
    for method in "spf", "dkim":
        assert (method in got["dmarc"]["aligned_by"]) == want.get(method + "_aligned", method in got["dmarc"]["aligned_by"])
