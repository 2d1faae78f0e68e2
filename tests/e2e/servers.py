# SPDX-License-Identifier: BSD-2-Clause
"""Real name servers on loopback: high ports, folders of their own, ended by the process that was started."""
import os
import pathlib
import random
import shutil
import socket
import subprocess
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


def find(program):
    """The program, from what tools/servers fetched or as installed; without it the test is skipped."""
    fetched = pathlib.Path(os.environ.get("INGAM_SERVERS") or TOP / "build" / "servers") / "bin"
    found = shutil.which(program, path=f"{fetched}:{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{program} is not here; tools/servers fetches it")
    return found


taken = set()


def free_port():
    """A port that nobody has for UDP nor TCP, below those that the system gives to clients, and never the same twice."""
    for port in random.sample(range(20000, 32000), 200):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            try:
                for s in (udp, tcp):
                    s.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in taken:
            taken.add(port)
            return port
    raise AssertionError("no port is free")


class Server:
    """A program that answers on 127.0.0.1 at a port of its own."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        folder.mkdir()

    @property
    def address(self):
        return f"127.0.0.1@{self.port}"

    def said(self):
        log = self.folder / "log"
        return log.read_text() if log.exists() else "it ended without a word"

    def start(self, *command):
        """Starts it; again where the one before has not left the port yet."""
        for _ in range(10):
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL)
            if self.answers():
                return
            time.sleep(0.3)
        raise AssertionError(self.said())

    def answers(self):
        """False: it has ended."""
        for _ in range(800):
            if self.process.poll() is not None:
                return False
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)
        self.process = None


SOA = "@ 86400 SOA ns hostmaster 1 3600 600 86400 {negative}\n@ NS ns\nns A 127.0.0.1\n"


class Nsd(Server):
    """Serves zones given as text; `serve` replaces them all."""

    def serve(self, zones, negative=1800):
        program = find("nsd")
        self.stop()
        conf = [f'server:\n ip-address: {self.address}\n username: ""\n chroot: ""\n zonesdir: "{self.folder}"',
                f' database: ""\n pidfile: ""\n zonelistfile: "{self.folder}/list"\n xfrdfile: "{self.folder}/xfrd"',
                f' xfrdir: "{self.folder}"\n logfile: "{self.folder}/log"\n server-count: 1\n do-ip6: no',
                "remote-control:\n control-enable: no"]
        for name, text in zones.items():
            (self.folder / name).write_text(f"$ORIGIN {name}.\n$TTL 3600\n{SOA.format(negative=negative)}{text}\n")
            conf.append(f'zone:\n name: "{name}"\n zonefile: "{name}"')
        (self.folder / "nsd.conf").write_text("\n".join(conf) + "\n")
        self.start(program, "-d", "-c", self.folder / "nsd.conf")


TSIG = 'key "ingam" { algorithm hmac-sha256; secret "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="; };\n'


class Named(Server):
    """A primary that takes updates signed with a TSIG key; other keys and none are refused."""

    def serve(self, zone):
        program = find("named")
        self.tsig = self.folder / "tsig.key"
        self.tsig.write_text(TSIG)
        (self.folder / "zone").write_text(f"$ORIGIN {zone}.\n$TTL 3600\n{SOA.format(negative=1800)}")
        (self.folder / "named.conf").write_text(
            f'{TSIG}options {{ directory "{self.folder}"; listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};'
            f' pid-file none; session-keyfile none; recursion no; dnssec-validation no; notify no; }};\ncontrols {{ }};\n'
            f'zone "{zone}" {{ type primary; file "zone"; allow-update {{ key ingam; }}; }};\n')
        self.start(program, "-f", "-c", self.folder / "named.conf", "-L", self.folder / "log")
