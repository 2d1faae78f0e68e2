# SPDX-License-Identifier: BSD-2-Clause
"""ingam config: the literal words of each error, all that is in force, and other programs' files in our words."""
import json
import re
import subprocess

import pytest
from conftest import BINARY, TOP, run

DEFAULTS = {
    "user": "ingam", "workers": "auto", "control": "/run/ingam/control", "metrics": None, "received-spf": False,
    "mode": "observe", "on-reject": "quarantine", "on-quarantine": "quarantine", "on-temperror": "defer",
    "on-no-author": "reject", "quarantine": "tag", "partial-body": False, "policy": [], "trust": [],
    "listen": [{"address": "unix:/run/ingam/milter", "front": "milter", "submission": False, "group": None,
                "mode": "0660"}],
}


@pytest.fixture
def site(tmp_path):
    """Writes ingam.conf and the files of conf.d; gives the path of the first."""
    def write(text, **drop_ins):
        (tmp_path / "ingam.conf").write_bytes(text if isinstance(text, bytes) else text.encode())
        (tmp_path / "conf.d").mkdir(exist_ok=True)
        for name, more in drop_ins.items():
            (tmp_path / "conf.d" / f"{name}.conf").write_text(more)
        return tmp_path / "ingam.conf"
    return write


def error_of(got):
    assert got.status == 78 and got.out == b"", got.text
    return got.err.decode()


def test_nothing_is_right(site):
    got = run("config", "check", site("user = none\n"))
    assert (got.status, got.err) == (0, b"")
    assert got.text == "nothing is wrong in 1 file: mode observe, 1 listener, 1 policy, 0 trusts\n"


@pytest.mark.parametrize("text, want", [
    ('listn "unix:/a" { }', '1: unknown word "listn"; did you mean "listen"?'),
    ("\n\nsign {\n  kyes = /a\n}", '4: unknown word "kyes" in sign; did you mean "keys"?'),
    ("keys = /a", '1: "keys" stands inside "sign { }"'),
    ("mode = enforced", '1: mode: "enforced" is none of: observe, enforce; did you mean "enforce"?'),
    ("user = ${USER}", "1: ${...} is not filled in from the environment; write the value itself"),
    ("include = /etc/passwd", '1: there is no "include"; the files conf.d/NAME.conf are read by themselves'),
    ("sign {\n", "1: the { on this line is not closed"),
    ('user = "a', "1: the string that begins here does not end on its line"),
    ("limits { message = 8 }", '1: message: "8" is no time; write a number and ms, s, m, h or d, such as "8s"'),
    ("trust x {\n}", '1: trust "x" names nobody: give it one of arc, dkim, host, address'),
    ("user = a\nuser = b", '2: a second "user"; the first is in line 1'),
    (b"user = \xff", "1: bytes that are not UTF-8"),
])
def test_what_is_wrong_is_named_with_its_line(site, text, want):
    path = site(text)
    for verb in ("check", "show"):
        assert error_of(run("config", verb, path)) == f"ingam config {verb}: {path}:{want}\n"


def test_an_error_in_a_later_file(site):
    path = site("user = none\n", a="user = x\n", b='\nmode = "on"\n')
    assert error_of(run("config", "check", path)) == (
        f'ingam config check: {path.parent}/conf.d/b.conf:2: mode: "on" is none of: observe, enforce\n')


def test_the_same_listener_in_two_files(site):
    path = site('listen "unix:/a" { }\n', b="\nlisten unix:/a { }\n", c="listen local:/a { }")
    assert error_of(run("config", "check", path)) == (
        f'ingam config check: {path.parent}/conf.d/b.conf:2: a second block for "unix:/a"; each stands once in all files '
        "together\n")
    (path.parent / "conf.d" / "b.conf").unlink()
    assert error_of(run("config", "check", path)) == (
        f'ingam config check: {path.parent}/conf.d/c.conf:1: "local:/a" is the same place as "unix:/a" in {path}:1\n')


def test_files_that_are_not_there(tmp_path):
    assert error_of(run("config", "check", tmp_path / "no")) == (
        f"ingam config check: {tmp_path}/no: No such file or directory\n")
    assert error_of(run("config", "check", tmp_path)) == f"ingam config check: {tmp_path}: Is a directory\n"


