#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Signs messages for the tests, and breaks them on request: a DKIM signer that shares nothing with lib/dkim.

As a module:   key = mailseal.Key("tests/keys/rsa2048.pem")
               signed = mailseal.seal(message, key, "author.example", "sel", headers="from:to:subject")
               text = key.record()                      # the TXT record, "v=DKIM1; k=rsa; p=..."
As a command:  mailseal.py sign FILE --key K --domain D --selector S [...] >signed.eml
               mailseal.py record --key K [--tag t=y]
               mailseal.py zone --key K --domain D --selector S [--tag t=y]

The same arguments give the same bytes. Messages are bytes with CRLF; a message without any CRLF is read as having LF
line ends. Nothing is checked: any tag may be overridden, left out or made wrong.   [RFC6376] [RFC8463]
"""
import argparse
import base64
import hashlib
import re
import sys

DEFAULT_HEADERS = "from:to:subject:date:message-id"
DEFAULT_ORDER = "v a c d s i q t x l h z bh b".split()
DIGEST_INFO = {"sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
               "sha1": bytes.fromhex("3021300906052b0e03021a05000414")}
WSP = b" \t"


# --- keys -----------------------------------------------------------------------------------------------------------

def der_read(data, at=0):
    """One DER element: (tag, content, offset behind it)."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        n = length & 0x7F
        length, at = int.from_bytes(data[at:at + n], "big"), at + n
    return tag, data[at:at + length], at + length


def der_list(data):
    items, at = [], 0
    while at < len(data):
        tag, content, at = der_read(data, at)
        items.append((tag, content))
    return items


