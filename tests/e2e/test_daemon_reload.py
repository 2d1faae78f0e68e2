# SPDX-License-Identifier: BSD-2-Clause
"""ingamd while it runs: new configurations, and what people and machines may ask it."""
import json
import os
import re
import signal
import socket
import stat
import subprocess

import pytest

import openmetrics
from conftest import message, run, signed
from daemon import wait_for
from lives import answers, conf, half_a_message, keys, make  # noqa: F401
from milterpeer import Peer
from servers import free_port

AS_ROOT = os.geteuid() == 0


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
    assert len(d.ask("status")["configuration"]["files"]) == 2
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
    assert "too long" in d.ask("x" * 9000)["error"]
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
    families = openmetrics.read(d.get(port, "/metrics")[1])
    assert {"ingam_messages_judged", "ingam_results", "ingam_actions", "ingam_dns_wait_seconds", "ingam_dns_failures",
            "ingam_latency_seconds", "ingam_sessions_open", "ingam_restarts"} <= families.keys()
    labels = "".join(labels or "" for _, samples in families.values() for _, labels in samples)
    assert not re.search("legit|rcpt|192[.]0", labels)     # nothing of anybody's mail
    peer.close()
    assert d.get(port, "/nothing")[0] == 404
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 100000 + b"\r\n\r\n")
        assert not s.recv(100).startswith(b"HTTP/1.1 200")


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


def test_nobody_waits_for_a_reload_at_the_end(make, tmp_path):
    d = make(conf(tmp_path)).start()
    peer, fields, body = half_a_message(tmp_path / "milter")
    os.kill(d.pid, signal.SIGTERM)
    assert d.wait_line("parent.*(stop|end|drain|finish)")
    assert d.ask("reload") == {"error": "the daemon is about to end"}
    assert d.ask("status")["processes"]
    peer.body(body)
    assert peer.end(fields).code == "c"
    peer.close()
    assert d.stop() == 0


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
    for command in ("status", "reload", "log-level"):
        got = run(command, "--help")
        assert got.status == 0 and f"usage: ingam {command}" in got.text and "Exit status: 0" in got.text
    d.conf.write_text("workers = 2\nnonsense = 1\n")
    got = run("reload", *to)
    assert got.status == 78 and b"ingam.conf:2:" in got.err
    d.stop()
    got = run("status", *to)
    assert got.status == 75 and b"ingamd" in got.err
