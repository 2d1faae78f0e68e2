# SPDX-License-Identifier: BSD-2-Clause
"""A real Sendmail on loopback that was never installed: mta.System around it, its configuration made by its own m4 files."""
import os
import pathlib
import socket

import mta
import servers

FILES = "/usr/share/sendmail/cf"
MC = """divert(0)dnl
VERSIONID(`tests')
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mx.rcpt.example')dnl
define(`QUEUE_DIR', `/srv/queue')dnl
define(`MSP_QUEUE_DIR', `/srv/queue')dnl
define(`confPID_FILE', `/srv/sendmail.pid')dnl
define(`STATUS_FILE', `/srv/statistics')dnl
define(`HELP_FILE', `/dev/null')dnl
define(`ALIAS_FILE', `')dnl
define(`confCW_FILE', `/dev/null')dnl
define(`confLOG_LEVEL', `14')dnl
define(`confDONT_PROBE_INTERFACES', `true')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confTO_IDENT', `0')dnl
define(`confDEF_USER_ID', ``2527:2527'')dnl
define(`confMILTER_LOG_LEVEL', `14')dnl
define(`confSERVICE_SWITCH_FILE', `/srv/etc/mail/service.switch')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`nocanonify')dnl
FEATURE(`promiscuous_relay')dnl
DAEMON_OPTIONS(`Family=inet, Name=MTA, Addr=127.0.0.1, Port={port}')dnl
{milter}
MAILER(`local')dnl
MAILER(`smtp')dnl
MAILER_DEFINITIONS
Mdeliver, P=/srv/deliver, F=nu8s, A=deliver $u
LOCAL_RULE_0
R$+ < @ rcpt.example . >		$#deliver $@ here $: $1
R$+ < @ rcpt.example >		$#deliver $@ here $: $1
"""
# Writes what it is handed beside, then moves it into the box: whole, or not there.
DELIVER = """#!/bin/sh
umask 022
cat >"/srv/mail/tmp.$$" && mv "/srv/mail/tmp.$$" "/srv/mail/new.$$"
"""


class Sendmail:
    """milter: the INPUT_MAIL_FILTER line."""

    def __init__(self, folder, milter=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.system = mta.System(self.folder, "usr/libexec/sendmail/sendmail")
        self.port = servers.free_port()
        for name in ("queue", "mail", "etc/mail"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "queue").chmod(0o700)
        os.chown(self.folder / "mail", mta.ACCOUNTS["vmail"], mta.ACCOUNTS["vmail"])
        (self.folder / "deliver").write_text(DELIVER)
        (self.folder / "deliver").chmod(0o755)
        (self.folder / "etc" / "mail" / "service.switch").write_text("hosts files\naliases files\n")
        host = socket.gethostname().split(".")[0]   # it wants to find a name with a dot for it
        (self.folder / "etc" / "hosts").write_text(f"127.0.0.1 {host}.rcpt.example {host} localhost\n")
        (self.folder / "statistics").write_text("")
        (self.folder / "sendmail.mc").write_text(MC.format(port=self.port, milter=milter))

    def start(self):
        script = (f"m4 -D_CF_DIR_={FILES}/ {FILES}/m4/cf.m4 /srv/sendmail.mc >/srv/etc/mail/sendmail.cf && "
                  "exec /usr/libexec/sendmail/sendmail -C /srv/etc/mail/sendmail.cf -bD -X /srv/traffic -q1s")
        self.said = self.folder / "said"
        with self.said.open("wb") as out:
            self.system.start("/bin/sh", "-c", script, stdout=out, stderr=out)
        assert mta.wait_for(lambda: self.system.process.poll() is not None or mta.answers(self.port)), self.said.read_text()
        assert self.system.first, self.said.read_text()
        return self

    def stop(self):
        self.system.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def send(self, mail, sender="a@legit.example", to=("b@rcpt.example",), source="127.0.0.1"):
        with mta.Client("127.0.0.1", self.port, local_hostname="m.legit.example", timeout=60, source_address=(source, 0)) as smtp:
            smtp.ehlo()
            return smtp.deliver(mail, sender, to)

    def delivered(self):
        """Takes the one message that was delivered, with LF."""
        box = self.folder / "mail"
        mta.wait_for(lambda: any(f.name.startswith("new.") for f in box.iterdir()))
        files = [f for f in box.iterdir() if f.name.startswith("new.")]
        assert len(files) == 1, (files, self.said.read_text())
        content = files[0].read_bytes()
        files[0].unlink()
        return content
