# SPDX-License-Identifier: BSD-2-Clause
"""The world of ./run bench milter: one private mount and network namespace with a resolver at 127.0.0.1, a Postfix, and the filters that
are compared. Nothing outside is seen or changed; when this process ends, everything in it has ended.

Address 192.0.2.7 is put on the loopback device, so that the client is a stranger to all filters and SPF has work to do."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

CLIENT = "192.0.2.7"
PORT = 2525
BOX = pathlib.Path("/var/spool/box")
USERS = ["postfix", "opendkim", "opendmarc", "_rspamd", "policyd-spf"]
GROUPS = USERS + ["postdrop"]


def run(*command):
    subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL)


def enter(root):
    """Called in a fresh namespace (unshare --mount --net --pid --fork): lays the fetched programs over /usr and /etc."""
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "proc", "proc", "/proc")
    for folder in ("usr", "etc"):
        run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={root}/{folder}:/{folder}", f"/{folder}")
    for folder in ("/run", "/var/spool", "/var/lib", "/var/log"):
        run("mount", "-t", "tmpfs", "tmpfs", folder)
    os.makedirs("/run/lock", exist_ok=True)
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{CLIENT}/32", "dev", "lo")


def own_file(folder, path, text):
    """Puts a file of ours in the place of one of the system's, for this namespace."""
    mine = folder / path.strip("/").replace("/", "_")
    mine.write_text(text)
    run("mount", "--bind", mine, path)


def accounts(folder):
    users, groups = pathlib.Path("/etc/passwd").read_text(), pathlib.Path("/etc/group").read_text()
    for number, name in enumerate(GROUPS, 30001):
        groups += f"{name}:x:{number}:\n"
        if name in USERS:
            users += f"{name}:x:{number}:{number}::/var/empty:/usr/sbin/nologin\n"
    own_file(folder, "/etc/passwd", users)
    own_file(folder, "/etc/group", groups)
    own_file(folder, "/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:2\n")


def owned(path, user, mode=0o755):
    os.makedirs(path, exist_ok=True)
    shutil.chown(path, user, user)
    os.chmod(path, mode)


