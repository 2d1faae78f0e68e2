# SPDX-License-Identifier: BSD-2-Clause
"""A real Exim on loopback that was never installed, with ingamd beside it as `ingam setup exim` tells.

    exim = Exim(folder, address="127.0.0.1 8899")     None: without us
    exim.send(mail, client="192.0.2.10")              as from that address (PROXY protocol); gives the reply that decided
    exim.delivered(1)                                 what came out, as files
    exim.sink                                         mail for far.example goes there by SMTP

    Rig(folder, conf)    Exim and ingamd, started and stopped together

The Exim is Debian's exim4-daemon-heavy in namespaces of its own (mta.System); without root or packages the tests skip."""
import json
import re
import shutil
import socketserver
import threading

import letters
import mta
import servers
from daemon import Ingamd

MAIN = """
primary_hostname = mx.rcpt.example
spool_directory = /srv/spool
log_file_path = /srv/log/%slog
pid_file_path = /srv/exim.pid
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
host_lookup =
rfc1413_hosts =
tls_advertise_hosts =
hosts_proxy = 127.0.0.1
auth_advertise_hosts = *
smtp_accept_max = 100
message_size_limit = 50M
untrusted_set_sender = *
trusted_users = daemon
acl_smtp_rcpt = accept
acl_smtp_data = acl_check_data
"""
REST = """
begin routers
nowhere:
  driver = redirect
  domains = nowhere.example
  allow_fail
  data = :fail: nobody there
far:
  driver = manualroute
  domains = far.example
  route_data = 127.0.0.1
  transport = out
  self = send
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = /srv/mail
  maildir_format
  create_directory
  user = Debian-exim
  group = Debian-exim
out:
  driver = smtp
  port = {sink}
  hosts_avoid_tls = *
  hosts_try_chunking =
begin retry
* * F,1h,2s
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = yes
  server_set_id = $auth2
"""
CHANGING = [(rb"\b[0-9A-Za-z]{6}-[0-9A-Za-z]{6}-[0-9A-Za-z]{2}\b", b"QUEUEID"), (rb"\bport=\d+", b"port=PORT"),
            (rb"[A-Z][a-z]{2}, [ \d]\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$", b"DATE")]


def shape(mail):
    """A mail without what Exim makes new each time: ids, ports and dates of its own fields."""
    head, blank, body = mail.partition(b"\n\n")
    own, fold, rest = head.partition(b"\nFrom:")
    for pattern, instead in CHANGING:
        own = re.sub(pattern, instead, own, flags=re.M)
    return own + fold + rest + blank + body


class Delivered(mta.Delivered):
    """A file of the maildir: the message and nothing else."""

    def __init__(self, content):
        self.mail = content


class Sink:
    """A mail server that takes all it is given; `mails` as they came over the wire."""

    def __init__(self):
        sink = self
        self.mails = []

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 sink")
                for line in self.rfile:
                    word = line[:4].upper().strip()
                    self.say({b"QUIT": "221 bye", b"DATA": "354 go on"}.get(word, "250 ok"))
                    if word == b"DATA":
                        self.data()

            def say(self, text):
                self.wfile.write(text.encode() + b"\r\n")

            def data(self):
                lines = list(iter(self.rfile.readline, b".\r\n"))
                sink.mails.append(b"".join(line[1:] if line.startswith(b".") else line for line in lines))
                self.say("250 taken")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", servers.free_port()), Session)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self, n=1):
        assert mta.wait_for(lambda: len(self.mails) >= n), self.mails
        mails, self.mails = self.mails, []
        return mails

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def our_lines(address, on_failure="accept"):
    """What is shipped for the main section, the ACL and that for mail without SMTP, filled in as `ingam setup exim` does."""
    main, acl, local = ((servers.TOP / "packaging" / f"exim-{name}.conf").read_text() for name in ("main", "acl", "local"))
    return (main.replace("@ADDRESS@", address) + "acl_not_smtp = acl_ingam_local\n",
            acl if on_failure == "accept" else acl.replace("/defer_ok\n", "\n"), f"acl_ingam_local:\n{local}  accept\n")


