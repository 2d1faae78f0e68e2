# SPDX-License-Identifier: BSD-2-Clause
"""ingam setup: what an operator would paste by hand, put in and taken out again; other people's lines stay as they are."""
import os
import shutil
import subprocess

import pytest

import mta
from conftest import BINARY, run

MC = """divert(0)dnl
OSTYPE(`debian')dnl
DOMAIN(`debian-mta')dnl
MAILER_DEFINITIONS
MAILER(`local')dnl
MAILER(`smtp')dnl
"""
EXIM = """# exim.conf
primary_hostname = mx.rcpt.example
acl_smtp_data = acl_check_data

begin acl
acl_check_rcpt:
  accept

acl_check_data:
  deny message = too big
       condition = ${if >{$message_size}{10M}}
  accept
"""
TCP = ("--listen", "inet:8891@127.0.0.1")


@pytest.fixture(scope="module")
def postfix(tmp_path_factory):
    with mta.Postfix(tmp_path_factory.mktemp("setup") / "postfix", milters=["inet:127.0.0.1:1 "], chroot="y") as p:
        p.system.run("mount", "--bind", p.folder / "etc" / "postfix", "/etc/postfix")  # postconf writes there
        yield p


def set_up(p, *args, check=True):
    done = subprocess.run(p.system.beside(BINARY, "setup", "postfix", *args), capture_output=True, timeout=60,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=0"}, text=True)
    assert not check or done.returncode == 0, done.stderr
    return done


def milters(p):
    return [p.system.run("/usr/sbin/postconf", "-h", name).decode().strip() for name in ("smtpd_milters", "non_smtpd_milters")]


def test_postfix_is_shown_and_not_changed(postfix):
    before = milters(postfix)
    said = set_up(postfix, *TCP).stdout
    assert said == ("postconf -e 'smtpd_milters = inet:127.0.0.1:1, { inet:127.0.0.1:8891, default_action=accept }'\n"
                    "postconf -e 'non_smtpd_milters = inet:127.0.0.1:1, { inet:127.0.0.1:8891, default_action=accept }'\n"
                    "postfix reload\n")
    assert milters(postfix) == before


def test_postfix_is_told_once_and_forgets(postfix):
    before = milters(postfix)
    for failure, action in (("accept", "accept"), ("defer", "tempfail")):
        set_up(postfix, *TCP, "--apply", "--on-failure", failure)
        assert milters(postfix) == ["inet:127.0.0.1:1, { inet:127.0.0.1:8891, default_action=" + action + " }"] * 2
    said = set_up(postfix, *TCP, "--undo").stdout
    assert "does not ask ingamd any more" in said
    assert milters(postfix) == before


def test_postfix_takes_what_is_printed_literally(postfix):
    """What --apply writes is what Postfix understands: mail passes though nobody listens there."""
    set_up(postfix, "--listen", "inet:2@127.0.0.1", "--apply")
    try:
        postfix.system.run("/usr/sbin/postconf", "-e", "smtpd_milters = { inet:127.0.0.1:2, default_action=accept }")
        postfix.system.run("/usr/sbin/postfix", "reload")
        code, text = postfix.send(b"From: a@legit.example\r\nTo: b@rcpt.example\r\nSubject: x\r\n\r\nHello\r\n")
        assert code == 250, text
    finally:
        set_up(postfix, "--listen", "inet:2@127.0.0.1", "--undo")


def test_postfix_in_a_cage_names_a_socket_inside(postfix):
    said = set_up(postfix, "--listen", "unix:/run/ingam/milter", check=False)
    assert said.returncode == 65
    assert "cannot reach /run/ingam/milter" in said.stderr and "without --listen" in said.stderr
    queue = queue_of(postfix)
    assert "{ unix:ingam/milter, default" in set_up(postfix, "--listen", f"unix:{queue}/ingam/milter").stdout


def queue_of(p):
    return p.system.run("/usr/sbin/postconf", "-h", "queue_directory").decode().strip()


@pytest.fixture
def config(postfix):
    """The daemon's configuration as the package ships it, seen at /srv by what runs beside Postfix."""
    folder = postfix.folder / "ingam"
    (folder / "conf.d").mkdir(parents=True)
    (folder / "ingam.conf").write_text("# all as shipped\n")
    yield folder
    shutil.rmtree(folder)


def test_postfix_in_a_cage_gets_a_socket_inside(postfix, config):
    """Its folder hands Postfix's group on to the socket, and the daemon learns of it in a file of its own."""
    before, queue, file = milters(postfix), queue_of(postfix), "/srv/ingam/conf.d/postfix.conf"
    listen = f'listen "unix:{queue}/ingam/milter" {{ mode = 0660 }}'
    conf = ("--config", "/srv/ingam/ingam.conf")
    said = set_up(postfix, *conf).stdout.splitlines()
    assert said[:3] == [f"install -d -o ingam -g postfix -m 2750 {queue}/ingam", f"echo '{listen}' >{file}",
                        "systemctl restart ingamd"]
    assert len(said) == 6 and milters(postfix) == before and list((config / "conf.d").iterdir()) == []
    for _ in range(2):
        set_up(postfix, *conf, "--apply")
        assert [m.rpartition(", {")[2].strip(" {}") for m in milters(postfix)] == ["unix:ingam/milter, default_action=accept"] * 2
        assert (config / "conf.d" / "postfix.conf").read_text().splitlines()[1:] == [listen]
        mode = postfix.system.run("stat", "-c", "%u:%g %a", f"{queue}/ingam").decode().strip()
        assert mode == f"{mta.ACCOUNTS['ingam']}:{mta.ACCOUNTS['postfix']} 2750"
    assert set_up(postfix, *conf).stdout.count("\n") == 3
    set_up(postfix, *conf, "--undo")
    assert milters(postfix) == before and list((config / "conf.d").iterdir()) == []


def test_what_others_wrote_beside_our_listen_stays(postfix, config):
    set_up(postfix, "--config", "/srv/ingam/ingam.conf", "--apply")
    file = config / "conf.d" / "postfix.conf"
    file.write_text(file.read_text() + "mode = enforce\n")
    set_up(postfix, "--config", "/srv/ingam/ingam.conf", "--undo")
    assert file.read_text().endswith("mode = enforce\n")


def test_sendmail_gets_its_line_before_the_mailers(tmp_path):
    file = tmp_path / "sendmail.mc"
    file.write_text(MC)
    assert run("setup", "sendmail", *TCP, "--mta-config", file, "--apply").status == 0
    lines = file.read_text().splitlines()
    at = lines.index("INPUT_MAIL_FILTER(`ingam', `S=inet:8891@127.0.0.1, T=C:10s;S:10s;R:30s;E:60s')dnl")
    assert lines[at + 2] == "MAILER(`local')dnl" and lines[at - 1].startswith("dnl ingam begins")
    run("setup", "sendmail", *TCP, "--mta-config", file, "--apply")
    assert file.read_text().splitlines() == lines
    assert run("setup", "sendmail", *TCP, "--mta-config", file, "--undo").status == 0
    assert file.read_text() == MC and (tmp_path / "sendmail.mc.before-ingam").read_text() == MC


def test_exim_gets_address_and_acl(tmp_path):
    file = tmp_path / "exim.conf"
    file.write_text(EXIM)
    file.chmod(0o640)
    assert run("setup", "exim", *TCP, "--mta-config", file, "--apply").status == 0
    text = file.read_text()
    assert text.index("spamd_address = <; 127.0.0.1 8891 variant=rspamd") < text.index("begin acl")
    at = text.index("\nacl_check_data:")
    assert at < text.index("spam = ", at) < text.index("deny message = too big")
    assert file.stat().st_mode & 0o777 == 0o640
    assert run("setup", "exim", *TCP, "--mta-config", file, "--undo").status == 0
    assert file.read_text() == EXIM


def test_exim_has_mail_without_smtp_signed(tmp_path):
    file = tmp_path / "exim.conf"
    file.write_text(EXIM)
    assert run("setup", "exim", *TCP, "--mta-config", file, "--apply").status == 0
    text = file.read_text()
    assert text.index("acl_not_smtp = acl_ingam_local") < text.index("begin acl") < text.index("\nacl_ingam_local:\n")
    local = text[text.index("\nacl_ingam_local:\n"):text.index("\nacl_check_data:\n")]
    assert "spam = ingam:true/defer_ok" in local and "deny" not in local and local.count("\n  accept\n") == 1
    file.write_text(EXIM.replace("begin acl", "acl_not_smtp = acl_elsewhere\nbegin acl"))
    got = run("setup", "exim", *TCP, "--mta-config", file, "--apply")
    assert got.status == 0 and b'acl_not_smtp names "acl_elsewhere", which is not in this file' in got.err
    assert "acl_ingam_local" not in file.read_text()


def test_exim_with_another_scanner_is_left_alone(tmp_path):
    file = tmp_path / "exim.conf"
    text = EXIM.replace("begin acl", "#spamd_address = nowhere\n  spamd_address = 127.0.0.1 783\nbegin acl")
    file.write_text(text)
    got = run("setup", "exim", *TCP, "--mta-config", file, "--apply")
    assert got.status == 65 and file.read_text() == text
    assert b"${if def:acl_m_ingam_asks{127.0.0.1 8891 variant=rspamd tmo=20s}{127.0.0.1 783}}" in got.err
    assert run("setup", "exim", *TCP, "--mta-config", file, "--undo").status == 0


def test_undo_needs_no_socket(tmp_path):
    """The lines stand between marks: they go although the configuration names another kind of socket by now."""
    file, conf = tmp_path / "exim.conf", tmp_path / "ingam.conf"
    file.write_text(EXIM)
    conf.write_text('listen "systemd:rspamc" { front = rspamc }\n')
    assert run("setup", "exim", *TCP, "--mta-config", file, "--apply").status == 0
    assert run("setup", "exim", "--config", conf, "--mta-config", file, "--undo").status == 0
    assert file.read_text() == EXIM


def test_exim_without_the_acl_is_left_alone(tmp_path):
    file = tmp_path / "exim.conf"
    file.write_text("acl_smtp_data = check_it\nbegin acl\n")
    got = run("setup", "exim", *TCP, "--mta-config", file, "--apply")
    assert got.status == 65 and b'no ACL "check_it:"' in got.err
    assert file.read_text() == "acl_smtp_data = check_it\nbegin acl\n"


def test_what_is_not_there_is_named(tmp_path):
    assert b"expected one of postfix, exim, sendmail" in run("setup", "qmail", *TCP).err
    got = run("setup", "sendmail", *TCP, "--mta-config", tmp_path / "none", "--apply")
    assert got.status == 66 and b"No such file" in got.err
    conf = tmp_path / "ingam.conf"
    conf.write_text('listen "inet:8892@127.0.0.1" { front = milter }\n')
    got = run("setup", "exim", "--config", conf)
    assert got.status == 65 and b"no rspamc socket" in got.err
