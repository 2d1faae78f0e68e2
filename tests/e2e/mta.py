# SPDX-License-Identifier: BSD-2-Clause
"""A real Postfix on loopback that was never installed, and what talks to it.

    system = mta.System(folder)        a Debian that has what tools/servers fetched: /usr laid over, accounts and /etc of its
                                       own, the folder itself at /srv; seen only by what is started in it
    postfix = mta.Postfix(folder, milters=["inet:127.0.0.1:8891"])
    postfix.start() ... postfix.stop()
    postfix.inbound, postfix.submission      ports on 127.0.0.1
    postfix.send(mail, client="192.0.2.10")  as from that address; gives the reply at the end
    postfix.delivered(1)               the files that came out: waits for that many

Mounts are private and all processes end with the first of them, so nothing is left on the system, nor when a test is
killed. Without root, mount namespaces or the packages the tests are skipped with the reason."""
import base64
import os
import pathlib
import shutil
import signal
import smtplib
import socket
import socketserver
import subprocess
import threading
import time

import pytest
import servers
from daemon import wait_for

PLACE = pathlib.Path(os.environ.get("INGAM_SERVERS") or servers.TOP / "build" / "servers")
USR = PLACE / "root" / "usr"
SKIP = "here is no place for a mail server: "
ACCOUNTS = {"postfix": 2525, "postdrop": 2526, "vmail": 2527, "Debian-exim": 2528, "ingam": 2529}

# As the first process of the namespaces: lays the folder's usr and what was fetched over /usr, its etc over /etc (folders in
# it may be written to), shows the folder at /srv, runs the command, and ends with it. It stays the first process itself, for
# what changes its user loses the wish to end with its parent; all others end with the first.
ENTER = """set -e
mount -t overlay overlay -o "lowerdir=$1/usr:$2:/usr" /usr
mount -t overlay overlay -o "lowerdir=$1/etc:/etc" /etc
mount --bind "$1" /srv
for folder in "$1"/etc/*/; do
  if [ -d "$folder" ]; then mount --bind "$folder" "/etc/$(basename "$folder")"; fi
done
shift 2
cd /srv
trap 'kill "$child" 2>/dev/null' TERM
"$@" &
child=$!
while kill -0 "$child" 2>/dev/null; do wait "$child" && status=0 || status=$?; done
exit "$status"
"""


