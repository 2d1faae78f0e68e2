# SPDX-License-Identifier: BSD-2-Clause
"""ingam doctor beside a real Postfix: set-ups that are broken in one place. What it says mends it is done, and the finding is gone."""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import time

import pytest

import letters
import mta
from conftest import BINARY, TOP, run
from daemon import INGAMD
from rig import keys_folder

QUEUE = "/srv/spool"
GOOD = f'listen "unix:{QUEUE}/ingam/milter" {{ mode = 0666 }}\n'


class Ill:
    """A Postfix as Debian ships it, locked into its queue, a daemon beside it in the same mounts, and the doctor."""

    def __init__(self, folder, conf=GOOD, zone=None, milters=("unix:ingam/milter",), **more):
        self.postfix = mta.Postfix(folder / "postfix", milters=milters, chroot="y", **more)
        self.place = self.postfix.folder
        self.system = self.postfix.system
        spool = self.place / "spool" / "ingam"
        spool.mkdir(exist_ok=True)
        os.chown(spool, self.system.id_of("ingam"), 0)
        for name in ("run", "conf.d"):
            (self.place / name).mkdir()
        os.chown(self.place / "run", self.system.id_of("ingam"), 0)
        (self.place / "dns.zone").write_text(letters.zone() if zone is None else zone)
        for name, program in (("ingam", BINARY), ("ingamd", INGAMD)):   # what is run says "ingam", as a person does
            wrapper = self.place / "usr" / "sbin" / name
            more_words = " --dns /srv/dns.zone" if name == "ingamd" else ""
            wrapper.write_text(f'#!/bin/sh\nexec "{program}" "$@"{more_words}\n')
            wrapper.chmod(0o755)
        self.conf = self.place / "ingam.conf"
        self.write(conf)

    def write(self, conf):
        text = 'control = /srv/run/control\nuser = ingam\nlog { to = syslog }\n'
        if "authserv-id" not in conf:
            text += 'authserv-id = "mx.rcpt.example"\n'
        self.conf.write_text(text + conf)

    def __enter__(self):
        self.postfix.start()
        for name in ("upper", "work"):   # usermod and postconf write into /etc
            (self.place / name).mkdir()
        self.system.run("mount", "-t", "overlay", "overlay", "-o", "lowerdir=/etc,upperdir=/srv/upper,workdir=/srv/work", "/etc")
        self.system.run("mount", "--bind", self.place / "etc" / "postfix", "/etc/postfix")
        self.shell("ingamd --config /srv/ingam.conf")
        self.wait_up()
        return self

    def __exit__(self, *_):
        self.end_daemon()
        self.postfix.stop()

    def shell(self, command, check=True):
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=0", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        said = self.place / "said.out", self.place / "said.err"   # files: a daemon that goes into the background may keep them open
        with said[0].open("wb") as out, said[1].open("wb") as err:
            done = subprocess.run(self.system.beside("sh", "-c", command), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                  timeout=60, env=environment)
        done.stdout, done.stderr = (file.read_text() for file in said)
        assert not check or done.returncode == 0, (command, done.stdout, done.stderr)
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
        return done

    def status(self):
        done = self.shell("ingam status --json --control /srv/run/control", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def wait_up(self):
        assert mta.wait_for(lambda: (self.status() or {}).get("processes", [{}])[0].get("ready"), 20, 0.1)

    def end_daemon(self):
        status = self.status()
        if status:
            pid = status["processes"][0]["pid"]
            self.shell(f"kill {pid}; for i in $(seq 100); do kill -0 {pid} 2>/dev/null || exit 0; sleep 0.1; done")

    def look(self, *args, zone=True):
        words = ["ingam", "doctor", "--config", "/srv/ingam.conf", "--json", *args]
        if zone:
            words += ["--dns", "/srv/dns.zone"]
        done = self.shell(shlex.join(words), check=False)
        assert done.stdout.count("\n") == 1, done.stderr
        self.exit = done.returncode
        self.report = json.loads(done.stdout)
        return {f["code"]: f for f in self.report["findings"] if f["grade"] != "ok"}

    def mend(self, finding):
        """Does what it says, literally: commands are run, a line takes the place of the one with the same word."""
        assert finding["mends"], finding
        for m in finding["mends"]:
            if "run" in m:
                self.shell(m["run"])
                continue
            path = self.place / pathlib.Path(m["file"]).relative_to("/srv")
            word = re.match(r"[\w-]+", m["write"]).group()
            kept = [line for line in path.read_text().splitlines() if not re.match(rf"\s*{word}\b", line)]
            path.write_text("\n".join([*kept, m["write"], ""]))

    def mended(self, code, *args, wrong=True, **more):
        """The finding is there; what mends it is done; it is gone, and nothing else is wrong."""
        found = self.look(*args, **more)
        assert code in found, self.report
        assert self.exit == (1 if wrong else 0) and found[code]["grade"] == ("wrong" if wrong else "note")
        self.mend(found[code])
        self.wait_up()
        left = self.look(*args, **more)
        assert code not in left and self.exit == 0, self.report
        return found[code]


@pytest.fixture(scope="module")
def ill(tmp_path_factory):
    with Ill(tmp_path_factory.mktemp("doctor")) as i:
        yield i


@pytest.fixture
def well(ill):
    """The same, and as it was afterwards."""
    yield ill
    ill.shell("gpasswd -d postfix ingam", check=False)
    shutil.rmtree(ill.place / "conf.d")
    (ill.place / "conf.d").mkdir()
    ill.write(GOOD)
    ill.postfix.write()
    ill.shell("postfix reload")
    if not ill.status():
        ill.shell("ingamd --config /srv/ingam.conf")
        ill.wait_up()
    ill.shell("ingam reload --control /srv/run/control")


def test_all_is_well(well):
    found = well.look()
    assert well.exit == 0 and not [f for f in found.values() if f["grade"] != "note"], well.report
    codes = {f["code"] for f in well.report["findings"]}
    assert {"conf-good", "daemon-up", "socket-good", "mta-told", "other-none", "dns-answers", "id-good", "limit-files"} <= codes
    said = well.shell("ingam doctor --config /srv/ingam.conf --dns /srv/dns.zone").stdout
    assert re.search(r"^OK +socket +postfix reaches the daemon at unix:/srv/spool/ingam/milter$", said, re.M), said


def test_mode_that_somebody_changed(well):
    (well.place / "spool" / "ingam" / "milter").chmod(0o600)
    assert "0600" in well.mended("socket-changed")["text"]


def test_mode_that_the_configuration_says(well):
    well.write(GOOD.replace("0666", "0600"))
    well.shell("ingam reload --control /srv/run/control")
    assert well.mended("socket-mode")["text"].startswith("postfix may not write")


def test_group_of_the_daemon_alone(well):
    """As shipped: 0660 and the daemon's own group, into which the mail server's account goes."""
    well.write(GOOD.replace("0666", "0660"))
    well.shell("ingam reload --control /srv/run/control")
    assert [m["run"] for m in well.mended("socket-mode")["mends"]] == ["usermod -aG ingam postfix", "postfix reload"]
    code, text = well.postfix.send(letters.sealed(letters.letter()), client=letters.GOOD)
    assert code == 250, text
    assert b"Authentication-Results: mx.rcpt.example" in well.postfix.delivered()[0].mail


def test_folder_that_is_closed(well):
    folder = well.place / "spool" / "ingam"
    folder.chmod(0o700)
    finding = well.mended("socket-folder")
    assert finding["mends"] == [{"run": f"chmod o+x {QUEUE}/ingam"}]


def test_daemon_that_is_down(well):
    well.end_daemon()
    found = well.look()
    assert "daemon-down" in found and well.exit == 1
    well.mended("daemon-down")


def test_files_changed_after_the_daemon_read_them(well):
    time.sleep(1.1)
    well.write(GOOD + "received-spf = yes\n")
    assert "daemon-old-conf" in well.look()
    well.mended("daemon-old-conf")


def test_postfix_that_was_not_told(well):
    well.shell("postconf -e smtpd_milters= non_smtpd_milters=")
    well.mended("mta-not-told")


def test_postfix_that_would_refuse_all(well):
    for name in ("smtpd_milters", "non_smtpd_milters"):
        well.shell(f"postconf -e '{name} = {{ unix:ingam/milter, default_action=reject }}'")
    well.mended("mta-action")


def test_service_with_a_list_of_its_own(well):
    service = f"127.0.0.1:{well.postfix.submission}/inet/smtpd_milters"
    well.shell(f"postconf -P '{service}=inet:127.0.0.1:1'")
    found = well.look()
    assert service.split("/")[0] in found["mta-service"]["text"]
    well.mended("mta-service", wrong=False)
    assert well.shell(f"postconf -Ph '{service}'").stdout.strip() == "inet:127.0.0.1:1,unix:ingam/milter"


def test_old_protocol(well):
    well.shell("postconf -e milter_protocol=2")
    well.mended("mta-protocol", wrong=False)


def test_other_milters(well):
    for name in ("smtpd_milters", "non_smtpd_milters"):
        well.shell(f"postconf -e '{name} = inet:127.0.0.1:7, unix:opendkim/opendkim.sock, unix:ingam/milter'")
    well.mended("other-milter", wrong=False)
    assert well.shell("postconf -h smtpd_milters").stdout.strip() == "inet:127.0.0.1:7, unix:ingam/milter"


def test_policy_service_for_spf(well):
    well.shell("postconf -e 'smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, "
               "check_policy_service unix:private/policyd-spf, check_policy_service unix:private/grey'")
    well.mended("other-policyd", wrong=False)
    assert well.shell("postconf -h smtpd_recipient_restrictions").stdout.strip() == (
        "permit_mynetworks reject_unauth_destination, check_policy_service unix:private/grey")


def test_socket_outside_of_what_smtpd_sees(well):
    well.write('listen "unix:/srv/run/milter" { mode = 0666 }\n')
    well.shell("ingam reload --control /srv/run/control && postconf -e smtpd_milters= non_smtpd_milters=")
    try:
        found = well.look()
        assert "cannot see /srv/run/milter" in found["socket-outside"]["text"] and "mta-not-told" in found
        well.mend(found["socket-outside"])
        well.wait_up()
        found = well.look()
        assert not found.keys() & {"socket-outside", "mta-not-told"}, found
        if "socket-mode" in found:   # where root starts it, the socket is of the daemon's own group
            well.mended("socket-mode")
        assert well.look() and well.exit == 0, well.report
        code, text = well.postfix.send(letters.sealed(letters.letter()), client=letters.GOOD)
        assert code == 250, text
        assert b"mx.rcpt.example; " in well.postfix.delivered()[0].mail
    finally:
        os.chown(well.place / "spool" / "ingam", well.system.id_of("ingam"), 0)
        (well.place / "spool" / "ingam").chmod(0o755)


def test_dead_dns(well):
    begun = time.monotonic()
    found = well.look("--resolver", "127.0.0.1@9", zone=False)
    assert well.exit == 1 and found["dns-dead"]["mends"][0]["write"] == "resolver { way = recurse }", well.report
    assert time.monotonic() - begun < 20
    assert "dns-dead" not in well.look()


def test_name_that_could_be_anybodys(well):
    well.write(GOOD + 'authserv-id = "mail"\n')
    well.shell("ingam reload --control /srv/run/control")
    well.mended("id-short")
    assert 'authserv-id = "mx.rcpt.example"' in well.conf.read_text()


def sign(well, *domains):
    shutil.rmtree(well.place / "keys", ignore_errors=True)
    keys = keys_folder(well.place / "keys", *domains)
    for path in (keys, *keys.rglob("*")):
        os.chown(path, well.system.id_of("ingam"), 0)
    well.write(GOOD + f"sign {{ keys = /srv/keys domains = {{{', '.join(domains)}}} }}\n")
    well.shell("ingam reload --control /srv/run/control")
    return keys


def test_record_that_is_another(well):
    zone = well.place / "dns.zone"
    good = zone.read_text()
    sign(well, "soft.example")
    lines = [line for line in good.splitlines() if not line.startswith("sel._domainkey.soft ")]
    try:
        for record in ("", 'sel._domainkey.soft TXT "v=DKIM1; p="', 'sel._domainkey.soft TXT "v=DKIM1; k=ed25519; p=AAAA"'):
            zone.write_text("\n".join([*lines, record, ""]))
            finding = well.look()["key-record"]
            assert well.exit == 1 and finding["text"].startswith("the record of sel._domainkey.soft.example ")
            mend = finding["mends"][0]
            assert mend["file"] == "the zone of soft.example"
            zone.write_text("\n".join([*lines, mend["write"], ""]))
            assert "key-record" not in well.look() and well.exit == 0, well.report
    finally:
        zone.write_text(good)


def test_keys_that_others_may_read(well):
    keys = sign(well, "soft.example")
    (keys / "soft.example").chmod(0o755)
    assert well.mended("key-refused")["mends"] == [{"run": "chmod 700 /srv/keys/soft.example"}]


def test_domain_without_keys(well):
    sign(well, "soft.example")
    well.write(GOOD + "sign { keys = /srv/keys domains = {soft.example, watch.example} }\n")
    well.shell("ingam reload --control /srv/run/control")
    finding = well.look()["key-missing"]
    assert finding["mends"] == [{"run": "ingam key new --keys /srv/keys watch.example"}]
    well.mend(finding)
    left = well.look()
    assert "key-missing" not in left and left["key-waits"]["grade"] == "note" and well.exit == 0, well.report


def test_trust_that_is_over_and_account_that_is_not_there(well):
    well.write(GOOD + 'trust "old" { arc = {x.example} until = 2025-01-01 }\n')
    assert well.look()["conf-trust"]["mends"][0]["write"].startswith("until = 20")
    well.conf.write_text(well.conf.read_text().replace("user = ingam", "user = nobody-knows"))
    finding = well.look()["conf-account"]
    assert well.exit == 1 and finding["mends"][0]["run"].endswith(" nobody-knows")


def test_file_that_anybody_may_change(well):
    well.conf.chmod(0o666)
    well.mended("conf-mode")
    assert well.conf.stat().st_mode & 0o777 == 0o664


def test_wrong_word(well):
    well.write(GOOD + "listn = 1\n")
    finding = well.look()["conf-wrong"]
    assert well.exit == 1 and re.search(r"ingam\.conf:\d+: .*listn", finding["text"])


def test_somebody_else_at_our_port(tmp_path):
    """No daemon of ours, and a listener that speaks another protocol."""
    import socketserver
    import threading

    class Banner(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.sendall(b"220 hello, this is no filter\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Banner) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        (tmp_path / "ingam.conf").write_text(f'listen "inet:{port}@127.0.0.1" {{ }}\ncontrol = {tmp_path}/control\nuser = nobody\n')
        (tmp_path / "dns.zone").write_text(letters.zone())
        got = run("doctor", "--config", tmp_path / "ingam.conf", "--dns", tmp_path / "dns.zone", "--json")
        server.shutdown()
    found = {f["code"]: f for f in got.json["findings"]}
    assert got.status == 1 and found["socket-stranger"]["mends"][0]["run"] == f"ss -ltnp 'sport = :{port}'"


def test_usage():
    assert run("doctor", "word").status == 64 and run("doctor", "--mta", "qmail").status == 64
    assert run("doctor", "--mta-config", "/x").status == 64
    assert b"--mta" in run("doctor", "--help").out


def test_every_code_is_in_the_manual():
    text = "".join(p.read_text() for p in sorted((TOP / "cli").glob("doctor*.c")))
    codes = set(re.findall(r'"((?:conf|daemon|socket|mta|exim|sendmail|other|dns|clock|host|id|address|key|limit)-[a-z-]+)"', text)) - {"mta-config"}
    manual = (TOP / "docs" / "man" / "ingam-doctor.1.scd").read_text()
    assert len(codes) > 40 and not [c for c in codes if f"*{c}*" not in manual]
