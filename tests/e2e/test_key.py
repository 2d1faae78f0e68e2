# SPDX-License-Identifier: BSD-2-Clause
"""key and dns: a life through all its states on real name servers, one of them behind the other, with time moved by --at."""
import json
import os
import re
import shutil
import stat

import pytest
from conftest import TOP, run
from servers import Named, Nsd, find

DOMAIN = "seal.test"
DAY = 86400
T0 = 1790000000


def states(store, domain=DOMAIN):
    lines = (store / domain / "state").read_text().splitlines()
    return {line.split()[0]: line.split()[3] for line in lines if line[0] not in "#i"}


def zone_lines(store, *args, domain=DOMAIN):
    got = run("dns", "show", "--keys", store, *args, domain)
    assert got.status == 0, got.err.decode()
    return got.text


@pytest.fixture
def store(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def nsds(tmp_path):
    find("nsd")
    both = [Nsd(tmp_path / "ns1"), Nsd(tmp_path / "ns2")]
    yield both
    for server in both:
        server.stop()


class Life:
    def __init__(self, store, servers):
        self.store, self.servers = store, servers
        self.asked = [w for s in servers for w in ("--authority", s.address)]

    def key(self, verb, at, *args, status=0):
        asked = self.asked if verb in ("check", "rotate") else []
        got = run("key", verb, "--keys", self.store, "--at", T0 + at, *asked, *args)
        assert got.status == status, got.text + got.err.decode()
        return got.words

    def publish(self, *servers, text=None):
        for server in servers or self.servers:
            server.serve({DOMAIN: zone_lines(self.store) if text is None else text})

    @property
    def states(self):
        return states(self.store)


@pytest.fixture
def life(store, nsds):
    return Life(store, nsds)


def signs(store):
    """What `key test` signs with is what may sign."""
    zone = store.parent / "test.zone"
    zone.write_text(zone_lines(store))
    got = run("key", "test", "--keys", store, "--dns", zone, DOMAIN)
    return re.findall(r"^  (\S+)  pass$", got.text, re.M) if got.status == 0 else got.err.decode()


def test_a_whole_life(life):
    """[RFC6376 3.6.1] [RFC2308 5]"""
    first, second = life.servers
    life.publish(text="")
    said = life.key("new", 0, "--selector", "one", DOMAIN)
    assert "publish this record" in said and "next publish it; then: ingam key check" in said
    assert "no record" in life.key("check", 10, DOMAIN)
    assert life.states == {"one": "new"} and "no key signs" in signs(life.store)

    life.publish(first)                                  # the second lags behind
    said = life.key("check", 60, DOMAIN)
    assert f"{first.address}: the record" in said and f"{second.address}: no record" in said
    assert life.states == {"one": "new"}
    second.stop()                                        # and is away: not everywhere either
    said = life.key("check", 120, "--timeout", "1", DOMAIN)
    assert f"{second.address}: the record" not in said and f"{second.address}: " in said and life.states == {"one": "new"}

    life.publish()
    said = life.key("check", 200, DOMAIN)                # TTL 3600 is longer than the negative 1800
    assert "new -> published" in said and "waits until 2026-09-21T15:16:40Z" in said
    assert f"next ingam key check --keys {life.store} seal.test not before 2026-09-21T15:16:40Z" in said
    assert life.states == {"one": "published"} and "no key signs" in signs(life.store)
    life.key("check", 200 + 3599, DOMAIN)
    assert life.states == {"one": "published"}
    assert "published -> active" in life.key("check", 200 + 3600, DOMAIN)
    assert life.states == {"one": "active"} and signs(life.store) == ["one"]

    life.publish(second, text="")                        # lost on one server: said, and not forgotten
    assert "WRONG" in life.key("check", 5000, DOMAIN, status=1)
    assert life.states == {"one": "active"}
    life.publish()

    assert "-> " not in life.key("rotate", 30 * DAY, "--every", "90d", DOMAIN)
    life.key("rotate", 91 * DAY, "--every", "90d", "--selector", "two", DOMAIN)
    assert life.states == {"one": "active", "two": "new"} and signs(life.store) == ["one"]
    life.key("rotate", 91 * DAY + 60, "--every", "90d", "--selector", "three", DOMAIN)
    assert life.states == {"one": "active", "two": "new"}      # again changes nothing
    life.publish()
    life.key("rotate", 92 * DAY, "--every", "90d", DOMAIN)
    assert life.states == {"one": "active", "two": "published"}
    life.key("rotate", 92 * DAY + 3600, "--every", "90d", DOMAIN)
    assert life.states == {"one": "retiring", "two": "active"} and signs(life.store) == ["two"]

    end = 92 * DAY + 3600 + 7 * DAY                     # mail on its way still verifies until then
    assert "p=MI" in zone_lines(life.store).split("one: retiring")[1].split("\n")[1]
    life.key("check", end - 1, DOMAIN)
    assert life.states["one"] == "retiring"
    assert "empty p= record" in life.key("check", end, DOMAIN)
    assert life.states["one"] == "revoked"
    assert 'one._domainkey.seal.test. 3600 IN TXT ( "v=DKIM1; k=rsa; p=" )' in zone_lines(life.store)
    life.publish(first)
    life.key("check", end + 60, DOMAIN)
    assert "emptied" not in (life.store / DOMAIN / "state").read_text()
    life.publish()
    life.key("check", end + 120, DOMAIN)
    assert "emptied" in (life.store / DOMAIN / "state").read_text()
    life.key("check", end + 120 + 30 * DAY, DOMAIN)
    assert life.states == {"one": "gone", "two": "active"}
    assert not (life.store / DOMAIN / "one.pem").exists() and (life.store / DOMAIN / "two.pem").exists()
    assert "one: gone: remove this record" in zone_lines(life.store)
    life.publish()
    life.key("check", end + 180 + 30 * DAY, DOMAIN)
    assert "removed=" in (life.store / DOMAIN / "state").read_text()
    assert "one" not in zone_lines(life.store)
    listed = run("key", "list", "--all", "--keys", life.store).words
    assert "one (rsa 2048) gone" in listed and "one (rsa" not in run("key", "list", "--keys", life.store).words
    assert signs(life.store) == ["two"]


MAIL = b"From: Ann <ann@Seal.Test>\r\nTo: b@rcpt.example\r\nSubject: hello\r\n\r\nbody\r\n"


def signed_by(store, *args, mail=MAIL):
    """The domain and selector of each signature, in the order in which they stand."""
    got = run("sign", "--keys", store, *args, stdin=mail)
    assert got.status == 0 and got.out.endswith(mail), got.err.decode()
    return re.findall(r"d=(\S+); s=(\S+);", got.words)


def not_signed(store, *args, mail=MAIL, status=65):
    got = run("sign", "--keys", store, *args, stdin=mail)
    assert got.status == status and got.out == b"", got.err.decode()
    return " ".join(got.err.decode().split())


def test_sign_takes_what_is_active(life):
    """Nothing signs before its record is everywhere and caches are over.                            [RFC6376 3.6.1]"""
    check = f"ingam key check --keys {life.store} seal.test"
    life.publish(text="")
    life.key("new", 0, "--selector", "one", DOMAIN)
    life.key("new", 0, "--selector", "two", "--ed25519", DOMAIN)
    said = not_signed(life.store)
    assert "no key of seal.test may sign now" in said and "one (rsa 2048) new waits for its record" in said
    assert "two (ed25519) new" in said and f"ingam dns show --keys {life.store} seal.test; then: {check}" in said
    life.publish()
    life.key("check", 0, DOMAIN)
    said = not_signed(life.store)
    assert "one (rsa 2048) published waits until 2026-09-21T15:13:20Z" in said
    assert f"next {check} not before 2026-09-21T15:13:20Z" in said
    life.key("check", 3600, DOMAIN)
    assert signed_by(life.store) == [(DOMAIN, "one"), (DOMAIN, "two")]
    zone = life.store.parent / "seal.zone"
    zone.write_text(zone_lines(life.store))
    mail = run("sign", "--keys", life.store, stdin=MAIL).out
    got = run("check", "--dns", zone, "--json", stdin=mail)
    assert [d["result"] for d in json.loads(got.text)["dkim"]] == ["pass", "pass"], got.text
    other = MAIL.replace(b"Seal.Test", b"news.seal.test")
    assert "no keys of this domain" in not_signed(life.store, mail=other, status=66)
    assert signed_by(life.store, "--domain", "SEAL.test", mail=other) == [(DOMAIN, "one"), (DOMAIN, "two")]
    life.key("retire", 4000, "--force", DOMAIN, "one")
    assert signed_by(life.store) == [(DOMAIN, "two")]
    life.key("retire", 4000, "--leaked", "--force", DOMAIN, "two")
    assert f"make one with: ingam key new --keys {life.store} seal.test" in not_signed(life.store)


def test_sign_with_a_folder_needs_an_author(store):
    run("key", "new", "--keys", store, "--selector", "one", "--at", T0, DOMAIN)
    for mail in (b"To: x@y.test\r\n\r\n", b"From: ann\r\n\r\n", b"From: a@seal.test, b@other.test\r\n\r\n"):
        assert "From names no domain" in not_signed(store, mail=mail), mail
    not_signed(store, mail=b"From: a@seal.test\0x\r\n\r\n")
    for args in (("--selector", "one"), ("--key", "x.pem"), ("--algorithm", "rsa-sha256"), ("--domain", "../seal.test"),
                 ("--domain", DOMAIN, "--domain", "other.test")):
        not_signed(store, *args, status=64)
    (store / DOMAIN / "one.pem").chmod(0o644)
    assert "chmod 600" in not_signed(store)
    assert "no such folder" in not_signed(store / "none", status=66)


def test_aliases_lead_to_their_own_servers(store, nsds):
    """[RFC1034 3.6.2]"""
    ours, theirs = nsds
    run("key", "new", "--keys", store, "--selector", "s", "--ed25519", "--at", T0, DOMAIN)
    text = zone_lines(store, "--delegate-to", "keys.other.test")
    assert "s._domainkey.seal.test. 3600 IN CNAME s._domainkey.seal.test.keys.other.test." in text
    lines = text.splitlines()
    alias, record = next(s for s in lines if "CNAME" in s), next(s for s in lines if " TXT " in s)
    ours.serve({DOMAIN: alias})
    theirs.serve({"other.test": ""})
    check = ("key", "check", "--keys", store, "--authority", f"seal.test={ours.address}", "--authority",
             f"other.test={theirs.address}", DOMAIN, "--at")
    assert f"{theirs.address}: no record" in run(*check, T0 + 10).words
    assert states(store) == {"s": "new"}
    theirs.serve({"other.test": record}, negative=7200)
    assert "new -> published" in run(*check, T0 + 20).words
    assert "wait=7200" in (store / DOMAIN / "state").read_text()
    ours.serve({DOMAIN: ""})
    run(*check, T0 + 30)
    assert states(store) == {"s": "new"}


def test_leaked_and_forced(life):
    life.key("new", 0, "--selector", "a", DOMAIN)
    life.publish()
    life.key("check", 0, DOMAIN)
    life.key("check", 3600, DOMAIN)
    life.key("retire", 3700, DOMAIN, "a", status=64)
    assert life.states == {"a": "active"}
    life.key("retire", 3700, "--force", DOMAIN, "a")
    assert life.states == {"a": "retiring"}
    life.key("retire", 3800, "--leaked", DOMAIN, "a")
    assert life.states == {"a": "revoked"}


def test_nsupdate(store, tmp_path):
    """A real BIND takes the update, signed; without the right key it is refused.                      [RFC2136] [RFC8945]"""
    named = Named(tmp_path / "named")
    path = f"{os.path.dirname(find('nsupdate'))}:{os.environ['PATH']}"
    try:
        named.serve(DOMAIN)
        run("key", "new", "--keys", store, "--selector", "n%Y", "--at", T0, DOMAIN)
        apply = ("dns", "show", "--keys", store, "--apply", "nsupdate", "--server", named.address, "--zone", DOMAIN, DOMAIN)
        assert run(*apply, PATH=path).status == 75
        check = ("key", "check", "--keys", store, "--authority", named.address, DOMAIN, "--at")
        assert "no record" in run(*check, T0).words
        got = run(*apply, "--tsig", named.tsig, PATH=path)
        assert got.status == 0 and "published" in got.text, got.err.decode()
        run(*check, T0 + 1)
        assert states(store) == {"n2026": "published"}
        run("key", "retire", "--keys", store, DOMAIN, "n2026", "--at", T0 + 2)
        assert run(*apply, "--tsig", named.tsig, PATH=path).status == 0
        run(*check, T0 + 3)
        assert "removed=" in (store / DOMAIN / "state").read_text()
    finally:
        named.stop()


def test_hook(store, tmp_path):
    hook, log = tmp_path / "a hook; touch x", tmp_path / "log"
    hook.write_text(f'#!/bin/sh\nfor w; do printf "%s\\n" "$w"; done >>"{log}"\n')
    hook.chmod(0o755)
    run("key", "new", "--keys", store, "--selector", "h", "--at", T0, DOMAIN)
    assert not log.exists()
    assert run("dns", "show", "--keys", store, "--ttl", "5m", "--apply", f"hook:{hook}", DOMAIN).status == 0
    words = log.read_text().splitlines()
    assert words[:4] == ["set", "h._domainkey.seal.test", "TXT", "300"]
    assert words[4].startswith("v=DKIM1; k=rsa; p=") and len(words) == 5 and len(words[4]) > 400
    hook.write_text("#!/bin/sh\nexit 3\n")
    assert run("dns", "show", "--keys", store, "--apply", f"hook:{hook}", DOMAIN).status == 75
    assert run("dns", "show", "--keys", store, "--apply", "shell", DOMAIN).status == 64


def test_modes(store):
    got = run("key", "new", "--keys", store, "--selector", "m", "--at", T0, "xn--bcher-kva.example", "b\u00fccher.test")
    assert got.status == 0
    for path in store.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    pem = store / "xn--bcher-kva.test" / "m.pem"
    pem.chmod(0o644)
    got = run("key", "list", "--keys", store, "b\u00fccher.test")
    assert got.status == 65 and f"chmod 600 {pem}" in got.err.decode()
    pem.chmod(0o600)
    assert run("key", "list", "--keys", store, "b\u00fccher.test").status == 0


def test_selectors_are_never_used_twice(store):
    for want in ("202609-rsa", "202609-rsa-2", "202609-rsa-3"):
        assert want in run("key", "new", "--keys", store, "--at", T0, DOMAIN).text
    assert set(states(store)) == {"202609-rsa", "202609-rsa-2", "202609-rsa-3"}


def test_import(store, tmp_path):
    keys = TOP / "tests" / "keys"
    for name in ("rsa2048", "rsa1024", "ed25519"):
        shutil.copy(keys / f"{name}.pem", tmp_path / name)
    (tmp_path / "KeyTable").write_text(
        f"# keys\none  seal.test:s1:{tmp_path}/rsa2048\nany %:s2:{tmp_path}/ed25519\nweak seal.test:s3:{tmp_path}/rsa1024\n"
        f"inline seal.test:s4:MIIB\nlost seal.test:s5:{tmp_path}/none\nunused seal.test:s6:{tmp_path}/rsa2048\nbroken seal.test\n")
    (tmp_path / "SigningTable").write_text(
        "*@seal.test one\nseal.test one # again\n*@other.test any\n*@third.test one\n.seal.test one\n*@*.seal.test one\n"
        "ann@seal.test one\n* one\n*@seal.test weak\n*@seal.test inline\n*@seal.test lost\n*@seal.test broken\n*@seal.test nobody\n")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    got = run("key", "import", "--opendkim", "--keys", store, tmp_path / "KeyTable", f"refile:{tmp_path}/SigningTable")
    said = got.err.decode()
    assert got.status == 1 and "2 taken, 0 there already, 11 not taken" in got.text, got.text + said
    assert states(store) == {"s1": "new"} and states(store, "other.test") == {"s2": "new"}
    assert (store / "seal.test" / "s1.pem").read_bytes() == before[tmp_path / "rsa2048"]
    for line, words in ((4, "in the name of another"), (5, "every domain below"), (6, "every domain below"), (7, "one address"),
                        (8, "whatever comes"), (9, "shorter than 2,048"), (10, "in the table itself"), (11, "cannot be read"),
                        (13, "no such key")):
        assert re.search(f"SigningTable:{line}: .*{words}", said), (line, said)
    assert "KeyTable:7: unused: not taken: no line" in said
    assert "KeyTable:8: broken: not taken: behind the name stands no DOMAIN:SELECTOR:PATH" in said
    assert {path: path.read_bytes() for path in before} == before
    got = run("key", "import", "--opendkim", "--keys", tmp_path / "k2", f"csl:one=seal.test:s1:{tmp_path}/rsa2048",
              "csl:*@seal.test=one")
    assert got.status == 0 and "1 taken, 0 there already, 0 not taken" in got.text, got.err.decode()
    again = ("key", "import", "--opendkim", "--keys", tmp_path / "k2", f"csl:one=seal.test:s1:{tmp_path}/rsa2048", "csl:*@seal.test=one")
    got = run(*again)
    assert got.status == 0 and "0 taken, 1 there already, 0 not taken" in got.text and got.err == b"", got.err.decode()
    shutil.copy(keys / "rsa2048-other.pem", tmp_path / "rsa2048")
    got = run(*again)
    assert got.status == 1 and b"used before" in got.err and "0 there already, 1 not taken" in got.text


def test_key_test_fails_where_the_record_is_another(life, tmp_path):
    life.key("new", 0, "--selector", "t", DOMAIN)
    life.publish()
    life.key("check", 0, DOMAIN)
    life.key("check", 3600, DOMAIN)
    zone = tmp_path / "other.zone"
    zone.write_text('t._domainkey.seal.test. 60 TXT "v=DKIM1; p="\n')
    got = run("key", "test", "--keys", life.store, "--dns", zone, DOMAIN)
    assert got.status == 1 and re.search("t  (fail|permerror): ", got.text), got.text
    resolver = life.servers[0].address
    assert run("key", "test", "--keys", life.store, "--resolver", resolver, DOMAIN).status == 0


def test_a_dns_that_cannot_be_asked_is_told_by_the_status(store):
    run("key", "new", "--keys", store, "--selector", "one", DOMAIN)
    for way in (("--resolver", "127.0.0.1@1"), ("--authority", "127.0.0.1@1")):
        for verb in ("check", "rotate"):
            got = run("key", verb, "--keys", store, "--timeout", "1", *way, DOMAIN)
            assert got.status == 75 and re.search(r"^ +servers? +\S", got.text, re.M), got.text


def test_list_points_to_keys_that_are_over(store):
    run("key", "new", "--keys", store, "--selector", "one", DOMAIN)
    run("key", "retire", "--keys", store, DOMAIN, "one")
    assert f"ingam key list --all --keys {store} {DOMAIN}" in run("key", "list", "--keys", store, DOMAIN).text
    assert "one (rsa 2048) gone" in run("key", "list", "--all", "--keys", store, DOMAIN).words


def test_new_is_narrow(store):
    got = run("key", "new", "--keys", store, "--selector", "one", DOMAIN)
    record = got.text[got.text.index(" IN TXT ("):got.text.index('" )\n')]
    assert all(len(line) <= 100 for line in record.splitlines()) and record.count("\n") >= 4


@pytest.mark.parametrize("verb", ["new", "list", "check", "rotate", "retire", "test", "import"])
def test_help_is_narrow(verb):
    assert max(map(len, run("key", verb, "--help").text.splitlines())) <= 100


def test_durations_have_a_unit(store):
    for words in (("rotate", "--every", "90"), ("check", "--in-flight", "7"), ("list", "--revoked-for", "30"), ("list", "--in-flight", "")):
        got = run("key", *words, "--keys", store, DOMAIN)
        assert got.status == 64 and b"a number with s, m, h, d or w behind it" in got.err, words


def test_wrong_usage(store):
    for words in ((), ("grow",), ("new", "--keys", store), ("new", "--bits", "1024", DOMAIN), ("new", "--selector", "a/b", DOMAIN),
                  ("check", "--authority", "ns1"), ("rotate", "--every", "0"), ("retire", "--keys", store, DOMAIN), ("import", "a", "b"),
                  ("new", "--keys", store, "../etc"), ("new", "--keys", store, "a..b")):
        assert run("key", *words).status == 64, words
    assert run("dns").status == 64 and run("dns", "show").status == 64
    got = run("key", "list", "--keys", store)
    assert got.status == 66 and b"--keys DIR names another, ingam key new makes one" in got.err
    assert run("key", "list", "--keys", store, DOMAIN).status == 66
    for words in (("key", "--help"), ("key", "rotate", "--help"), ("dns", "show", "--help"), ("dns", "--help")):
        got = run(*words)
        assert got.status == 0 and b"usage: ingam" in got.out


def test_help_of_dns_names_its_verbs():
    """What --help says can be typed, the manual page says too."""
    said = run("dns", "--help").words
    page = (TOP / "docs" / "man" / "ingam-dns.1.scd").read_text()
    for verb in ("show", "plan"):
        assert f"ingam dns {verb} " in said and f"*ingam dns {verb}* " in page, said
        assert f"usage: ingam dns {verb} " in run("dns", verb, "--help").words
    got = run("dns", "grow")
    assert got.status == 64 and 'no verb "grow"' in got.err.decode() and b"ingam dns plan" in got.err


def test_crash_leaves_the_old_state(store):
    """A temporary file that a killed run left is written over, and never read."""
    run("key", "new", "--keys", store, "--selector", "c", "--at", T0, DOMAIN)
    part = store / DOMAIN / ".state.part"
    part.write_text("ingam-keys 1\nc rsa-sha256 2048 act")
    part.chmod(0o600)
    assert states(store) == {"c": "new"} and run("key", "list", "--keys", store, DOMAIN).status == 0
    run("key", "new", "--keys", store, "--selector", "d", "--at", T0, DOMAIN)
    assert states(store) == {"c": "new", "d": "new"} and not part.exists()
