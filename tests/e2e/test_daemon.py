# SPDX-License-Identifier: BSD-2-Clause
"""The life of ingamd's processes: start, watch, reload, end, and what people and machines may ask it."""
import json
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from conftest import message, run, signed, zone_text
from daemon import INGAMD, Ingamd, wait_for
from milterpeer import ALL_ACTIONS, ALL_OPTIONS, Gone, Peer, split
from servers import free_port, TOP

# A dead process is to be replaced within 200 ms; these machines are slow, watched by sanitizers and shared.
SOON, MARGIN = 0.2, 1.0
AS_ROOT = os.geteuid() == 0


def conf(folder, *more, workers=2, listen="milter"):
    return f'workers = {workers}\nlisten "unix:{folder}/{listen}" {{ }}\n' + "\n".join(more) + "\n"


def keys(folder, *domains):
    for domain in domains:
        place = folder / domain
        place.mkdir(parents=True, mode=0o700)
        (place / "sel.pem").write_bytes((TOP / "tests" / "keys" / "rsa2048.pem").read_bytes())
        (place / "sel.pem").chmod(0o600)
        (place / "state").write_text("ingam-keys 1\nsel rsa-sha256 2048 active wait=300 made=2026-08-01T00:00:00Z "
                                     "seen=2026-08-01T00:00:00Z active=2026-08-02T00:00:00Z\n")
        (place / "state").chmod(0o600)
    folder.chmod(0o700)
    return folder


def answers(path):
    """Whether a worker speaks milter there."""
    try:
        Peer(str(path)).close()
    except (OSError, Gone):
        return False
    return True


@pytest.fixture
def make(tmp_path):
    """Makes daemons and ends them with the test."""
    made = []

    def one(text=None, name="d", **more):
        d = Ingamd(tmp_path / name, text, zone=more.pop("zone", zone_text()), **more)
        made.append(d)
        return d

    yield one
    for d in made:
        d.stop()


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


def half_a_message(path):
    peer = Peer(str(path))
    peer.connect()
    fields, body = split(signed(message()))
    peer.envelope()
    peer.header(fields)
    return peer, fields, body


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


# --- Reload --------------------------------------------------------------------------------------------------------


def test_a_good_reload(make, tmp_path):
    d = make(conf(tmp_path, 'authserv-id = "old.example"')).start()
    peer, fields, body = half_a_message(tmp_path / "milter")
    workers = d.children("worker")
    assert d.reload(conf(tmp_path, 'authserv-id = "new.example"')) == {"ok": True, "generation": 2}
    peer.body(body)
    assert peer.end(fields).one("Authentication-Results").strip().startswith("old.example")
    assert peer.message(signed(message())).one("Authentication-Results").strip().startswith("new.example")
    peer.close()
    assert d.children("worker") == workers
    os.kill(workers[0], signal.SIGKILL)        # a successor has the newest
    assert wait_for(lambda: len(d.children("worker")) == 2 and workers[0] not in d.children("worker"))
    for _ in range(6):
        peer = Peer(str(tmp_path / "milter"))
        peer.connect()
        assert peer.message(signed(message())).one("Authentication-Results").strip().startswith("new.example")
        peer.close()


def test_a_bad_reload_changes_nothing(make, tmp_path):
    port = free_port()
    d = make(conf(tmp_path, f'metrics = "127.0.0.1:{port}"', 'authserv-id = "old.example"')).start()
    pids = d.children()
    d.conf.write_text("workers = 2\n\nlistn \"unix:/x\" { }\n")
    got = d.ask("reload")
    assert "ingam.conf:3:" in got["refused"] and got["generation"] == 1
    assert d.wait_line(r"ingam\.conf:3:")
    os.kill(d.pid, signal.SIGHUP)
    assert wait_for(lambda: d.metrics(port)["ingam_reloads_refused_total"] == 2)
    (tmp_path / "file").write_text("")
    got = d.reload(conf(tmp_path, f'listen "unix:{tmp_path}/new" {{ }}', f'listen "unix:{tmp_path}/file" {{ }}'))
    assert "something else than a socket" in got["refused"] and not (tmp_path / "new").exists()
    assert d.children() == pids and answers(tmp_path / "milter") and d.metrics(port)["ingam_reloads_total"] == 0


