# SPDX-License-Identifier: BSD-2-Clause
"""check --json: each key of the promised shape, and what stands in it."""
from conftest import ENVELOPE, message, signed

SPF_KEYS = {"result", "domain", "mechanism", "explanation", "fault"}
SHAPE = {
    "version": None, "message": None, "authentication_results": None, "received_spf": None,
    "removed_authentication_results": None, "questions": None, "trace": None, "dkim": None, "warnings": None, "fault": None,
    "line_ends": None, "number": None,
    "envelope": {"ip", "helo", "mail_from", "source"},
    "spf": {"mailfrom", "helo"},
    "arc": {"result", "sets", "fault"},
    "dmarc": {"result", "author_domain", "organizational_domain", "policy_domain", "policy", "testing", "aligned_by",
              "fault", "published"},
    "action": {"disposition", "reply", "reasons", "would_be"},
}
DKIM_KEYS = {"result", "domain", "selector", "algorithm", "auid", "key_bits", "aligned", "fault", "cause", "testing",
             "unsigned_bytes"}


def test_shape(ingam, mail_file):
    path = mail_file(signed(message()))
    v = ingam("check", *ENVELOPE, "--json", path).json
    assert set(v) == set(SHAPE)
    for key, inner in SHAPE.items():
        if inner:
            assert set(v[key]) >= inner, key
    assert set(v["spf"]["mailfrom"]) >= SPF_KEYS and set(v["spf"]["helo"]) >= SPF_KEYS
    assert [set(s) for s in v["dkim"]] == [DKIM_KEYS]
    assert all(set(q) >= {"name", "type", "status", "ttl", "secure"} for q in v["questions"]) and v["questions"]
    assert all(set(t) >= {"method", "rule", "spec", "text"} for t in v["trace"]) and v["trace"]
    assert list(v)[:4] == ["version", "message", "envelope", "spf"]


def test_genuine(ingam, mail_file):
    path = mail_file(signed(message()))
    got = ingam("check", *ENVELOPE, "--json", path)
    v = got.json
    assert got.status == 0
    assert (v["version"], v["message"]) == (1, str(path))
    assert v["envelope"] == {"ip": "192.0.2.10", "helo": "m.legit.example", "mail_from": "a@legit.example",
                             "source": "given"}
    assert v["spf"]["mailfrom"]["result"] == "pass"
    assert v["spf"]["mailfrom"]["domain"] == "legit.example"
    assert v["spf"]["mailfrom"]["mechanism"] == "ip4:192.0.2.0/24"
    assert v["spf"]["mailfrom"]["explanation"] is None and v["spf"]["mailfrom"]["fault"] is None
    assert v["spf"]["helo"]["result"] == "none" and v["spf"]["helo"]["domain"] == "m.legit.example"
    assert v["dkim"][0] == {"result": "pass", "domain": "legit.example", "selector": "sel", "algorithm": "rsa-sha256",
                            "auid": "@legit.example", "key_bits": 2048, "aligned": True, "fault": None, "cause": None,
                            "testing": False, "unsigned_bytes": None}
    assert v["arc"]["result"] == "none" and v["arc"]["sets"] == 0 and v["arc"]["fault"] is None
    assert v["dmarc"] == {"result": "pass", "author_domain": "legit.example", "organizational_domain": "legit.example",
                          "policy_domain": "legit.example", "policy": "reject", "testing": False,
                          "aligned_by": ["dkim", "spf"], "fault": None, "published": "reject"}
    assert v["action"] == {"disposition": "none", "reply": None, "reasons": [], "would_be": "none"}
    assert v["authentication_results"].startswith("mx.rcpt.example;") and "spf=pass" in v["authentication_results"]
    assert v["received_spf"].startswith("pass")
    assert v["removed_authentication_results"] == 0
    assert {"name": "legit.example", "type": "TXT", "status": "ok", "ttl": 300, "secure": False, "why": None,
            "answers": ["v=spf1 ip4:192.0.2.0/24 -all"]} in v["questions"]


def test_failing(ingam, mail_file):
    path = mail_file(message())
    got = ingam("check", "--ip", "203.0.113.5", "--helo", "x.other.example", "--mail-from", "x@other.example", "--json", path)
    v = got.json
    assert got.status == 1
    assert v["dmarc"]["result"] == "fail" and v["dmarc"]["aligned_by"] == [] and v["dkim"] == []
    assert v["dmarc"]["fault"] == "dmarc-not-aligned"
    assert v["action"]["disposition"] == "quarantine" and v["action"]["reply"] is None
    assert "p=reject" in v["action"]["reasons"]


