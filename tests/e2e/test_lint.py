# SPDX-License-Identifier: BSD-2-Clause
"""lint, spf tree, who and flatten, dmarc walk: over a zone file as the whole DNS."""
import json

import pytest
from conftest import run

ZONE = b"""$ORIGIN example.
$TTL 300
good SOA ns host 1 3600 600 86400 60
good MX 10 mx.good
good TXT "v=spf1 mx include:_spf.prov.example -all"
mx.good A 192.0.2.1
mx.good AAAA 2001:db8:1::1
_spf.prov TXT "v=spf1 ip4:198.51.100.0/25 ip4:198.51.100.128/25 include:dyn.prov.example ~all"
dyn.prov TXT "v=spf1 exists:%{i}.x.example -all"
flat TXT "v=spf1 mx:good.example include:_net.prov.example -all"
_net.prov TXT "v=spf1 ip4:198.51.100.0/25 ip4:198.51.100.128/25 ip4:203.0.113.9 ?all"
_dmarc.good TXT "v=DMARC1; p=quarantine; sp=reject; rua=mailto:d@good.example"
_dmarc.a.co.uk. TXT "v=DMARC1; p=none"
_dmarc.b.a.co.uk. TXT "v=DMARC1; p=reject; psd=n"
wild TXT "v=spf1 +all"
sick TXT "v=spf1 include:gone.example -all"
;!fault gone.example. TXT SERVFAIL
"""


@pytest.fixture
def zone(mail_file):
    return mail_file(ZONE, "records.zone")


def record(text, *args):
    return run("lint", "--record", text, "--json", *args)


@pytest.mark.parametrize("text, kind, verdict, codes", [
    ("v=spf1 mx -all", "spf", "ok", []),
    ("v=spf1 +all", "spf", "error", ["SPF010"]),
    ("v=spf1 mx ?all", "spf", "warning", ["SPF011"]),
    ("v=DMARC1; p=reject; rua=mailto:a@b.example", "dmarc", "ok", []),
    ("v=DMARC1; p=reject; pct=50; rua=mailto:a@b.example", "dmarc", "warning", ["DMR010"]),
    ("v=DKIM1; p=", "dkim", "warning", ["DKM002"]),
    ("v=STSv1; id=20160831085700Z;", "mta-sts", "ok", []),
    ("v=TLSRPTv1;rua=mailto:reports@example.com", "tlsrpt", "ok", []),
    ("v=BIMI1; l=; a=;", "bimi", "ok", ["BIM007"]),
    ("what is this", None, "error", ["REC001"]),
])
def test_record(text, kind, verdict, codes):
    got = record(text)
    assert list(got.json) == ["type", "verdict", "findings"]
    assert (got.json["type"], got.json["verdict"]) == (kind, verdict)
    assert [f["code"] for f in got.json["findings"]] == codes
    assert got.status == (verdict == "error")


def test_finding_says_where_and_what_instead():
    f, = record("v=spf1 ip4:192.0.2.0/33 -all").json["findings"]
    assert f["code"] == "SPF001" and f["severity"] == "error" and f["spec"] == "RFC7208 5.6" and f["fault"] == "spf-cidr"
    assert f["record"][f["at"]:] == "33 -all" and f["length"] == 1 and f["name"] is None and f["fix"]


def test_type_is_as_told():
    assert record("v=spf10 -all", "--type", "spf").json["findings"][0]["code"] == "SPF002"
    assert run("lint", "--type", "spf", "good.example").status == 64


def test_caret_stands_under_the_byte():
    lines = run("lint", "--record", "v=spf1 mx ptr -all").text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip() == "^")
    assert lines[at - 1][lines[at].index("^"):] == "ptr -all"


def test_strict_fails_for_warnings():
    assert record("v=spf1 mx ?all").status == 0 and record("v=spf1 mx ?all", "--strict").status == 1


def test_escapes_do_not_reach_the_terminal():
    assert b"\x1b" not in run("lint", "--record", "v=spf1 \x1b[31m -all").out