def test_only_conf_files_of_the_folder_are_read(site):
    path = site("user = none\n", a="workers = 3\n")
    for name in (".hidden.conf", "b.conf~", "c.txt"):
        (path.parent / "conf.d" / name).write_text("nonsense")
    shown = run("config", "show", "--json", path).json
    assert (shown["workers"], shown["user"]) == ("3", None)


def test_notes_do_not_fail(site):
    got = run("config", "check", site('user = nobody-here\ntrust a { dkim = {a.example} until = 2020-01-31 }\n'
                                      "sign { keys = /no/such/folder }\n"))
    assert got.status == 0
    assert got.err.decode().splitlines() == [
        'ingam config check: note: trust "a" has ended; take it out or give it another date',
        "ingam config check: note: keys: /no/such/folder cannot be read here",
        'ingam config check: note: user: there is no "nobody-here" on this machine']


def test_show_has_all_defaults(site):
    shown = run("config", "show", "--json", site("")).json
    assert {name: shown[name] for name in DEFAULTS} == DEFAULTS
    assert shown["limits"]["message"] == 8.0 and shown["limits"]["memory"] == 2 << 20
    assert shown["sign"]["domains"] == [] and shown["sign"]["keys"] is None
    assert shown["resolver"] == {"way": "system", "forward": None, "dnssec": False, "anchor": None, "timeout": 5.0,
                                 "cache": 4 << 20}


def test_shown_text_reads_as_the_same(site, tmp_path):
    first = run("config", "show", site(
        'listen "unix:/run/a b" { group = mail }\nlisten inet6:8891@::1 { front = rspamc submission = yes }\n'
        "sign { keys = /k domains = {b\u00fccher.example} clients = {192.0.2.0/24} headers = {From, To} expire = 30d\n"
        "seal = {*} seal-domain = example.org }\n"
        "policy p { author = {*.bank.example} on-reject = reject }\nresolver { forward = 192.0.2.53@5353 }\n"
        "trust t { address = {2001:db8::/32} until = 2027-01-31 }\nlimits { message = 1500ms }\n")).text
    assert '"xn--bcher-kva.example"' in first and 'message = 1500ms' in first and "until = 2027-01-31T23:59:59Z" in first
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "x.conf").write_text(first)
    assert run("config", "show", tmp_path / "again" / "x.conf").text == first


def test_the_shipped_file(tmp_path):
    """It is right as it is, changes no default, and stays right with each of its lines put in force."""
    shipped = TOP / "packaging" / "ingam.conf"
    (tmp_path / "empty.conf").write_text("")
    assert run("config", "show", shipped).text == run("config", "show", tmp_path / "empty.conf").text
    (tmp_path / "all.conf").write_text(re.sub(r"(?m)^#(?=[a-z}]|    [a-z])", "", shipped.read_text()))
    got = run("config", "show", "--json", tmp_path / "all.conf")
    assert got.status == 0, got.err.decode()
    assert got.json["policy"][0]["author"] == ["bank.example", ".bank.example"]
    assert {name: got.json[name] for name in ("mode", "on-reject", "on-temperror")} == {
        "mode": "observe", "on-reject": "quarantine", "on-temperror": "defer"}


def test_wrong_usage():
    for args, want in [((), "expected check, show or import"),
                       (("chek",), 'there is no "config chek"; expected check, show or import'),
                       (("import",), "from what? give --opendkim FILE, --opendmarc FILE, --policyd-spf FILE, or several "
                                     "of them"),
                       (("check", "a", "b"), '"b" is one word too many')]:
        got = run("config", *args)
        assert got.status == 64 and want in got.err.decode(), got.err
    for args in (("--help",), ("check", "--help"), ("import", "--help")):
        assert run("config", *args).status == 0