def test_reject_when_asked(ingam, mail_file):
    path = mail_file(message())
    v = ingam("check", "--ip", "203.0.113.5", "--helo", "x", "--mail-from", "x@other.example", "--json", "--on-reject",
              "reject", path).json
    assert v["action"]["disposition"] == "reject"
    assert v["action"]["reply"].startswith("550 5.7.")


def test_observe(ingam, mail_file):
    path = mail_file(message())
    got = ingam("check", "--ip", "203.0.113.5", "--helo", "x", "--mail-from", "x@other.example", "--json", "--policy",
                "observe", path)
    assert got.status == 1
    assert got.json["action"]["disposition"] == "none" and got.json["action"]["would_be"] == "quarantine"


def test_temperror(ingam, mail_file):
    path = mail_file(message(sender="a@sick.example"))
    got = ingam("check", "--ip", "192.0.2.10", "--helo", "x", "--mail-from", "a@sick.example", "--json", path)
    assert got.status == 75
    v = got.json
    assert v["dmarc"]["result"] == "temperror" and v["action"]["disposition"] == "defer"
    assert v["action"]["reply"].startswith("451 4.7.")
    failed = [q for q in v["questions"] if q["status"] == "failed"]
    assert failed and failed[0]["name"] == "_dmarc.sick.example" and failed[0]["why"] == "SERVFAIL"


def test_temperror_accepted(ingam, mail_file):
    path = mail_file(message(sender="a@sick.example"))
    v = ingam("check", "--ip", "192.0.2.10", "--helo", "x", "--mail-from", "a@sick.example", "--json",
              "--on-temperror", "accept", path).json
    assert v["action"]["disposition"] == "none"


def test_none(ingam, mail_file):
    path = mail_file(message(sender="a@nopolicy.example"))
    got = ingam("check", "--ip", "192.0.2.10", "--helo", "x", "--mail-from", "a@nopolicy.example", "--json", path)
    assert got.status == 0
    assert got.json["dmarc"]["result"] == "none" and got.json["dmarc"]["policy"] is None
    assert got.json["dmarc"]["policy_domain"] is None


def test_two_from(ingam, mail_file):
    path = mail_file(message("From: x@other.example"))
    got = ingam("check", *ENVELOPE, "--json", path)
    assert got.status == 1
    v = got.json
    assert v["dmarc"]["result"] == "permerror" and v["dmarc"]["author_domain"] is None
    assert v["fault"] == "mail-from-twice"
    assert v["action"]["disposition"] == "reject" and v["action"]["reply"].startswith("550 5.7.1 ")


def test_null_sender(ingam, mail_file):
    v = ingam("check", "--ip", "192.0.2.10", "--helo", "legit.example", "--mail-from", "<>", "--json",
              mail_file(message())).json
    assert v["envelope"]["mail_from"] == ""
    assert v["spf"]["mailfrom"]["result"] == "pass" and v["spf"]["mailfrom"]["domain"] == "legit.example"
    assert v["dmarc"]["aligned_by"] == ["spf"]


def test_signatures_from_the_top(ingam, mail_file):
    mail = signed(message()).replace(b"s=sel", b"s=gone")
    v = ingam("check", *ENVELOPE, "--json", mail_file(signed(mail))).json
    assert [(s["selector"], s["result"]) for s in v["dkim"]] == [("sel", "pass"), ("gone", "permerror")]
    assert v["dkim"][1]["fault"] is not None


def test_json_is_ascii_and_one_line(ingam, mail_file):
    mail = message("DKIM-Signature: v=1; d=\x1b[31m\u202e.example; s=\x07; \u00e9=1").replace(b"Ann", b"\xff\xfe\x1b[2J")
    got = ingam("check", *ENVELOPE, "--json", mail_file(mail))
    assert got.out.count(b"\n") == 1
    assert all(0x20 <= c < 0x7F for c in got.out[:-1])
    assert got.json["version"] == 1


def test_json_wins(ingam, mail_file):
    path = mail_file(message())
    assert ingam("check", *ENVELOPE, "--json", "--explain", path).json["version"] == 1


def test_unix_time(ingam, mail_file):
    path = mail_file(signed(message()))
    assert ingam("check", *ENVELOPE, "--at", "1788264000", "--json", path).json["dmarc"]["result"] == "pass"


def test_forged_results_are_counted(ingam, mail_file):
    path = mail_file(message("Authentication-Results: mx.rcpt.example; dkim=pass header.d=legit.example",
                             "Authentication-Results: other.example; dkim=pass"))
    v = ingam("check", *ENVELOPE, "--json", path).json
    assert v["removed_authentication_results"] == 1
    assert "forged-authentication-results" in [w["kind"] for w in v["warnings"]]
