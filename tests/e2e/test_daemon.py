# SPDX-License-Identifier: BSD-2-Clause
"""The life of ingamd's processes: start, watch, end; what the service manager and the kernel are told."""
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from conftest import message, signed
from daemon import INGAMD, wait_for
from lives import answers, conf, half_a_message, keys, make  # noqa: F401
from milterpeer import Peer
from servers import free_port

# A dead process is to be replaced within 200 ms; these machines are slow, watched by sanitizers and shared.
SOON, MARGIN = 0.2, 1.0
AS_ROOT = os.geteuid() == 0


# --- Start and end -------------------------------------------------------------------------------------------------


def test_words_of_the_command_line(tmp_path):
    def ask(*args):
        done = subprocess.run([INGAMD, *map(str, args)], capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr
    status, text = ask("--help")
    assert status == 0 and "--listen ADDR" in text
    assert re.fullmatch(r"ingamd \d+\.\d+\.\d+\n", ask("--version")[1])
    assert ask("--nonsense")[0] == 64 and ask("word")[0] == 64
    status, text = ask("--listen", 'unix:/x" { }', "--check")
    assert status == 78 and "--listen" in text
    status, text = ask("--check", "--listen", "inet:8891@127.0.0.1")
    assert (status, text) == (0, "the configuration is good\n")
    (tmp_path / "bad.conf").write_text("workers = 2\nlistn \"x\" { }\n")
    status, text = ask("--check", "--config", tmp_path / "bad.conf")
    assert status == 78 and "bad.conf:2:" in text and '"listen"' in text
    status, text = ask("--foreground", "--config", tmp_path / "none.conf")
    assert status == 78 and "none.conf" in text


def test_no_configuration_is_needed(make, tmp_path):
    port = free_port()
    d = make(listen=[f"unix:{tmp_path}/m", f"inet:{port}@127.0.0.1"], args=["--authserv-id", "mx.rcpt.example"]).start()
    for where in (str(tmp_path / "m"), ("127.0.0.1", port)):
        peer = Peer(where)
        peer.connect()
        got = peer.message(signed(message()))
        assert got.code == "c" and "mx.rcpt.example" in got.one("Authentication-Results")
        assert "dmarc=pass" in got.one("Authentication-Results")
        peer.close()
    assert d.stop() == 0
    assert not (tmp_path / "m").exists()
    assert [line for line in d.lines() if " ended" in line], d.lines()


def test_the_socket_has_its_mode(make, tmp_path):
    d = make(f'listen "unix:{tmp_path}/a" {{ }}\nlisten "unix:{tmp_path}/b" {{ mode = 0600 }}\n').start()
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"}
    assert modes == {"a": 0o660, "b": 0o600}
    assert stat.S_IMODE(d.control.stat().st_mode) == 0o660


def test_a_stale_socket_is_replaced(make, tmp_path):
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "milter"))
        left.listen()
    assert (tmp_path / "milter").exists()
    make(conf(tmp_path)).start()
    assert answers(tmp_path / "milter")


def test_what_is_no_socket_stays(make, tmp_path):
    (tmp_path / "milter").write_text("precious")
    d = make(conf(tmp_path)).launch()
    assert d.process.wait(20) == 1
    assert "something else than a socket" in d.lines()[-1]
    assert (tmp_path / "milter").read_text() == "precious"


def test_two_daemons_on_one_socket(make, tmp_path):
    first = make(conf(tmp_path)).start()
    port = free_port()
    second = make(conf(tmp_path), "second").launch()
    assert second.process.wait(20) == 1
    assert re.search(r'listen "unix:.*/milter": another process listens there already', second.lines()[-1])
    assert answers(tmp_path / "milter") and first.pid
    third = make(listen=[f"inet:{port}@127.0.0.1"], name="third").start()
    fourth = make(listen=[f"inet:{port}@127.0.0.1"], name="fourth").launch()
    assert fourth.process.wait(20) == 1 and "another process listens there already" in fourth.lines()[-1]
    assert third.pid


def test_a_socket_of_another_is_not_removed(make, tmp_path):
    d = make(conf(tmp_path)).start()
    (tmp_path / "milter").unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "milter"))
        assert d.stop() == 0
        assert (tmp_path / "milter").exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root can be another user")
def test_an_account_that_is_not_there(make, tmp_path):
    d = make('user = "nosuchaccount"\n' + conf(tmp_path)).launch()
    assert d.process.wait(20) == 1
    assert 'there is no account "nosuchaccount"' in d.lines()[-1]