def test_domain(zone):
    got = run("lint", "good.example", "--dns", zone, "--selector", "nokey", "--json")
    codes = {f["code"] for f in got.json["findings"]}
    assert got.json["domain"] == "good.example" and got.status == 1 and "DKM021" in codes
    assert not codes & {"SPF030", "SPF031", "SPF032", "DMR030", "MXR003", "DNS001"}
    assert {r["type"] for r in got.json["records"]} == {"spf", "dmarc"}


def test_dns_failure_is_temporary(zone):
    got = run("lint", "sick.example", "--dns", zone, "--json")
    assert "DNS001" in {f["code"] for f in got.json["findings"]}


def test_sarif(zone):
    log = run("lint", "good.example", "wild.example", "--dns", zone, "-o", "sarif").json
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0" and len({r["id"] for r in rules}) == len(rules) > 90
    for result in log["runs"][0]["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] and result["level"] in ("note", "warning", "error")
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("dns:")
        if "region" in place:
            assert 1 <= place["region"]["startColumn"] <= place["region"]["endColumn"]
    assert "SPF010" in {r["ruleId"] for r in log["runs"][0]["results"]}


def test_zone_before_it_is_published(zone, mail_file):
    mine = mail_file(b'$ORIGIN new.example.\n$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ TXT "v=spf1 include:_net.prov.example -all"\n'
                     b'sub TXT "v=spf1 +all"\n_dmarc TXT "v=DMARC1; p=reject; rua=mailto:a@new.example"\n', "mine.zone")
    got = run("lint", "--zone", mine, "--dns", zone, "--json")
    assert [v["domain"] for v in got.lines] == ["new.example", "sub.new.example"]
    assert not {f["code"] for f in got.lines[0]["findings"]} & {"SPF032", "DNS001", "DNS004"}
    assert "SPF010" in {f["code"] for f in got.lines[1]["findings"]}
    broken = mail_file(b"$ORIGIN a.\n@ TXT \"" + b"x" * 256 + b"\"\n", "broken.zone")
    assert run("lint", "--zone", broken, "--dns", zone).status == 65
    assert run("lint", "--zone", broken.parent / "none", "--dns", zone).status == 66


def test_usage(zone):
    assert run("lint").status == 64 and run("lint", "--record", "x", "a.example").status == 64
    assert run("lint", "a..b", "--dns", zone).status == 65
    assert "docs/lint.md" in run("lint", "--help").text


def test_spf_tree(zone):
    got = run("spf", "tree", "good.example", "--dns", zone, "--json")
    v = got.json
    assert got.status == 0 and v["lookups"] == 4 and v["voids"] == 0
    assert [(t["depth"], t["term"], t["lookups"]) for t in v["terms"]] == [
        (1, "mx", 1), (1, "include:_spf.prov.example", 3), (2, "ip4:198.51.100.0/25", 0), (2, "ip4:198.51.100.128/25", 0),
        (2, "include:dyn.prov.example", 2), (3, "exists:%{i}.x.example", 1), (3, "-all", 0), (2, "~all", 0), (1, "-all", 0)]
    assert v["terms"][0]["networks"] == ["192.0.2.1", "2001:db8:1::1"]
    assert "look-ups 4/10" in run("spf", "tree", "good.example", "--dns", zone).text
    assert run("spf", "tree", "none.example", "--dns", zone).status == 1


def test_spf_who(zone):
    got = run("spf", "who", "good.example", "198.51.100.200", "--dns", zone, "--json")
    assert got.json["result"] == "pass" and got.status == 0
    assert got.json["terms"][0]["way"] == "include:_spf.prov.example > ip4:198.51.100.128/25"
    assert run("spf", "who", "good.example", "9.9.9.9", "--dns", zone).status == 1
    assert run("spf", "who", "good.example", "nine", "--dns", zone).status == 64


def test_spf_flatten_lets_the_same_in(zone, mail_file):
    got = run("spf", "flatten", "flat.example", "--dns", zone, "--at", "2026-09-01T12:00:00Z")
    assert got.status == 0 and "good until 2026-09-01T12:05:00Z" in got.text
    made = mail_file(got.out, "flat.zone")
    assert '"v=spf1 ip4:192.0.2.1 ip4:198.51.100.0/24 ip4:203.0.113.9 ip6:2001:db8:1::1 -all"' in got.text
    for ip, result in (("192.0.2.1", "pass"), ("198.51.100.77", "pass"), ("203.0.113.9", "pass"), ("203.0.113.8", "fail")):
        for where in (zone, made):
            v = run("spf", "--ip", ip, "--mail-from", "a@flat.example", "--dns", where, "--json").json
            assert v["result"] == result, (ip, where)


def test_spf_flatten_keeps_what_it_cannot_know(zone):
    text = run("spf", "flatten", "good.example", "--dns", zone, "--against", "flat.example").text
    assert "kept as it is" in text and "include:_spf.prov.example -all" in text
    assert "; - 203.0.113.9\n" in text and "; + " not in text
    assert run("spf", "flatten", "sick.example", "--dns", zone).status == 75


def test_spf_flatten_in_parts(mail_file):
    nets = " ".join(f"ip4:10.{i}.{i}.0/24" for i in range(60))
    lines = "".join(f'i{k} TXT "v=spf1 {" ".join(nets.split()[k * 12:k * 12 + 12])} -all"\n' for k in range(5))
    where = mail_file(f'$ORIGIN p.example.\n@ TXT "v=spf1 {" ".join(f"include:i{k}.p.example" for k in range(5))} ~all"\n{lines}'
                      .encode(), "parts.zone")
    got = run("spf", "flatten", "p.example", "--dns", where)
    made = mail_file(got.out, "made.zone")
    assert "include:_spf1.p.example" in got.text and "_spf2.p.example." in got.text
    for line in got.text.splitlines():
        assert sum(map(len, line.split('"')[1::2])) <= 450
    for i in (0, 30, 59):
        v = run("spf", "--ip", f"10.{i}.{i}.7", "--mail-from", "a@p.example", "--dns", made, "--json").json
        assert v["result"] == "pass"


def test_dmarc_walk(zone):
    got = run("dmarc", "walk", "x.b.a.co.uk", "--dns", zone, "--json")
    v = got.json
    assert [s["name"] for s in v["steps"]] == ["_dmarc.x.b.a.co.uk", "_dmarc.b.a.co.uk"] and got.status == 0
    assert (v["organizational_domain"], v["policy"], v["public_suffix_list"]) == ("b.a.co.uk", "reject", "a.co.uk")
    assert "RFC 7489" in run("dmarc", "walk", "x.b.a.co.uk", "--dns", zone).text
    v = run("dmarc", "walk", "sub.good.example", "--dns", zone, "--json").json
    assert (v["policy_domain"], v["policy"]) == ("good.example", "reject")
    assert run("dmarc", "walk", "nothing.test", "--dns", zone).status == 1
    assert run("dmarc", "good.example", "--dns", zone).status == 64


@pytest.mark.parametrize("name, policy, testing, applies, status, words", [
    ("gone.np.example", "none", True, True, 0, "none, by the record at np.example (t=y: testing)"),
    ("here.np.example", "quarantine", True, True, 0, "quarantine, by the record at np.example"),
    ("np.example", "reject", True, True, 0, "reject, by the record at np.example"),
    ("unsure.np.example", None, True, True, 75, "not known: the DNS failed"),
    ("foo.example", None, False, False, 1, "DMARC does not apply"),
    ("mended.example", "none", False, True, 0, "none, by the record at mended.example"),
    ("late.example", None, False, False, 75, "policy not known: the DNS failed"),
])
def test_dmarc_walk_policy(mail_file, name, policy, testing, applies, status, words):
    zone = mail_file(b'''$ORIGIN example.
$TTL 60
_dmarc.np TXT "v=DMARC1; p=reject; sp=quarantine; np=none; t=y"
here.np A 192.0.2.1
;!fault unsure.np.example. CNAME TIMEOUT
_dmarc.foo TXT "v=DMARC1; p=foo"
_dmarc.mended TXT "v=DMARC1; p=foo; rua=mailto:a@mended.example"
;!fault _dmarc.late.example. TXT TIMEOUT
''', "walk.zone")
    got = run("dmarc", "walk", name, "--dns", zone, "--json")
    assert (got.json["policy"], got.json["testing"], got.json["applies"], got.status) == (policy, testing, applies, status)
    got = run("dmarc", "walk", name, "--dns", zone)
    assert words in got.words and got.status == status


def test_json_is_ascii_and_one_line(zone):
    out = run("lint", "good.example", "--dns", zone, "--json").out
    assert out.count(b"\n") == 1 and out.isascii() and json.loads(out)


def test_dns_plan(zone):
    got = run("dns", "plan", "fresh.example", "--dns", zone, "--senders", "google,192.0.2.0/24", "--json")
    texts = {r["type"]: r["text"] for r in got.json["records"]}
    assert texts["spf"] == "v=spf1 a include:_spf.google.com ip4:192.0.2.0/24 ~all" and got.status == 0
    assert texts["dmarc"] == "v=DMARC1; p=none; rua=mailto:dmarc-reports@fresh.example"
    kept = {r["type"]: r["published"] for r in run("dns", "plan", "good.example", "--dns", zone, "--json").json["records"]}
    assert kept == {"spf": True, "dmarc": True, "tlsrpt": False}
    assert run("dns", "plan", "good.example", "--senders", "nobody", "--dns", zone).status == 64
    assert run("dns", "plan", "flat.example", "--dns", zone).text.count("\n; flat.example. 3600 IN TXT") == 1


@pytest.mark.parametrize("command", [("lint",), ("dmarc", "walk"), ("spf", "tree"), ("spf", "flatten"), ("dns", "plan")])
@pytest.mark.parametrize("name", ["a b", "a@b.example", "a\x1b[31m.example", "b\nd", 'b"d'])
def test_what_is_no_domain(zone, command, name):
    got = run(*command, name, "--dns", zone)
    assert got.status == 65 and got.out == b"" and b"\x1b" not in got.err and b"expected a domain" in got.err
    assert ("@" in name) == (b"not an address" in got.err)


def test_spf_flatten_refuses_a_broken_record(mail_file):
    zone = mail_file(b'bad.example. 60 TXT "v=spf1 ip4:192.0.2.0/33 -all"\n', "bad.zone")
    got = run("spf", "flatten", "bad.example", "--dns", zone)
    assert got.status == 1 and got.out == b"" and b"cannot be flattened" in got.err


def test_split_strings_are_right(mail_file):
    long = " ".join(f"ip4:192.0.2.{i}" for i in range(20))
    zone = mail_file(f'long.example. 60 TXT "v=spf1 {long[:150]}" "{long[150:]} -all"\n'.encode(), "long.zone")
    codes = {f["code"] for f in run("lint", "long.example", "--dns", zone, "--json").json["findings"]}
    assert "REC005" not in codes
    assert "REC005" in {f["code"] for f in record(f"v=spf1 {long} -all").json["findings"]}


def test_who_tells_what_decides(tmp_path):
    zone = tmp_path / "who.zone"
    zone.write_text('neg.example. 300 IN TXT "v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 -all"\n'
                    'inc.example. 300 IN TXT "v=spf1 include:neg.example ip4:192.0.2.0/25 +all"\n')
    rows = (("neg.example", "192.0.2.1", b"stopped by  -ip4:192.0.2.1\n"), ("neg.example", "192.0.2.9", b"by          ip4:192.0.2.0/24\n"),
            ("inc.example", "203.0.113.1", b"by          +all\n"))
    for domain, address, words in rows:
        out = run("spf", "who", domain, address, "--dns", zone).out
        assert out.endswith(words) and out.count(b"\n") == 2, out


def test_flatten_escapes_quotes(tmp_path):
    zone = tmp_path / "quote.zone"
    zone.write_text('q.example. 300 IN TXT "v=spf1 exists:%{l}\\"x.example -all"\n')
    assert b'"v=spf1 exists:%{l}\\034x.example -all"' in run("spf", "flatten", "q.example", "--dns", zone).out
