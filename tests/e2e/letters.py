# SPDX-License-Identifier: BSD-2-Clause
"""Mails and the DNS for tests with a real mail server: who sends what, and what comes out of the server."""
import re

from conftest import KEY, TOP, mailseal, message, zone_text

ED = mailseal.Key(str(TOP / "tests" / "keys" / "ed25519.pem"))
GOOD, BAD = "192.0.2.10", "198.51.100.7"   # may send for all domains of the zone; for none
DATE = re.compile(rb"[A-Z][a-z]{2}, [ \d]\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000 \(UTC\)")


def zone():
    """example.: legit (p=reject), soft (p=quarantine), watch (p=none), sick (its policy cannot be had), as --dns takes it and,
    but for what fails, a name server too."""
    record = KEY.record()
    key = " ".join(f'"{record[i:i + 200]}"' for i in range(0, len(record), 200))
    return zone_text() + "".join(
        f'{name} TXT "v=spf1 ip4:192.0.2.0/24 -all"\n_dmarc.{name} TXT "v=DMARC1; p={policy}"\nsel._domainkey.{name} TXT {key}\n'
        for name, policy in (("soft", "quarantine"), ("watch", "none")))


def record_of(name, timeout=5):
    """What dkimpy asks for: every key here is the same."""
    return KEY.record().encode() if name.startswith(b"sel._domainkey.") else None


def letter(domain="legit.example", **more):
    return message(sender=f"a@{domain}", **more)


def sealed(mail, domain="legit.example", **more):
    return mailseal.seal(mail, KEY, domain, "sel", time=1788260400, **more)


def shape(mail):
    """A delivered mail without what Postfix makes new each time: queue ids, the dates that it writes, its message ids."""
    for queue_id in set(re.findall(rb"\bid ([0-9A-F]{6,})\b", mail.split(b"\n\n")[0])):
        mail = mail.replace(queue_id, b"QUEUEID")
    return re.sub(rb"<\d{14}\.QUEUEID@", b"<TIME.QUEUEID@", DATE.sub(b"DATE", mail))


def field_name(field):
    return field.split(b":")[0].strip().decode()


def take_ours(delivered, names):
    """Takes our fields off the top: they must be those, in this order. Gives them unfolded, and the rest as it was."""
    fields = [f for _, f in delivered.fields][:len(names)]
    assert [field_name(f) for f in fields] == list(names), delivered.mail[:2000].decode(errors="replace")
    for f in fields:
        assert delivered.mail.startswith(f) or fields.index(f) > 0
    return [" ".join(f.decode().split()) for f in fields], delivered.mail[sum(map(len, fields)):]