def test_what_does_not_come_up_ends_the_whole(make, tmp_path):
    """A worker that cannot read its DNS says why, and whoever started us hears of it."""
    d = make(conf(tmp_path, workers=1), zone="$ORIGIN (\nnonsense").launch()
    assert d.process.wait(30) == 1
    assert any("worker 0 does not come up" in line for line in d.lines()), d.lines()
    assert any("dns.zone" in line for line in d.lines()) and not (tmp_path / "milter").exists()


def test_in_the_background(tmp_path):
    """For a plain init: the command returns when it serves; the pid file names what to end."""
    pidfile, sock = tmp_path / "pid", tmp_path / "m"
    done = subprocess.run([INGAMD, "--listen", f"unix:{sock}", "--pidfile", pidfile], timeout=30, stderr=subprocess.DEVNULL)
    assert done.returncode == 0
    pid = int(pidfile.read_text())
    try:
        assert answers(sock)
        stats = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        assert int(stats[3]) != os.getsid(0) and int(stats[4]) == 0      # a session of its own, no terminal
    finally:
        os.kill(pid, signal.SIGTERM)
    assert wait_for(lambda: not pidfile.exists() and not sock.exists())
    again = subprocess.run([INGAMD, "--listen", f"unix:{tmp_path}/no/such/folder"], timeout=30, capture_output=True)
    assert again.returncode == 1 and b"No such file" in again.stderr


# --- The service manager -------------------------------------------------------------------------------------------


# LISTEN_PID must be the number of the process itself, which only it knows.
ACTIVATE = ["sh", "-c", 'export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=other:milter; exec "$0" "$@"']


def test_socket_activation(make, tmp_path):
    listening = []
    for name in ("other", "milter"):
        s = socket.socket(socket.AF_UNIX)
        s.bind(str(tmp_path / name))
        s.listen()
        listening.append(s)
    d = make('listen "systemd:milter" { }\n', before=ACTIVATE)

    def hand_over():
        kept = [os.dup(s.fileno()) for s in listening]
        for at, fd in enumerate(kept):
            os.dup2(fd, 3 + at)
            os.set_inheritable(3 + at, True)
    d.start(preexec_fn=hand_over, close_fds=False)
    assert answers(tmp_path / "milter")
    assert d.reload()["ok"] and answers(tmp_path / "milter")
    assert d.stop() == 0
    assert (tmp_path / "milter").exists()      # not ours to remove
    d = make('listen "systemd:milter" { }\n', "without").launch()
    assert d.process.wait(20) == 1 and "the service manager gave no socket of this name" in d.lines()[-1]