def test_listeners_come_and_go(make, tmp_path):
    d = make(conf(tmp_path, f'listen "unix:{tmp_path}/second" {{ }}')).start()
    peer, fields, body = half_a_message(tmp_path / "second")
    port, inode = free_port(), (tmp_path / "milter").stat().st_ino
    assert d.reload(conf(tmp_path, f'listen "unix:{tmp_path}/third" {{ mode = 0600 }}', f'listen "inet:{port}@127.0.0.1" {{ }}'))["ok"]
    assert not (tmp_path / "second").exists() and (tmp_path / "milter").stat().st_ino == inode
    for where in (tmp_path / "milter", tmp_path / "third"):
        assert answers(where)
    Peer(("127.0.0.1", port)).close()
    peer.body(body)
    assert peer.end(fields).code == "c"        # a session outlives its listener
    peer.close()
    assert [x["address"] for x in d.ask("status")["listeners"]] == [f"unix:{tmp_path}/milter", f"unix:{tmp_path}/third",
                                                                  f"inet:{port}@127.0.0.1"]
    assert d.reload(conf(tmp_path, f'listen "unix:{tmp_path}/third" {{ mode = 0660 }}'))["ok"]
    assert stat.S_IMODE((tmp_path / "third").stat().st_mode) == 0o660
    with pytest.raises(OSError):
        Peer(("127.0.0.1", port))


def test_workers_keys_and_metrics_come_and_go(make, tmp_path):
    port, other = free_port(), free_port()
    d = make(conf(tmp_path, workers=1)).start()
    assert len(d.children()) == 1
    folder = keys(tmp_path / "keys", "legit.example")
    more = (f'sign {{ keys = "{folder}" }}', f'metrics = "127.0.0.1:{port}"')
    assert d.reload(conf(tmp_path, *more, workers=3))["ok"]
    assert wait_for(lambda: len(d.children("worker")) == 3 and d.children("keyd") and d.children("status"))
    assert wait_for(lambda: d.metrics(port)["ingam_workers_accepting"] == 3)
    assert wait_for(lambda: d.ask("status")["keys"] == 1)
    keyd = d.children("keyd")
    assert d.reload()["ok"] and d.children("keyd") == keyd
    keys(tmp_path / "more", "other.example")
    (tmp_path / "more" / "other.example").rename(folder / "other.example")
    assert d.reload()["ok"]
    assert wait_for(lambda: d.ask("status")["keys"] == 2 and len(d.children("keyd")) == 1) and d.children("keyd") != keyd
    assert d.reload(conf(tmp_path, f'metrics = "127.0.0.1:{other}"', workers=1))["ok"]
    assert wait_for(lambda: len(d.children("worker")) == 1 and not d.children("keyd"))
    assert wait_for(lambda: d.metrics(other)["ingam_keyd_up"] == 0)
    with pytest.raises(OSError):
        d.get(port, "/metrics")


def test_options_stand_over_every_generation(make, tmp_path):
    d = make(conf(tmp_path, 'authserv-id = "file.example"'), listen=[f"unix:{tmp_path}/extra"],
             args=["--authserv-id", "option.example"]).start()
    for _ in range(2):
        for name in ("milter", "extra"):
            peer = Peer(str(tmp_path / name))
            peer.connect()
            assert peer.message(signed(message())).one("Authentication-Results").strip().startswith("option.example")
            peer.close()
        assert d.reload()["ok"]


def test_a_storm_of_reloads(make, tmp_path):
    """500 signals as fast as they go, good and bad configurations in turn; mail is judged all the while."""
    d = make(conf(tmp_path)).start()
    good, peer, judged = d.conf.read_text(), Peer(str(tmp_path / "milter")), 0
    pids = d.children()
    peer.connect()
    for i in range(500):
        if i % 10 == 0:
            d.conf.write_text(good if i % 20 == 0 else "nonsense\n")
        os.kill(d.pid, signal.SIGHUP)
        if i % 25 == 0:
            judged += peer.message(signed(message())).code == "c"
    d.conf.write_text(good)
    got = d.ask("reload")
    assert got["ok"] and judged == 20
    status = d.ask("status")
    assert status["configuration"]["generation"] == got["generation"] and d.children() == pids
    assert answers(tmp_path / "milter")
    peer.close()


def test_a_large_configuration(make, tmp_path):
    """More than one packet can hold goes to the workers whole."""
    d = make(conf(tmp_path)).start()
    rules = "\n".join(f'policy "p{i}" {{ author = {{ "{"x" * 60}.{"y" * 60}.{"z" * 60}.d{i}.example" }} mode = enforce }}'
                      for i in range(1000))
    d.conf.parent.joinpath("conf.d").mkdir()
    d.conf.parent.joinpath("conf.d", "many.conf").write_text(rules)
    assert d.ask("reload") == {"ok": True, "generation": 2}
    assert len(d.ask("status")["configuration"]["files"]) == 3
    assert answers(tmp_path / "milter")


# --- What can be asked ---------------------------------------------------------------------------------------------


def test_status_and_commands(make, tmp_path):
    d = make(conf(tmp_path)).start()
    peer = Peer(str(tmp_path / "milter"))
    peer.connect()
    assert peer.message(signed(message())).code == "c"
    got = d.ask("status")
    assert [p["name"] for p in got["processes"]] == ["parent", "worker 0", "worker 1"]
    assert got["processes"][0]["pid"] == d.pid and got["messages"]["judged"] == 1 and got["messages"]["actions"]["accept"] == 1
    assert got["messages"]["sessions_open"] == 1 and got["configuration"]["files"][0].endswith("ingam.conf")
    assert d.ask("log-level debug") == {"ok": True, "log_level": "debug"}
    assert "error" in d.ask("log-level loud") and "error" in d.ask("nonsense")
    assert "too long" in d.ask("x" * 300)["error"]
    peer.close()