def der_write(tag, content):
    n = len(content)
    if n < 128:
        return bytes([tag, n]) + content
    length = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def der_uint(value):
    return der_write(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


class Key:
    """A private key from a PKCS#8 PEM file: kind is "rsa" or "ed25519"."""

    def __init__(self, path):
        with open(path, encoding="ascii") as file:
            text = "".join(line for line in file if not line.startswith("-----"))
        parts = der_list(der_read(base64.b64decode(text))[1])
        inner = parts[2][1]
        if der_list(parts[1][1])[0][1] == bytes.fromhex("2b6570"):
            self.kind, self.seed = "ed25519", der_read(inner)[1]
        else:
            self.kind = "rsa"
            self.n, self.e, self.d, self.p, self.q = (int.from_bytes(c, "big") for _, c in der_list(der_read(inner)[1])[1:6])

    @property
    def size(self):
        """Bytes of a signature."""
        return 64 if self.kind == "ed25519" else (self.n.bit_length() + 7) // 8

    def public(self, bare=False):
        """What p= holds before base64; bare: RSAPublicKey instead of SubjectPublicKeyInfo."""
        if self.kind == "ed25519":
            from cryptography.hazmat.primitives import serialization
            return self._ed25519().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        key = der_write(0x30, der_uint(self.n) + der_uint(self.e))
        algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
        return key if bare else der_write(0x30, algorithm + der_write(3, b"\0" + key))

    def record(self, tags=(), bare=False):
        """The key record. tags: (name, value) pairs that replace, remove (value None) or follow the usual ones."""
        record = {"v": "DKIM1", "k": self.kind, "p": base64.b64encode(self.public(bare)).decode()}
        for name, value in tags:
            record[name] = value
        last = [(n, v) for n, v in record.items() if n == "p"]
        return "; ".join(f"{n}={v}" for n, v in [i for i in record.items() if i[0] != "p"] + last if v is not None)

    def sign(self, data, hash_name="sha256", wrong=""):
        """Signs the header data; wrong: "padding" (one 0xff less and a byte behind), "no-null", "short-ff"."""
        digest = hashlib.new(hash_name, data).digest()
        if self.kind == "ed25519":
            return self._ed25519().sign(digest)
        info = DIGEST_INFO[hash_name]
        if wrong == "no-null":      # AlgorithmIdentifier without its NULL
            info = bytes([0x30, info[1] - 2, 0x30, info[3] - 2]) + info[4:-4] + info[-2:]
        tail = b"\0" + info + digest
        if wrong == "padding":
            tail += b"\x01"
        fill = self.size - 2 - len(tail)
        em = b"\0\1" + b"\xff" * fill + tail
        if wrong == "short-ff":     # eight bytes of padding, the rest behind the digest
            em = (b"\0\1" + b"\xff" * 8 + tail).ljust(self.size, b"\0")
        return self.power(int.from_bytes(em, "big")).to_bytes(self.size, "big")

    def power(self, m):
        a, b = pow(m, self.d % (self.p - 1), self.p), pow(m, self.d % (self.q - 1), self.q)
        return b + self.q * ((a - b) * pow(self.q, -1, self.p) % self.p)

    def _ed25519(self):
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def zone_lines(name, text):
    """TXT record in zone file form, in strings of at most 255 bytes."""
    parts = [text[i:i + 255] for i in range(0, len(text), 255)] or [""]
    quoted = " ".join('"' + p.replace("\\", "\\\\").replace('"', '\\"') + '"' for p in parts)
    return f"{name}. 300 IN TXT {quoted}\n"


# --- canonicalization ------------------------------------------------------------------------------------------------

def crlf(message):
    return message if b"\r\n" in message else message.replace(b"\n", b"\r\n")


def split(message):
    """ret (list of raw fields with their CRLF, body)"""
    block, found, body = message.partition(b"\r\n\r\n")
    if message.startswith(b"\r\n"):
        return [], message[2:]
    block += b"\r\n" if found else b""
    fields = re.findall(rb"[^\r\n].*?\r\n(?![ \t])", block, re.S)
    return fields, body


def simple_body(body):
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return body + b"\r\n"


def relaxed_body(body):
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(WSP) for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def simple_header(field):
    return field


def relaxed_header(field):
    name, _, value = field.partition(b":")
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(WSP)
    return name.rstrip(WSP).lower() + b":" + value + b"\r\n"


BODY = {"simple": simple_body, "relaxed": relaxed_body}
HEADER = {"simple": simple_header, "relaxed": relaxed_header}


def signed_fields(fields, names, canon):
    """The fields that h= names, each name from the bottom up, missing ones as nothing.   [RFC6376 5.4.2]"""
    left = {}
    for field in fields:
        left.setdefault(field.partition(b":")[0].rstrip(WSP).lower(), []).append(field)
    out = b""
    for name in names.split(":"):
        found = left.get(name.strip(" \t\r\n").lower().encode("utf-8"), [])
        if found:
            out += canon(found.pop())
    return out


# --- the signature ---------------------------------------------------------------------------------------------------

def fold(text, width):
    return "\r\n\t".join(text[i:i + width] for i in range(0, len(text), width)) if width else text


def flip(data):
    return bytes([data[0] ^ 1]) + data[1:]


def canon_names(c):
    header, _, body = c.partition("/")
    return header if header in HEADER else "simple", (body or "simple") if (body or "simple") in BODY else "simple"


def usual_tags(key, domain, selector, options, body_hash):
    tags = {"v": "1", "a": options["algorithm"], "c": options["canon"], "d": domain, "s": selector,
            "i": options["auid"], "q": options["query"], "t": options["time"], "x": options["expire"],
            "l": options["length"], "h": options["headers"], "z": options["copied"], "bh": body_hash, "b": ""}
    tags = {n: str(v) for n, v in tags.items() if v is not None}
    for name, value in options["tags"]:
        tags[name] = value
    return {n: v for n, v in tags.items() if v is not None}


def write_field(name, tags, order, separator):
    """The field with b= as given, without its last CRLF."""
    names = [n for n in order if n in tags] + [n for n in tags if n not in order]
    return name + ": " + separator.join(f"{n}={tags[n]}" for n in names)


def options_of(key, given):
    options = {"headers": DEFAULT_HEADERS, "canon": "relaxed/relaxed", "algorithm": None, "auid": None, "query": None,
               "time": None, "expire": None, "length": None, "copied": None, "tags": (), "order": DEFAULT_ORDER,
               "separator": ";\r\n\t", "fold_b": 64, "wrong": "", "name": "DKIM-Signature", "field_only": False}
    unknown = set(given) - set(options)
    if unknown:
        raise TypeError(f"unknown options: {unknown}")
    options.update(given)
    if options["algorithm"] is None:
        options["algorithm"] = f"{key.kind}-sha256"
    return options


def seal(message, key, domain, selector, **given):
    """Prepends a signature to the message.

    headers    h= as written; fields are hashed by it          canon      c= as written
    algorithm  a= ; a hash in it that is not sha1 is sha256    auid, query, time, expire, copied   i= q= t= x= z=
    length     l= ; "all": the whole canonical body            tags       (name, value) pairs: replace, add; None removes
    order      names of the tags in order                      separator  between tags, ";\\r\\n\\t"
    fold_b     b= in lines of this many characters, 0: none    name       of the field
    wrong      b, bh (a bit flipped), short-b (last byte gone), empty-b, zero-b, body (bh of something else; b right),
               or what Key.sign knows
    field_only return the field only
    """
    options = options_of(key, given)
    message = crlf(message)
    fields, body = split(message)
    header_canon, body_canon = canon_names(options["canon"])
    body = BODY[body_canon](body)
    if options["length"] == "all":
        options["length"] = len(body)
    if options["length"] is not None:
        body = body[:int(options["length"])]
    hash_name = "sha1" if options["algorithm"].endswith("sha1") else "sha256"
    if options["wrong"] == "body":
        body += b"?"
    body_hash = hashlib.new(hash_name, body).digest()
    body_hash = base64.b64encode(flip(body_hash) if options["wrong"] == "bh" else body_hash).decode()
    tags = usual_tags(key, domain, selector, options, body_hash)

    canon = HEADER[header_canon]
    unsigned = write_field(options["name"], tags, options["order"], options["separator"])
    data = signed_fields(fields, tags.get("h", options["headers"]), canon)
    data += canon(unsigned.encode("utf-8") + b"\r\n")[:-2]
    signature = key.sign(data, hash_name, options["wrong"])
    tags["b"] = fold(base64.b64encode(broken(signature, options["wrong"])).decode(), options["fold_b"])
    if dict(options["tags"]).get("b", "") is None:
        del tags["b"]
    field = write_field(options["name"], tags, options["order"], options["separator"]).encode("utf-8") + b"\r\n"
    return field if options["field_only"] else field + message


def broken(signature, wrong):
    if wrong == "b":
        return flip(signature)
    if wrong == "short-b":
        return signature[:-1]
    if wrong == "empty-b":
        return b""
    if wrong == "zero-b":
        return bytes(len(signature))
    return signature


# --- the command -----------------------------------------------------------------------------------------------------

def pair(text):
    """NAME=VALUE; `NAME` alone removes the tag."""
    name, equals, value = text.partition("=")
    value = value.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t")
    return name, value if equals else None


def arguments():
    parser = argparse.ArgumentParser(description="Signs messages for the tests.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("sign", "record", "zone"):
        p = commands.add_parser(name)
        p.add_argument("--key", required=True)
        p.add_argument("--tag", type=pair, action="append", default=[], help="NAME=VALUE, or NAME to leave it out")
        if name != "record":
            p.add_argument("--domain", required=True)
            p.add_argument("--selector", required=True)
        if name != "sign":
            p.add_argument("--bare", action="store_true", help="RSAPublicKey instead of SubjectPublicKeyInfo")
    p = commands.choices["sign"]
    p.add_argument("file", nargs="?", default="-")
    for name in ("headers", "canon", "algorithm", "auid", "query", "time", "expire", "length", "copied", "wrong", "name"):
        p.add_argument("--" + name)
    p.add_argument("--fold-b", type=int)
    p.add_argument("--separator", help="between tags; \\r \\n \\t are read")
    p.add_argument("--order", help="tag names with commas")
    p.add_argument("--field-only", action="store_true")
    return parser.parse_args()


def sign_command(args, key):
    given = {n: getattr(args, n) for n in ("headers", "canon", "algorithm", "auid", "query", "time", "expire", "length",
                                           "copied", "wrong", "name", "fold_b") if getattr(args, n) is not None}
    if args.order:
        given["order"] = args.order.split(",")
    if args.separator:
        given["separator"] = pair("s=" + args.separator)[1]
    source = sys.stdin.buffer if args.file == "-" else open(args.file, "rb")
    with source:
        message = source.read()
    signed = seal(message, key, args.domain, args.selector, tags=args.tag, field_only=args.field_only, **given)
    sys.stdout.buffer.write(signed)


def main():
    args = arguments()
    key = Key(args.key)
    if args.command == "sign":
        sign_command(args, key)
    elif args.command == "record":
        print(key.record(args.tag, args.bare))
    else:
        sys.stdout.write(zone_lines(f"{args.selector}._domainkey.{args.domain}", key.record(args.tag, args.bare)))


if __name__ == "__main__":
    main()