def test_notify(make, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        d = make(conf(tmp_path), env={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}).start()

        def told(what):
            while True:
                said = manager.recv(4096).decode()
                if what in said:
                    return said
        assert "STATUS=serving" in told("READY=1")
        begun = time.monotonic()
        for _ in range(5):
            told("WATCHDOG=1")
        assert 0.5 < time.monotonic() - begun < 3
        os.kill(d.pid, signal.SIGHUP)
        assert re.search(r"MONOTONIC_USEC=\d{6,}", told("RELOADING=1"))
        assert "configuration 2" in told("READY=1")
        d.conf.write_text("nonsense\n")
        os.kill(d.pid, signal.SIGHUP)
        told("RELOADING=1")
        assert "refused" in told("READY=1")
        os.kill(d.pid, signal.SIGTERM)
        told("STOPPING=1")
        assert d.stop() == 0


# --- Rights --------------------------------------------------------------------------------------------------------


def facts(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def test_children_have_given_up_their_rights(make, tmp_path):
    port = free_port()
    d = make(conf(tmp_path, f'sign {{ keys = "{keys(tmp_path / "keys", "legit.example")}" }}', f'metrics = "127.0.0.1:{port}"')).start()
    nobody = "65534"
    assert wait_for(lambda: len(d.children("status")) == 1 and d.get(port, "/healthz")[0] == 200)
    for role, n in (("worker", 2), ("keyd", 1), ("status", 1)):
        pids = d.children(role)
        assert len(pids) == n, (role, d.children())
        for pid in pids:
            f = facts(pid)
            assert f["Seccomp"] == "2" and f["NoNewPrivs"] == "1", role
            assert int(f["CapEff"], 16) == int(f["CapPrm"], 16) == int(f["CapAmb"], 16) == int(f["CapInh"], 16) == 0, role
            if AS_ROOT:
                assert set(f["Uid"].split()) == {nobody} and int(f["CapBnd"], 16) == 0, role
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            assert re.search(r"Max core file size\s+0\s+0", limits), role
            assert facts(pid)["PPid"] == str(d.pid)
    if AS_ROOT:
        # what bind, chown, kill, locked memory and another user need, or fewer
        assert int(facts(d.pid)["CapEff"], 16) & ~0b100010111101111 == 0
    for pid in [*d.children("worker"), *d.children("status")]:
        opened = [os.readlink(f"/proc/{pid}/fd/{n}") for n in os.listdir(f"/proc/{pid}/fd")]
        assert not [o for o in opened if "keys" in o or "ingam.conf" in o], opened


# --- Deaths --------------------------------------------------------------------------------------------------------


def test_what_dies_is_replaced_at_once(make, tmp_path):
    port = free_port()
    d = make(conf(tmp_path, f'sign {{ keys = "{keys(tmp_path / "keys", "legit.example")}" }}', f'metrics = "127.0.0.1:{port}"')).start()
    took = {}
    for role in ("worker", "keyd", "status", "worker"):
        assert wait_for(lambda: len(d.children()) == 4)      # a keyd that was renewed has left
        before, had = d.children(role), len(d.now())
        os.kill(before[0], signal.SIGKILL)
        begun = time.monotonic()
        assert wait_for(lambda: len(d.children(role)) == len(before) and before[0] not in d.children(role), step=0.002), role
        took[role] = time.monotonic() - begun
        assert took[role] < SOON + MARGIN, took
        assert d.wait_line(rf"{role}.* ended: signal 9 \(KILL\); its successor starts in \d+ ms", after=had), role
    assert wait_for(lambda: d.metrics(port)["ingam_workers_accepting"] == 2)
    m = d.metrics(port)
    assert [m[f'ingam_restarts_total{{process="{role}"}}'] for role in ("worker", "keyd", "status")] == [2, 1, 1]
    assert answers(tmp_path / "milter")
    status = d.ask("status")
    assert sum(p["restarts"] for p in status["processes"]) == 4 and all(p["ready"] for p in status["processes"])
    print("replaced within", {role: f"{seconds * 1000:.0f} ms" for role, seconds in took.items()})


def test_sessions_of_other_workers_go_on(make, tmp_path):
    d = make(conf(tmp_path)).start()
    peers = {}
    for taker, other in (workers := d.children("worker"), workers[::-1]):
        os.kill(other, signal.SIGSTOP)
        peers[taker] = [Peer(str(tmp_path / "milter")) for _ in range(3)]
        for peer in peers[taker]:
            peer.connect()
        os.kill(other, signal.SIGCONT)
    os.kill(workers[0], signal.SIGKILL)
    assert all(peer.is_gone() for peer in peers[workers[0]])
    assert all(peer.message(signed(message())).code == "c" for peer in peers[workers[1]])
    assert answers(tmp_path / "milter")


def test_a_silent_worker_is_replaced(make, tmp_path):
    d = make(conf(tmp_path, workers=1)).start()
    worker = d.children("worker")[0]
    os.kill(worker, signal.SIGSTOP)
    assert d.wait_line("worker 0 has been silent for 10 s: it is killed", 20)
    assert wait_for(lambda: d.children("worker") not in ([], [worker]))
    assert answers(tmp_path / "milter")


@pytest.mark.skipif(not AS_ROOT, reason="only root can have accounts of its own")
def test_back_off(make, tmp_path):
    """Workers cannot start any more, for their account is gone: each try waits longer; when it is back they come up."""
    accounts = tmp_path / "passwd"
    account = "ingamtest:x:4711:4711::/nonexistent:/bin/false\n"
    accounts.write_text(pathlib.Path("/etc/passwd").read_text() + account)
    own = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/passwd && exec "$@"', accounts]
    if subprocess.run([*map(str, own), "true"], capture_output=True).returncode:
        pytest.skip("no mount namespaces here")
    d = make('user = "ingamtest"\n' + conf(tmp_path), before=own).start()
    with accounts.open("r+") as f:
        f.truncate(len(accounts.read_text()) - len(account))
    os.kill(d.children("worker")[0], signal.SIGKILL)
    assert d.wait_line("worker 0 ended: .* in 1600 ms")
    waits = [int(w) for w in re.findall(r"worker 0 ended: .* in (\d+) ms", "\n".join(d.now()))]
    assert waits[:5] == [0, 200, 400, 800, 1600]
    assert len(d.children("worker")) == 1 and answers(tmp_path / "milter")     # mail goes on
    with accounts.open("a") as f:
        f.write(account)
    assert wait_for(lambda: len(d.children("worker")) == 2 and all(p["ready"] for p in d.ask("status")["processes"]))


def test_the_parent_dies(make, tmp_path):
    """Its children finish and leave; nothing stays behind."""
    d = make(conf(tmp_path)).start()
    children = d.children()
    assert len(children) == 2
    d.process.kill()
    d.process.wait(10)
    assert wait_for(lambda: not [c for c in children if pathlib.Path(f"/proc/{c}/exe").exists() and not is_zombie(c)])


def is_zombie(pid):
    try:
        return facts(pid)["State"].startswith("Z")
    except FileNotFoundError:
        return True


# --- The end -------------------------------------------------------------------------------------------------------


def test_drain(make, tmp_path):
    d = make(conf(tmp_path)).start()
    peer, fields, body = half_a_message(tmp_path / "milter")
    idle = Peer(str(tmp_path / "milter"))
    os.kill(d.pid, signal.SIGTERM)
    assert wait_for(lambda: not (tmp_path / "milter").exists())
    assert idle.is_gone()
    with pytest.raises(OSError):
        Peer(str(tmp_path / "milter"))
    time.sleep(0.3)
    assert d.pid
    peer.body(body)
    got = peer.end(fields)
    assert got.code == "c" and "dmarc=pass" in got.one("Authentication-Results")
    assert d.process.wait(10) == 0
    peer.close()


def test_draining_has_an_end(make, tmp_path):
    d = make(conf(tmp_path, "limits { drain = 1s }")).start()
    peer, *_ = half_a_message(tmp_path / "milter")
    os.kill(d.pid, signal.SIGTERM)
    begun = time.monotonic()
    assert d.process.wait(10) == 0
    assert 0.8 < time.monotonic() - begun < 5
    assert peer.is_gone()


def test_a_second_signal_ends_it_now(make, tmp_path):
    d = make(conf(tmp_path)).start()
    peer, *_ = half_a_message(tmp_path / "milter")
    os.kill(d.pid, signal.SIGTERM)
    assert d.wait_line("finishing what is under way")
    os.kill(d.pid, signal.SIGINT)
    begun = time.monotonic()
    assert d.process.wait(10) == 0
    assert time.monotonic() - begun < 3 and peer.is_gone()


def test_a_log_that_nobody_reads(make, tmp_path):
    """Mail does not wait for it; when it is read again, it says what is missing."""
    d = make(conf(tmp_path))
    reads, writes = os.pipe()
    process = subprocess.Popen(list(map(str, d.command)), stdin=subprocess.DEVNULL, stderr=writes)
    os.close(writes)
    try:
        assert wait_for(lambda: answers(tmp_path / "milter"))
        peer = Peer(str(tmp_path / "milter"))
        peer.connect()
        begun = time.monotonic()
        assert all(peer.message(signed(message())).code == "c" for _ in range(400))
        assert time.monotonic() - begun < 10
        assert os.read(reads, 1 << 20).endswith(b"\n")
        assert peer.message(signed(message())).code == "c"
        peer.close()
        assert re.search(rb"\d+ lines of the log are lost", os.read(reads, 1 << 20))
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        os.close(reads)


def test_a_flood_of_connections_to_monitoring(make, tmp_path):
    """It waits for a free descriptor without filling the log, nor a processor; when the flood is over it answers."""
    port = free_port()
    d = make(conf(tmp_path, f'metrics = "127.0.0.1:{port}"')).start()
    status, had = d.children("status")[0], len(d.now())
    assert wait_for(lambda: answers(tmp_path / "milter"))
    flood = []
    for _ in range(150):
        flood.append(socket.socket())
        flood[-1].setblocking(False)
        flood[-1].connect_ex(("127.0.0.1", port))
    time.sleep(1)
    with open(f"/proc/{status}/stat") as f:
        ticks = sum(map(int, f.read().rpartition(")")[2].split()[11:13]))
    assert ticks < 30 and len(d.now()) - had < 5 and answers(tmp_path / "milter")
    for one in flood:
        one.close()
    assert wait_for(lambda: d.metrics(port)["ingam_workers_accepting"] == 2)