class Exim:
    def __init__(self, folder, address=None, on_failure="accept", more=""):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.system = mta.System(folder, "usr/sbin/exim4")
        self.port, self.sink = servers.free_port(), Sink()
        main, acl, local = our_lines(address, on_failure) if address else ("", "", "")
        (folder / "etc" / "exim4").mkdir(exist_ok=True)
        (folder / "etc" / "exim4" / "exim4.conf").write_text(
            more + MAIN.format(port=self.port) + main + "begin acl\n" + local + "acl_check_data:\n" + acl + "  accept\n"
            + REST.format(sink=self.sink.port))
        program = folder / "usr" / "sbin" / "exim4"
        shutil.copy(mta.USR / "sbin" / "exim4", program)
        program.chmod(0o4755)
        for name in ("spool", "log", "mail"):
            (folder / name).mkdir(exist_ok=True)
            shutil.chown(folder / name, self.system.id_of("Debian-exim"), self.system.id_of("Debian-exim"))

    def start(self):
        with (self.folder / "said").open("wb") as out:
            self.system.start("/usr/sbin/exim4", "-bdf", "-q2s", stdout=out, stderr=out)
        mta.wait_for(lambda: self.system.process.poll() is not None or mta.answers(self.port))
        assert self.system.first, (self.folder / "said").read_text()
        return self

    def stop(self):
        self.system.stop()
        self.sink.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def log(self):
        return "".join(log.read_text(errors="replace") for log in sorted((self.folder / "log").glob("*log")))

    def sendmail(self, mail, *args, user=None):
        return self.system.run("/usr/sbin/exim4", *args, stdin=mail, user=user, check=False)

    def queue(self):
        return self.system.run("/usr/sbin/exim4", "-bp").decode()

    def client(self, client=letters.GOOD, helo="m.legit.example"):
        smtp = Client(local_hostname=helo, timeout=120)
        smtp.client = client
        smtp.connect("127.0.0.1", self.port)
        smtp.ehlo()
        return smtp

    def send(self, mail, sender="a@legit.example", to=("b@rcpt.example",), **session):
        with self.client(**session) as smtp:
            return smtp.deliver(mail, sender, to)

    def files(self):
        box = self.folder / "mail" / "new"
        return sorted(box.iterdir(), key=lambda f: f.stat().st_mtime_ns) if box.exists() else []

    def delivered(self, n=1, seconds=30):
        mta.wait_for(lambda: len(self.files()) >= n, seconds)
        files = self.files()
        assert len(files) == n, (len(files), self.log()[-3000:])
        mails = [Delivered(f.read_bytes()) for f in files]
        for f in files:
            f.unlink()
        return mails


class Client(mta.Client):
    """A client that says in the PROXY protocol which address it has."""

    def _get_socket(self, host, port, timeout):
        sock = super()._get_socket(host, port, timeout)
        family = "TCP6" if ":" in self.client else "TCP4"
        ours = "2001:db8::25" if family == "TCP6" else "192.0.2.25"
        sock.sendall(f"PROXY {family} {self.client} {ours} 40000 25\r\n".encode())
        return sock


class Rig:
    """conf: lines of ingam.conf beside the socket and the log; more goes to Exim."""

    def __init__(self, folder, conf="", zone=None, dns=True, **more):
        self.port = servers.free_port()
        text = (f'authserv-id = "mx.rcpt.example"\nlog {{ to = stderr form = json }}\n'
                f'listen "inet:{self.port}@127.0.0.1" {{ front = rspamc }}\n')
        self.ingamd = Ingamd(folder / "ingamd", text + conf, zone=(letters.zone() if zone is None else zone) if dns else None)
        self.exim = Exim(folder / "exim", f"127.0.0.1 {self.port}", **more)

    def __enter__(self):
        self.ingamd.start()
        self.exim.start()
        return self

    def __exit__(self, *_):
        self.exim.stop()
        self.ingamd.stop()

    def told(self):
        """The lines of the log that tell of messages."""
        return [line for line in map(json.loads, self.ingamd.lines()) if "action" in line]

    def send(self, mail, **session):
        return self.exim.send(mail, **session)

    def comes_out(self, mail, names, **session):
        """Sends it; our fields on top of what was delivered must be `names`. Gives them, and the rest."""
        code, text = self.send(mail, **session)
        assert code == 250, (code, text, self.exim.log()[-2000:])
        return letters.take_ours(self.exim.delivered()[0], names)
