# SPDX-License-Identifier: BSD-2-Clause
"""The socket that Exim asks, without Exim: peers that do what a stock Exim does not."""
import pathlib
import re
import socket
import time

import letters
import pytest
import servers
from daemon import Ingamd, wait_for
from letters import letter, sealed
from rig import results

HEAD = b"Queue-Id: 1xUwum-0004jP-03\r\nFrom: <a@legit.example>\r\nRecipient-Number: 1\r\nRcpt: <b@rcpt.example>\r\n" \
       b"Helo: m.legit.example\r\nIP: 192.0.2.10\r\n"
MBOX = b"From MAILER-DAEMON Sun Nov 22 02:02:48 2026\nX-Envelope-From: <a@legit.example>\nX-Envelope-To: b@rcpt.example\n"


def request(mail, head=HEAD, length=True):
    mail = MBOX + mail.replace(b"\r\n", b"\n")
    return b"CHECK RSPAMC/1.3\r\n" + (b"Content-length: %d\r\n" % len(mail) if length else b"") + head + b"\r\n" + mail


class Daemon(Ingamd):
    """With an address for rspamc and one for what it counts."""

    def __init__(self, folder, more=""):
        self.port, self.metrics_port = servers.free_port(), servers.free_port()
        super().__init__(folder, f'authserv-id = "mx.rcpt.example"\nworkers = 1\nmetrics = "127.0.0.1:{self.metrics_port}"\n'
                                 f'listen "inet:{self.port}@127.0.0.1" {{ front = rspamc }}\n'
                                 f"log {{ to = stderr form = text }}\n{more}", zone=letters.zone())

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 30)

    def faults(self):
        return self.metrics(self.metrics_port)["ingam_protocol_faults_total"]


def read_all(sock):
    answer = b""
    while True:
        came = sock.recv(65536)
        if not came:
            return answer
        answer += came


def say(daemon, *pieces, pause=0.0, ends=False):
    with daemon.connect() as sock:
        for piece in pieces:
            sock.sendall(piece)
            if pause:
                time.sleep(pause)
        if ends:
            sock.shutdown(socket.SHUT_WR)
        return read_all(sock)


def field_of(answer):
    assert answer.startswith(b"RSPAMD/1.3 0 EX_OK\r\nMetric: default; False; 0.0 / 1.0 / 3.0\r\nAction: no action\r\n"), answer
    return re.search(rb":at_start:(Authentication-Results: (?:.*\r\n)(?:[ \t].*\r\n)*)", answer)[1].decode()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("rspamc"), "limits { packet = 1s }\n") as d:
        yield d