def wait_for(address, seconds=20):
    """Until somebody accepts: a path or (host, port)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as s:
            s.settimeout(1)
            try:
                s.connect(address)
                return
            except OSError:
                time.sleep(0.05)
    raise SystemExit(f"nobody answers at {address}")


class Program:
    """One program and its children, with the CPU time and memory of all of them."""

    def __init__(self, name, command, address, log):
        self.name, self.address = name, address
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        start_new_session=True)
        wait_for(address)

    def pids(self):
        children = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    fields = pathlib.Path("/proc", entry, "stat").read_text().rsplit(")", 1)[1].split()
                    children.setdefault(int(fields[1]), []).append(int(entry))
                except OSError:
                    pass
        found, open_ = [], [self.process.pid]
        while open_:
            pid = open_.pop()
            found.append(pid)
            open_ += children.get(pid, [])
        return found

    def cpu_s(self):
        """All CPU seconds so far, of children that have ended and were waited for as well."""
        ticks = 0
        for pid in self.pids():
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                ticks += sum(int(fields[i]) for i in ((11, 12, 13, 14)))
            except OSError:
                pass
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_kb(self):
        """PSS and RSS of all its processes."""
        sums = {"Pss:": 0, "Rss:": 0}
        for pid in self.pids():
            try:
                for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    word = line.split()
                    if word[0] in sums:
                        sums[word[0]] += int(word[1])
            except OSError:
                pass
        return sums["Pss:"], sums["Rss:"]

    def stop(self):
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGTERM)
            except OSError:
                pass
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_dns(folder, records, log):
    """One resolver for all: it answers at once from memory, as a cache would."""
    lines = ["server:", " interface: 127.0.0.1", " port: 53", ' username: ""', ' chroot: ""', ' pidfile: ""', ' directory: "/"',
             " do-ip6: no", " use-syslog: no", ' module-config: "iterator"', " do-not-query-localhost: no",
             ' local-zone: "." static', ' local-data: ". 3600 IN SOA . . 1 3600 900 86400 3600"']
    for name, text in records:
        pieces = " ".join(f'"{text[i:i + 250]}"' for i in range(0, len(text), 250))
        lines.append(f" local-data: '{name}. 3600 IN TXT {pieces}'")
    lines += [f' local-data: "mx.author.example. 3600 IN A {CLIENT}"', f' local-data-ptr: "{CLIENT} mx.author.example"',
              ' local-data: "rcpt.example. 3600 IN A 127.0.0.1"', ' local-data: "author.example. 3600 IN MX 10 mx.author.example."']
    (folder / "unbound.conf").write_text("\n".join(lines) + "\nremote-control:\n control-enable: no\n")
    program = Program("unbound", ["unbound", "-d", "-c", folder / "unbound.conf"], ("127.0.0.1", 53), log)
    return program


class Postfix:
    """smtpd at CLIENT:2525 that discards what it has taken."""

    def __init__(self, folder, log):
        self.folder, self.log = folder / "postfix", log
        self.folder.mkdir()
        self.queue, self.process = pathlib.Path("/var/spool/postfix"), None
        shutil.copy("/etc/postfix/postfix-files", self.folder) if os.path.exists("/etc/postfix/postfix-files") else None
        owned("/var/lib/postfix", "postfix")
        self.queue.mkdir()
        owned(BOX, "postfix")

    def start(self, settings):
        main = {"compatibility_level": "3.6", "queue_directory": self.queue, "command_directory": "/usr/sbin",
                "daemon_directory": "/usr/lib/postfix/sbin", "data_directory": "/var/lib/postfix", "mail_owner": "postfix",
                "setgid_group": "postdrop", "myhostname": "mx.rcpt.example", "mydestination": "", "inet_interfaces": "all",
                "inet_protocols": "ipv4", "mynetworks": "127.0.0.0/8", "virtual_mailbox_domains": "rcpt.example",
                "virtual_transport": "discard:", "smtpd_relay_restrictions": "permit_mynetworks,reject_unauth_destination",
                "default_process_limit": "60", "smtpd_client_connection_count_limit": "0", "maillog_file": "/var/log/postfix.log",
                "maillog_file_prefixes": "/var", "smtpd_peername_lookup": "yes", "alias_maps": "", "local_recipient_maps": "",
                "virtual_mailbox_maps": "static:b/", "virtual_mailbox_base": str(BOX), "virtual_minimum_uid": "1",
                "virtual_uid_maps": "static:30001", "virtual_gid_maps": "static:30001", "in_flow_delay": "0", "milter_protocol": "6", "shlib_directory": "/usr/lib/postfix"}
        main.update(settings)
        (self.folder / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in main.items()))
        services = [f"{PORT} inet n - n - - smtpd", "postlog unix-dgram n - n - 1 postlogd", "cleanup unix n - n - 0 cleanup",
                    "qmgr unix n - n 300 1 qmgr", "rewrite unix - - n - - trivial-rewrite", "discard unix - - n - - discard",
                    "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce",
                    "pickup unix n - n 60 1 pickup", "error unix - - n - - error", "anvil unix - - n - 1 anvil",
                    "proxymap unix - - n - - proxymap", "verify unix - - n - 1 verify", "flush unix n - n 1000? 0 flush",
                    "showq unix n - n - - showq", "tlsmgr unix - - n 1000? 1 tlsmgr", "scache unix - - n - 1 scache",
                    "virtual unix - n n - - virtual",
                    "policyd-spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf"]
        (self.folder / "master.cf").write_text("\n".join(services) + "\n")
        run("postfix", "-c", self.folder, "check")
        self.process = Program("postfix", ["/usr/lib/postfix/sbin/master", "-c", self.folder, "-d"], (CLIENT, PORT), self.log)

    def stop(self):
        """What waits in the queue goes with it: it must not be delivered under the next row's settings."""
        self.process.stop()
        for name in ("maildrop", "incoming", "active", "deferred"):
            for file in (self.queue / name).rglob("*"):
                if file.is_file():
                    file.unlink()