class System:
    """A Debian in namespaces of its own. `start` runs its first process, `run` others beside it."""

    able = None

    def __init__(self, folder, program="usr/lib/postfix/sbin/master"):
        self.folder, self.process = pathlib.Path(folder), None
        if not (USR.parent / program).exists():
            pytest.skip(f"{SKIP}{program} is not here; tools/servers fetches it")
        for name in ("usr/sbin", "etc"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        for name in ("passwd", "group"):
            text = pathlib.Path("/etc", name).read_text()
            text += "".join(f"{who}:x:{n}:" + (f"{n}::/nonexistent:/bin/false\n" if name == "passwd" else "\n")
                            for who, n in ACCOUNTS.items() if f"\n{who}:" not in text)
            (self.folder / "etc" / name).write_text(text)
        if System.able is None:
            System.able = self.why_not()
        if System.able:
            pytest.skip(SKIP + System.able)

    def why_not(self):
        if os.geteuid() != 0:
            return "only root may lay one file system over another"
        try:
            done = subprocess.run(self.entering("true"), capture_output=True, timeout=20)
        except OSError as e:
            return str(e)
        return done.stderr.decode() if done.returncode else ""

    def id_of(self, account):
        for line in (self.folder / "etc" / "passwd").read_text().splitlines():
            if line.startswith(account + ":"):
                return int(line.split(":")[2])
        raise KeyError(account)

    def entering(self, *command):
        return ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER,
                "sh", str(self.folder), str(USR), *map(str, command)]

    def start(self, *command, **more):
        more.setdefault("stdin", subprocess.DEVNULL)
        more.setdefault("env", {**os.environ, "TZ": "UTC"})
        self.process = subprocess.Popen(self.entering(*command), **more)
        return self.process

    @property
    def first(self):
        """The first process, by the number that it has outside; None before it is there and after its end."""
        if self.process is None or self.process.poll() is not None:
            return None
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[0]) if children else None

    def beside(self, *command, spaces=("--mount", "--pid")):
        """The command line that runs a program in the same namespaces."""
        return ["nsenter", "--target", str(self.first), *spaces, "--wd=/srv", *map(str, command)]

    def run(self, *command, stdin=b"", user=None, check=True):
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        done = subprocess.run(self.beside(*as_user, *command), input=stdin, capture_output=True, timeout=120)
        assert not check or done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def stop(self):
        """Asks the first process to end; after ten seconds it and all its children are gone in any case."""
        if self.process is None:
            return
        first = self.first
        if first:
            os.kill(first, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process = None


MAIN = {
    "compatibility_level": "3.6", "queue_directory": "/srv/spool", "data_directory": "/srv/data",
    "command_directory": "/usr/sbin", "daemon_directory": "/usr/lib/postfix/sbin", "mail_owner": "postfix",
    "setgid_group": "postdrop", "maillog_file": "/srv/maillog", "maillog_file_prefixes": "/srv",
    "myhostname": "mx.rcpt.example", "myorigin": "rcpt.example", "mydestination": "", "mynetworks": "127.0.0.0/8",
    "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4", "smtputf8_enable": "yes", "biff": "no",
    "alias_maps": "", "alias_database": "", "local_recipient_maps": "", "local_transport": "error:no mail for this host",
    "default_transport": "error:nothing leaves this host", "relay_transport": "error:nothing leaves this host",
    "virtual_transport": "virtual", "virtual_mailbox_domains": "rcpt.example, far.example, legit.example",
    "virtual_mailbox_base": "/srv/mail", "virtual_mailbox_maps": "static:box/", "virtual_minimum_uid": "100",
    "virtual_uid_maps": f"static:{ACCOUNTS['vmail']}", "virtual_gid_maps": f"static:{ACCOUNTS['vmail']}",
    "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
    "local_header_rewrite_clients": "permit_sasl_authenticated",   # so that what strangers send is not completed
    "smtpd_recipient_restrictions": "", "smtpd_authorized_xclient_hosts": "127.0.0.1", "smtpd_peername_lookup": "no",
    "smtpd_error_sleep_time": "0", "smtpd_hard_error_limit": "1000", "smtpd_junk_command_limit": "1000",
    "smtpd_client_connection_count_limit": "0", "smtpd_recipient_limit": "1000", "anvil_rate_time_unit": "1h",
    "message_size_limit": "50000000", "mailbox_size_limit": "0", "virtual_mailbox_limit": "0", "in_flow_delay": "0",
    "bounce_queue_lifetime": "1h", "queue_run_delay": "2s", "minimal_backoff_time": "2s", "maximal_backoff_time": "4s",
    "delay_warning_time": "0", "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": "login",
    "broken_sasl_auth_clients": "no", "disable_dns_lookups": "yes", "smtp_dns_support_level": "disabled",
    "milter_protocol": "6", "internal_mail_filter_classes": "bounce, notify", "milter_default_action": "tempfail",
}
SERVICES = """
pickup unix n - {c} 60 1 pickup
cleanup unix n - {c} - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - {c} - - trivial-rewrite
bounce unix - - {c} - 0 bounce
defer unix - - {c} - 0 bounce
trace unix - - {c} - 0 bounce
verify unix - - {c} - 1 verify
flush unix n - {c} 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - {c} - - smtp
relay unix - - {c} - - smtp
lmtp unix - - {c} - - lmtp
showq unix n - {c} - - showq
error unix - - {c} - - error
retry unix - - {c} - - error
discard unix - - {c} - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - {c} - 1 anvil
tlsmgr unix - - {c} 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""

# The folders of the queue as post-install(1) makes them: owner, group, mode.
QUEUE = {"": ("root", "root", 0o755), "pid": ("root", "root", 0o755), "public": ("postfix", "postdrop", 0o710),
         "maildrop": ("postfix", "postdrop", 0o730),
         **{name: ("postfix", "root", 0o700) for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
                                                          "incoming", "private", "saved", "trace")}}


class Postfix:
    """A Postfix of its own in a folder.

    milters, submission_milters, non_smtpd_milters   as in main.cf; where the last two are None they are as `milters`
    main        more settings of main.cf, or others than MAIN's
    chroot      "y": as Debian ships it, smtpd and cleanup see only the queue's folder
    processes   of a kind at most (default_process_limit)"""

    def __init__(self, folder, milters=(), submission_milters=None, non_smtpd_milters=None, main=None, chroot="n",
                 processes=100):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.system = System(self.folder)
        self.inbound, self.submission = servers.free_port(), servers.free_port()
        self.milters = [list(milters if m is None else m) for m in (milters, submission_milters, non_smtpd_milters)]
        self.main, self.chroot, self.processes, self.logins = main or {}, chroot, processes, None
        self.lay_out()

    # The folder: /etc/postfix, queue, data, mail boxes, and a postdrop that other users may run.
    def lay_out(self):
        etc, spool = self.folder / "etc" / "postfix", self.folder / "spool"
        shutil.copytree(USR.parent / "etc" / "postfix", etc, symlinks=True, dirs_exist_ok=True)
        (etc / "dynamicmaps.cf").write_text("")
        for folder, account in ((self.folder / "data", "postfix"), (self.folder / "mail", "vmail")):
            folder.mkdir(exist_ok=True)
            os.chown(folder, self.system.id_of(account), 0)
        for name, (owner, group, mode) in QUEUE.items():
            folder = spool / name
            folder.mkdir(exist_ok=True)
            os.chown(folder, self.system.id_of(owner), self.system.id_of(group))
            folder.chmod(mode)
        for name in ("postdrop", "postqueue"):
            program = self.folder / "usr" / "sbin" / name
            shutil.copy(USR / "sbin" / name, program)
            os.chown(program, 0, ACCOUNTS["postdrop"])
            program.chmod(0o2755)
        self.write()

    def write(self):
        """main.cf and master.cf, from what stands in `milters` and `main` now."""
        lists = [", ".join(m) for m in self.milters]
        main = {**MAIN, "default_process_limit": self.processes, "smtpd_milters": lists[0], "non_smtpd_milters": lists[2],
                **self.main}
        smtpd = f"127.0.0.1:{{}} inet n - {self.chroot} - - smtpd"
        master = [smtpd.format(self.inbound), smtpd.format(self.submission), "  -o syslog_name=postfix/submission",
                  "  -o smtpd_sasl_auth_enable=yes", f"  -o {{ smtpd_milters = {lists[1]} }}",
                  "  -o milter_macro_daemon_name=ORIGINATING"]
        self.put("main.cf", "".join(f"{name} = {value}\n" for name, value in main.items()))
        self.put("master.cf", "\n".join(master) + SERVICES.format(c=self.chroot))

    def put(self, name, text):
        """Dated back, for Postfix waits until a file is two seconds old before it believes it."""
        path = self.folder / "etc" / "postfix" / name
        path.write_text(text)
        os.utime(path, (time.time() - 60, time.time() - 60))

    def start(self):
        self.logins = Logins(self.folder / "spool" / "login")
        said = self.folder / "said"
        begun = self.log().count("daemon started")
        with said.open("wb") as out:
            self.system.start("/usr/lib/postfix/sbin/master", "-s", stdout=out, stderr=out)
        wait_for(lambda: self.system.process.poll() is not None or self.log().count("daemon started") > begun)
        assert self.system.first, said.read_text() + self.log()
        return self

    def reload(self):
        self.write()
        self.system.run("/usr/sbin/postfix", "reload")

    def stop(self):
        self.system.stop()
        if self.logins:
            self.logins.stop()
            self.logins = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def log(self):
        log = self.folder / "maillog"
        return log.read_text(errors="replace") if log.exists() else ""

    def sendmail(self, mail, *args, user=None):
        """sendmail(1) in the system, as root or another user."""
        return self.system.run("/usr/sbin/sendmail", *args, stdin=mail, user=user)

    def queue(self):
        """What waits: a line of JSON each."""
        return self.system.run("/usr/sbin/postqueue", "-j").decode().splitlines()

    def flush(self):
        self.system.run("/usr/sbin/postqueue", "-f")

    def client(self, port=None, client=None, name="m.legit.example", helo="m.legit.example", login=None):
        """A session, as from that address where one is given."""
        smtp = Client("127.0.0.1", port or self.inbound, local_hostname=helo, timeout=120)
        if client or login:
            words = [f"{key}={value}" for key, value in (("ADDR", client), ("NAME", client and name), ("LOGIN", login)) if value]
            smtp.ehlo()
            code, text = smtp.docmd("XCLIENT", " ".join(words))
            assert code == 220, (code, text)
        smtp.ehlo()
        return smtp

    def send(self, mail, sender="a@legit.example", to=("b@rcpt.example",), **session):
        """One message in one session; gives code and text of the reply that decided."""
        with self.client(**session) as smtp:
            return smtp.deliver(mail, sender, to)

    def files(self):
        """What was delivered, oldest first."""
        box = self.folder / "mail" / "box" / "new"
        files = [(f.stat().st_mtime_ns, f) for f in box.iterdir()] if box.exists() else []
        return [f for _, f in sorted(files)]

    def delivered(self, n=1, seconds=30):
        """Waits for n messages, takes them out of the box, and checks that there is no more."""
        wait_for(lambda: len(self.files()) >= n, seconds)
        files = self.files()
        assert len(files) == n, (len(files), self.log()[-3000:])
        mails = [Delivered(f.read_bytes()) for f in files]
        for f in files:
            f.unlink()
        return mails


class Delivered:
    """A message as virtual(8) wrote it: its own three fields on top, then `mail`, with LF; `crlf` as it was on the wire."""

    def __init__(self, content):
        top = content.split(b"\n", 3)
        assert top[0].startswith(b"Return-Path: <") and top[2].startswith(b"Delivered-To: "), content[:300]
        self.sender, self.to, self.mail = top[0][14:-1].decode(), top[2][14:].decode(), top[3]

    @property
    def crlf(self):
        return self.mail.replace(b"\n", b"\r\n")

    @property
    def fields(self):
        """(name, whole field with its folds and last line end) from the top."""
        fields, lines = [], self.mail.split(b"\n\n", 1)[0].split(b"\n")
        for line in lines:
            if line[:1] in (b" ", b"\t") and fields:
                fields[-1] += line + b"\n"
            elif line:
                fields.append(line + b"\n")
        return [(f.split(b":")[0].strip().decode(), f) for f in fields]

    def every(self, name):
        return [f for n, f in self.fields if n.lower() == name.lower()]

    def only(self, name):
        found = self.every(name)
        assert len(found) == 1, (name, self.mail[:800])
        return " ".join(found[0].decode().split())


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Client(smtplib.SMTP):
    """smtplib, but the bytes go out as they are, and a refusal is an answer: (code, text)."""

    def begin(self, sender, to, options=()):
        """MAIL and RCPTs; the reply that refuses, else None."""
        reply = self.mail(sender, options)
        for rcpt in to if reply[0] == 250 else ():
            reply = self.rcpt(rcpt)
            if reply[0] not in (250, 251):
                break
        return None if reply[0] in (250, 251) else reply

    def send_data(self, mail):
        """The message with CRLF line ends; without a last one it gets one. Dots are doubled here."""
        code, text = self.docmd("DATA")
        if code != 354:
            return code, text.decode()
        end = b"" if mail.endswith(b"\r\n") or not mail else b"\r\n"
        dotted = (b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")[2:]
        self.sock.sendall(dotted + end + b".\r\n")
        code, text = self.getreply()
        return code, text.decode()

    def deliver(self, mail, sender="a@legit.example", to=("b@rcpt.example",), options=()):
        refused = self.begin(sender, to, options)
        if refused:
            self.rset()
            return refused[0], refused[1].decode()
        return self.send_data(mail)

    def login_plain(self, user):
        token = base64.b64encode(b"\0" + user.encode() + b"\0secret").decode()
        code, text = self.docmd("AUTH", "PLAIN " + token)
        assert code == 235, (code, text)


class Pipelined:
    """A raw session that sends all it is given at once, and then reads the replies one by one."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), 120)
        self.lines = self.sock.makefile("rb")
        assert self.reply()[0] == 220

    def reply(self):
        text = b""
        while True:
            line = self.lines.readline()
            assert line, "the server has gone"
            text += line[4:]
            if line[3:4] != b"-":
                return int(line[:3]), text.decode().rstrip()

    def send(self, *lines):
        self.sock.sendall(b"".join(line.encode() + b"\r\n" if isinstance(line, str) else line for line in lines))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


class Logins:
    """Dovecot's side of its login protocol: every name may log in by PLAIN."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n")
            for line in self.rfile:
                words = line.rstrip(b"\n").split(b"\t")
                if words[0] == b"AUTH":
                    token = next(w[5:] for w in words if w.startswith(b"resp="))
                    self.wfile.write(b"OK\t" + words[1] + b"\tuser=" + base64.b64decode(token).split(b"\0")[1] + b"\n")

    class Listener(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    def __init__(self, path):
        path.unlink(missing_ok=True)
        self.server = self.Listener(str(path), self.Handler)
        path.chmod(0o666)
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