OPENDKIM = """# Debian's own, and more
Syslog			yes
Canonicalization	relaxed/simple
AuthservID		mx.example.org
Domain			example.org, example.net
Selector		s1
KeyFile			/etc/dkimkeys/s1.private
UMask			007
Socket			inet:8891@localhost
TrustAnchorFile		/usr/share/dns/root.key
InternalHosts		127.0.0.1, 192.0.2.77/24, mail.example
PeerList		csl:192.0.2.9,.peer.example
LDAPBindPassword	geheim
KeyTable		dsn:mysql://user:geheim@3306+db/x/table=y
On-BadSignature		reject
SignatureTTL		86400
Colour			geheim
"""
OPENDMARC = """RejectFailures true
HoldQuarantinedMessages true
TrustedAuthservIDs mx.example.org
IgnoreHosts {hosts}
Socket local:/run/opendmarc/opendmarc.sock
FailureReports false
HistoryFile /run/opendmarc/history
"""
POLICYD = """TestOnly = 1
HELO_reject = Fail
Mail_From_reject = False
skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1
Domain_Whitelist = pobox.example
"""


def imported(tmp_path, *args):
    got = run("config", "import", *args)
    assert got.status == 0, got.err.decode()
    (tmp_path / "made").mkdir(exist_ok=True)
    (tmp_path / "made" / "x.conf").write_bytes(got.out)
    shown = run("config", "show", "--json", tmp_path / "made" / "x.conf")
    assert shown.status == 0, shown.err.decode()
    left = [line.removeprefix("ingam config import: ") for line in got.err.decode().splitlines()]
    return shown.json, left


def test_import_all_three(tmp_path):
    (tmp_path / "hosts").write_text("# ours\n192.0.2.1\nhost.example  # x\n!192.0.2.2\n")
    paths = {}
    for name, text in (("opendkim", OPENDKIM), ("opendmarc", OPENDMARC.format(hosts=tmp_path / "hosts")),
                       ("policyd-spf", POLICYD)):
        paths[name] = tmp_path / f"{name}.conf"
        paths[name].write_text(text)
    shown, left = imported(tmp_path, *(word for name, path in paths.items() for word in (f"--{name}", path)))
    dkim, dmarc, spf = paths.values()
    assert shown["authserv-id"] == "mx.example.org"
    assert (shown["mode"], shown["on-reject"], shown["quarantine"], shown["on-no-author"]) == (
        "enforce", "reject", "hold", "accept")
    assert shown["received-spf"] is True and shown["log"]["to"] == "syslog"
    assert [one["address"] for one in shown["listen"]] == ["inet:8891@localhost"]
    assert shown["sign"]["domains"] == ["example.org", "example.net"] and shown["sign"]["expire"] == 86400.0
    assert shown["sign"]["clients"] == ["127.0.0.1", "192.0.2.0/24"]
    assert shown["resolver"]["anchor"] == "/usr/share/dns/root.key"
    assert [(one["name"], one.get("address") or one.get("host")) for one in shown["trust"]] == [
        ("PeerList of OpenDKIM addresses", ["192.0.2.9"]), ("PeerList of OpenDKIM hosts", [".peer.example"]),
        ("IgnoreHosts of OpenDMARC addresses", ["192.0.2.1"]), ("IgnoreHosts of OpenDMARC hosts", ["host.example"]),
        ("whitelists of policyd-spf addresses", ["127.0.0.0/8", "::1"])]
    passed_over = "mail of these hosts is judged and marked all the same, but never refused (trust)"
    assert left == [
        f"{dkim}:3: Canonicalization: left out: ingamd signs relaxed/relaxed, which survives more servers",
        f"{dkim}:11: InternalHosts: an entry is left out: clients are addresses; write the host's address",
        f"{dkim}:12: PeerList: {passed_over}",
        f"{dkim}:13: LDAPBindPassword: left out: lists stand in ingam.conf, not in a directory",
        f"{dkim}:15: On-BadSignature: left out: DKIM alone decides nothing here; what DMARC makes of it is on-reject and "
        "on-quarantine",
        f"{dkim}:17: Colour: left out: not known",
        f"{dkim}:7: KeyFile: the key is taken over by: ingam key import --opendkim "
        "csl:example.org=example.org:s1:/etc/dkimkeys/s1.private,example.net=example.net:s1:/etc/dkimkeys/s1.private "
        "csl:example.org=example.org,example.net=example.net",
        f"{dmarc}:3: TrustedAuthservIDs: not needed: SPF and DKIM are checked here, and no results of others are believed",
        f"{dmarc}:4: IgnoreHosts: {passed_over}",
        f"{tmp_path}/hosts:4: IgnoreHosts: an entry with ! is left out: write the networks without the exception",
        f"{dmarc}:5: Socket: left out: ingamd listens in its own folder, unix:/run/ingam/milter; ingam setup tells the mail "
        "server",
        f"{dmarc}:7: HistoryFile: left out: ingamd writes no history for opendmarc-importstats",
        f"{spf}:2: HELO_reject: left out: SPF alone refuses nothing here; DMARC decides (RFC 9989 7.1), see on-reject and "
        "on-quarantine",
        f"{spf}:5: Domain_Whitelist: left out: an SPF record names no trusted host; write trust \"...\" {{ host = {{...}} }} "
        "or { address = {...} }"]