@pytest.mark.skipif(not AS_ROOT, reason="only root can be another user")
def test_who_may_change_something(make, tmp_path):
    d = make(conf(tmp_path)).start()
    for folder in (tmp_path, d.folder, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(folder.stat().st_mode | 0o011)
    ask = (f"import socket; s=socket.socket(socket.AF_UNIX); s.connect('{d.control}'); s.sendall(b'%s\\n'); "
           "print(s.recv(65536).decode())")

    def by(uid, command, gid=65534):
        done = subprocess.run(["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "/usr/bin/python3", "-c",
                               ask % command], capture_output=True, text=True, timeout=30)
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr
    assert by(65534, "reload") == {"ok": True, "generation": 2}
    assert by(4242, "status")["processes"]
    assert "only root" in by(4242, "reload")["error"] and "only root" in by(4242, "log-level debug")["error"]
    assert "PermissionError" in by(4242, "status", gid=4242)


def test_metrics(make, tmp_path):
    port = free_port()
    d = make(conf(tmp_path, f'metrics = "127.0.0.1:{port}"')).start()
    assert wait_for(lambda: d.get(port, "/readyz") == (200, "ok\n")) and d.get(port, "/healthz") == (200, "ok\n")
    peer = Peer(str(tmp_path / "milter"))
    peer.connect()
    assert peer.message(signed(message())).code == "c"
    m = d.metrics(port)
    assert m["ingam_messages_judged_total"] == 1 and m['ingam_connections_total{front="milter"}'] == 1
    assert m['ingam_results_total{method="dmarc",result="pass"}'] == 1 and m['ingam_actions_total{action="accept"}'] == 1
    assert m["ingam_sessions_open"] == 1 and m["ingam_latency_seconds_count"] == 1
    assert m["ingam_dns_questions_total"] >= 3
    well_formed(d.get(port, "/metrics")[1])
    peer.close()
    assert d.get(port, "/nothing")[0] == 404
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 100000 + b"\r\n\r\n")
        assert not s.recv(100).startswith(b"HTTP/1.1 200")


def well_formed(text):
    """OpenMetrics 1.0: TYPE before its samples, one block a family, suffixes by type, buckets that grow, an end."""
    assert text.endswith("# EOF\n")
    family, kind, seen, last = None, None, set(), 0
    for line in text.splitlines()[:-1]:
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert family not in seen, family
            seen.add(family)
            last = 0
        elif line.startswith("# "):
            assert re.fullmatch(rf"# (UNIT|HELP) {family} .+", line), line
            assert not line.startswith("# UNIT") or family.endswith("_" + line.split()[-1])
        else:
            name, labels, value = re.fullmatch(r"([a-z_]+)(\{.*\})? ([0-9.]+)", line).groups()
            suffixes = {"counter": ["_total"], "gauge": [""], "info": ["_info"], "histogram": ["_bucket", "_count", "_sum"]}
            assert name in [family + s for s in suffixes[kind]], line
            if name.endswith("_bucket"):
                assert float(value) >= last
                last = float(value)


def test_the_parent_is_held_up(make, tmp_path):
    port = free_port()
    d = make(conf(tmp_path, f'metrics = "127.0.0.1:{port}"')).start()
    assert wait_for(lambda: d.get(port, "/healthz")[0] == 200)
    pids = d.children()
    os.kill(d.pid, signal.SIGSTOP)
    assert wait_for(lambda: d.get(port, "/healthz")[0] == 503, 12, 0.2)
    assert answers(tmp_path / "milter")        # mail goes on
    os.kill(d.pid, signal.SIGCONT)
    assert wait_for(lambda: d.get(port, "/healthz")[0] == 200)
    assert d.children() == pids


def test_the_command(make, tmp_path):
    d = make(conf(tmp_path)).start()
    to = ("--control", d.control)
    got = run("status", *to)
    assert got.status == 0 and "worker 1" in got.text and f"unix:{tmp_path}/milter" in got.text
    assert run("status", "--json", *to).json["messages"]["judged"] == 0
    got = run("reload", *to)
    assert got.status == 0 and "2" in got.text
    assert run("log-level", "debug", *to).status == 0
    assert run("log-level", "loud", *to).status == 64
    d.conf.write_text("workers = 2\nnonsense = 1\n")
    got = run("reload", *to)
    assert got.status == 78 and b"ingam.conf:2:" in got.err
    d.stop()
    got = run("status", *to)
    assert got.status == 75 and b"ingamd" in got.err
