# SPDX-License-Identifier: BSD-2-Clause
"""An ingamd of a test's own: in the foreground, in a folder, ended by its own number.

    d = Ingamd(folder, 'listen "unix:..." { }')    writes folder/ingam.conf; user and control stand in front where it names none
    d = Ingamd(folder, listen=[f"unix:{folder}/milter"])           without a configuration file
    d.start() ... d.stop()                         or: with Ingamd(...) as d
    d.pid, d.lines(), d.children("worker"), d.ask("status"), d.metrics(port)
"""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.request

from conftest import BINARY

INGAMD = os.environ.get("INGAMD") or str(pathlib.Path(BINARY).parent / "ingamd")
READY = re.compile(r"parent[:\"].*\bready: \d+ workers")


def wait_for(what, seconds=20, step=0.01):
    """What `what` gives as soon as that is true, or at the end."""
    end = time.monotonic() + seconds
    while True:
        got = what()
        if got or time.monotonic() > end:
            return got
        time.sleep(step)


class Ingamd:
    def __init__(self, folder, text=None, *, zone=None, listen=(), args=(), env=None, before=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.conf, self.log, self.control = self.folder / "ingam.conf", self.folder / "log", self.folder / "control"
        self.command, self.env, self.process, self.kept = [*before, INGAMD, "--foreground", *args], env or {}, None, []
        if text is not None:
            self.write(text)
            self.command += ["--config", self.conf]
        for address in listen:
            self.command += ["--listen", address]
        if zone is not None:
            (self.folder / "dns.zone").write_text(zone)
            self.command += ["--dns", self.folder / "dns.zone"]

    def write(self, text):
        """Makes the configuration this; daemons of tests run as nobody, where root starts them, and have a control socket."""
        if not re.search(r"^\s*user\s*=", text, re.M):
            text = 'user = "nobody"\n' + text
        if not re.search(r"^\s*control\s*=", text, re.M):
            text = f'control = "{self.control}"\n' + text
        self.conf.write_text(text)

    # --- life -------------------------------------------------------------------------------------------------------

    def launch(self, **more):
        """Starts it and does not wait."""
        environment = {**os.environ, **self.env}
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        self.before = len(self.lines())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(list(map(str, self.command)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                            stderr=log, env=environment, **more)
        return self

    def start(self, **more):
        self.launch(**more)
        assert self.wait_line(READY), "\n".join(self.lines())
        return self

    def stop(self, how=signal.SIGTERM, seconds=45):
        """Ends it as an operator does. ret its exit status"""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise
        finally:
            self.process = None
        said = "\n".join(self.lines())
        assert "Sanitizer" not in said and "runtime error" not in said, said
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.process.pid if self.process and self.process.poll() is None else None

    # --- what it says -----------------------------------------------------------------------------------------------

    def lines(self):
        """Every whole line of the log, of all its lives."""
        text = self.log.read_bytes().decode(errors="replace") if self.log.exists() else ""
        return text[:text.rfind("\n") + 1].splitlines()

    def now(self):
        """The lines since it was started last."""
        return self.lines()[self.before:]

    def wait_line(self, pattern, seconds=20, after=0):
        """The first line since the start (and behind `after` of them) that has the pattern; None: it did not come, or it has ended."""
        found = None

        def look():
            nonlocal found
            has_ended = self.process.poll() is not None
            found = next((line for line in self.now()[after:] if re.search(pattern, line)), None)
            return found or has_ended
        wait_for(look, seconds)
        return found

    def children(self, role=""):
        """Process numbers of the children with this word in their name: worker, keyd, status."""
        try:
            pids = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            named = [(int(p), pathlib.Path(f"/proc/{p}/comm").read_text()) for p in pids]
        except (FileNotFoundError, ProcessLookupError):
            return []
        return [p for p, name in named if role in name]

    def ask(self, command, seconds=20):
        """The answer of the control socket."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(seconds)
            s.connect(str(self.control))
            s.sendall(command.encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                came = s.recv(65536)
                if not came:
                    break
                answer += came
        return json.loads(answer)

    def reload(self, text=None):
        if text is not None:
            self.write(text)
        return self.ask("reload")

    def get(self, port, path):
        """Status and text of what monitoring asks for."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()

    def metrics(self, port):
        """Each sample by its name and labels."""
        status, text = self.get(port, "/metrics")
        assert status == 200 and text.endswith("# EOF\n"), text
        samples = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in samples}