def test_import_shows_no_secret(tmp_path):
    (tmp_path / "o.conf").write_text(OPENDKIM)
    got = run("config", "import", "--opendkim", tmp_path / "o.conf")
    assert b"geheim" not in got.out + got.err


def test_import_tables(tmp_path):
    (tmp_path / "KeyTable").write_text("one example.org:s1:/k/one\ntwo %:s2:geheimer+Schluessel\nthree other.example:s3:/k/3\n")
    (tmp_path / "SigningTable").write_text(
        "*@example.org one\n# x\n.sub.example.net two\nuser@example.org one\n* one\n*@strange.example three\n"
        "lost.example none\n")
    path = tmp_path / "o.conf"
    path.write_text(f"KeyTable file:{tmp_path}/KeyTable\nSigningTable refile:{tmp_path}/SigningTable\n")
    shown, left = imported(tmp_path, "--opendkim", path)
    assert shown["sign"]["domains"] == ["example.org", ".sub.example.net"] and shown["sign"]["subdomains"] is True
    assert shown["sign"]["clients"] == ["127.0.0.1"]
    table = f"{tmp_path}/SigningTable"
    assert left == [
        f"{path}:2: SigningTable: the keys are taken over by: ingam key import --opendkim KEYTABLE SIGNINGTABLE",
        f"{table}:4: SigningTable: left out: a domain signs for all its addresses, not for one",
        f"{table}:5: SigningTable: left out: name the domains, sign {{ domains = {{...}} }}; nobody signs for strangers",
        f"{table}:6: SigningTable: left out: the key is another domain's, and its signature proves nothing for this author",
        f"{table}:7: SigningTable: left out: its key is not in the KeyTable"]


def test_import_what_cannot_be_read(tmp_path):
    got = run("config", "import", "--opendkim", tmp_path / "no")
    assert got.status == 66 and got.err.decode() == f"ingam config import: {tmp_path}/no: No such file or directory\n"
    path = tmp_path / "o.conf"
    path.write_text("Domain file:/no/such\nInclude /no/such/either\nPeerList lua:/x\n")
    _, left = imported(tmp_path, "--opendkim", path)
    assert left == [
        f"{path}:2: Include: left out: the file it names: No such file or directory",
        f"{path}:3: PeerList: mail of these hosts is judged and marked all the same, but never refused (trust)",
        f"{path}:3: PeerList: left out: a list from a data base; write its entries here",
        f"{path}:1: Domain: left out: the file it names: No such file or directory"]


def test_import_is_harmless_on_the_terminal(tmp_path):
    path = tmp_path / "o.conf"
    path.write_bytes(b"\x1b[31mEvil\x1b x\nAuthservID a\x1bb\nDomain a\x1b.example\nSocket inet:1@\x1b\n")
    got = run("config", "import", "--opendkim", path)
    assert got.status == 0 and b"\x1b" not in got.out + got.err


def test_every_word_of_the_shipped_man_page_is_known():
    """ingam.conf(5) names just the words that there are."""
    page = (TOP / "docs" / "man" / "ingam.conf.5.scd").read_text()
    shown = run("config", "show", "--json", TOP / "packaging" / "ingam.conf").json
    words = {name for name in shown if not isinstance(shown[name], (dict, list))}
    for name in ("sign", "resolver", "limits", "log"):
        words |= set(shown[name])
    words |= set(shown["listen"][0]) - {"address"} | {"author", "recipient", "arc", "dkim", "host", "address", "effect", "until"}
    named = set(re.findall(r"\*([a-z-]+)\* = ", page))
    assert words == named, words ^ named