def test_in_any_pieces(daemon):
    """The answer is the same, but for its id."""
    whole = request(sealed(letter()))
    want = {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
    for size in (len(whole), 1000, 100, 7):
        pieces = [whole[i:i + size] for i in range(0, len(whole), size)]
        assert results(field_of(say(daemon, *pieces, pause=0.0005 if size > 7 else 0))) == want
    assert results(field_of(say(daemon, whole + b"what nobody asked for"))) == want


def test_without_a_length_the_end_is_the_end(daemon):
    assert results(field_of(say(daemon, request(sealed(letter()), length=False), ends=True)))["dkim"] == "pass"


def test_ping(daemon):
    assert say(daemon, b"PING RSPAMC/1.3\r\n\r\n") == b"RSPAMD/1.3 0 PONG\r\n\r\n"


def test_what_came_with_it_is_put_back(daemon):
    """A forged field goes with all of its name; what is not forged comes back, above Received none of it."""
    mail = b"Authentication-Results: a.example; spf=pass\r\nAuthentication-Results: mx.rcpt.example; spf=pass\r\n" \
           b"AUTHENTICATION-RESULTS : b.example;\r\n\tspf=fail\r\n" + sealed(letter())
    answer = say(daemon, request(mail))
    assert b"\r\nRemoved: Authentication-Results:2\r\nRemove: Authentication-Results\r\n" in answer
    back = re.findall(rb"^:after_received:(.*\r\n(?:[ \t].*\r\n)*)", answer, re.M)
    assert back == [b"Authentication-Results: b.example;\r\n\tspf=fail\r\n", b"Authentication-Results: a.example; spf=pass\r\n"]


def test_what_was_not_read_does_not_pass_for_ours(daemon):
    """More fields than are read; a forged one behind them goes, too."""
    mail = letter().replace(b"\r\n\r\n", b"\r\n" + b"X: y\r\n" * 5000 + b"Authentication-Results: mx.rcpt.example; dmarc=pass\r\n\r\n", 1)
    answer = say(daemon, request(b"Authentication-Results: a.example; spf=pass\r\n" + mail))
    assert b"\r\nRemove: Authentication-Results\r\n" in answer
    back = re.findall(rb"^:after_received:(.*\r\n(?:[ \t].*\r\n)*)", answer, re.M)
    assert back == [b"Authentication-Results: a.example; spf=pass\r\n"]


def test_no_ip_is_a_program_of_the_host(daemon):
    """It is ours and no login: nothing is judged, and nothing signed where there are no keys."""
    answer = say(daemon, request(letter(), head=b"From: <root@x>\r\nRcpt: <b@c>\r\nUser: root\r\n"))
    assert b"Action: no action" in answer and b"Authentication-Results" not in answer


WRONG = {
    "request": [b"GET / HTTP/1.1\r\n\r\n", b"CHECK RSPAMC/9.9\r\n\r\n", b"\r\n", b"\0\0\0\0\n", b"check RSPAMC/1.3\r\n\r\n"],
    "line": [b"CHECK RSPAMC/1.3\r\nHelo\r\n\r\n", b"CHECK RSPAMC/1.3\r\n: x\r\n\r\n", b"CHECK RSPAMC/1.3\r\nIP: 1\0\r\n\r\n",
             b"CHECK RSPAMC/1.3\r\nIP: x\r\n y\r\n\r\n"],
    "line-too-long": [b"A" * 10000, b"CHECK RSPAMC/1.3\r\nHelo: " + b"x" * 9000 + b"\r\n\r\n"],
    "length": [b"CHECK RSPAMC/1.3\r\nContent-length: -1\r\n\r\n", b"CHECK RSPAMC/1.3\r\nContent-length: 1e3\r\n\r\n",
               b"CHECK RSPAMC/1.3\r\nContent-length: 1\r\nContent-length: 2\r\n\r\n",
               b"CHECK RSPAMC/1.3\r\nContent-length: 99999999999999999999999999\r\n\r\n"],
    "message-too-long": [b"CHECK RSPAMC/1.3\r\nContent-length: 2000000000\r\n\r\n"],
    "too-many-pairs": [b"CHECK RSPAMC/1.3\r\n" + b"A:\r\n" * 60001 + b"\r\n"],
    "cut": [b"CHECK RSPAMC/1.3\r\nHelo: x\r\n", b"CHECK RSPAMC/1.3\r\nContent-length: 100\r\n\r\nabc",
            request(sealed(letter()))[:-1]],
}


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_requests(daemon, fault):
    """Each ends its connection with a line that says why, and nothing else."""
    before = daemon.faults()
    for wrong in WRONG[fault]:
        assert say(daemon, wrong, ends=fault == "cut") == b"RSPAMD/1.3 1 " + fault.encode() + b"\r\n\r\n", wrong[:60]
    assert wait_for(lambda: daemon.faults() == before + len(WRONG[fault]))
    assert results(field_of(say(daemon, request(sealed(letter())))))["dkim"] == "pass"


def test_an_error_reaches_a_peer_that_still_sends(daemon):
    with daemon.connect() as sock:
        sock.sendall(b"CHECK RSPAMC/1.3\r\nContent-length: 2000000000\r\n\r\n")
        for _ in range(50):
            sock.sendall(b"x" * 10000)
        assert read_all(sock) == b"RSPAMD/1.3 1 message-too-long\r\n\r\n"


def seconds_until_closed(sock, begin=b"", each=b""):
    start = time.monotonic()
    sock.sendall(begin)
    sock.settimeout(0.2)
    while time.monotonic() - start < 20:
        try:
            if not sock.recv(1000):
                break
        except TimeoutError:
            if each:
                sock.sendall(each)
        except ConnectionError:
            break
    return time.monotonic() - start


def test_slow_peers(daemon):
    """The head has to be whole in packet; a message may not pause for longer."""
    with daemon.connect() as one, daemon.connect() as two:
        assert 0.8 < seconds_until_closed(one, b"CHECK RSPAMC/1.3\r\nHelo: ", b"x") < 5
        assert 0.8 < seconds_until_closed(two, request(letter())[:-5]) < 5
    with daemon.connect() as steady:
        mail = request(letter(body="x" * 200 + "\r\n"))
        steady.sendall(mail[:-12])
        for byte in mail[-12:]:
            time.sleep(0.2)
            steady.sendall(bytes([byte]))
        assert results(field_of(read_all(steady)))["spf"] == "pass"


def memory(daemon):
    status = pathlib.Path(f"/proc/{daemon.children('worker')[0]}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def test_storms_leave_nothing_behind(daemon):
    """Connections that break off at any point, and hundreds at once."""
    whole = request(sealed(letter()))
    pid = daemon.children("worker")
    for turn in range(2):
        if turn:
            before = memory(daemon)
        for at in range(0, len(whole), 5):
            with daemon.connect() as sock:
                sock.sendall(whole[:at])
    socks = [daemon.connect() for _ in range(300)]
    for i, sock in enumerate(socks):
        sock.sendall(whole[:100 + i])
    for i, sock in enumerate(socks):
        sock.sendall(whole[100 + i:])
    for sock in socks:
        assert results(field_of(read_all(sock)))["dkim"] == "pass"
        sock.close()
    assert daemon.children("worker") == pid and memory(daemon) - before < 16000


def test_a_reload_under_way(daemon):
    """Requests that have begun go on under the configuration that they began with."""
    whole = request(sealed(letter()))
    socks = [daemon.connect() for _ in range(10)]
    for i, sock in enumerate(socks):
        sock.sendall(whole[:len(whole) * i // 10])
    daemon.reload()
    for i, sock in enumerate(socks):
        sock.sendall(whole[len(whole) * i // 10:])
        assert results(field_of(read_all(sock)))["dkim"] == "pass"
        sock.close()


def test_draining(tmp_path):
    """What has begun is answered, what has said nothing does not keep us."""
    whole = request(sealed(letter()))
    with Daemon(tmp_path) as d:
        silent, begun, late = d.connect(), d.connect(), d.connect()
        begun.sendall(whole[:200])
        assert wait_for(lambda: d.metrics(d.metrics_port)["ingam_sessions_open"] == 3)
        start = time.monotonic()
        d.process.terminate()
        time.sleep(0.1)
        late.sendall(whole)
        begun.sendall(whole[200:])
        assert results(field_of(read_all(begun)))["dkim"] == "pass"
        assert results(field_of(read_all(late)))["dkim"] == "pass"
        assert silent.recv(10) == b""
        assert d.stop() == 0 and time.monotonic() - start < 10
