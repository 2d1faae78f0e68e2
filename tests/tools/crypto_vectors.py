#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/unit/crypto_vectors.h: the public keys of tests/keys and signatures by them, right and wrong ones, over the
header data "ingam". Run it again when keys change: tests/tools/crypto_vectors.py >tests/unit/crypto_vectors.h"""
import base64
import pathlib

import mailseal

KEYS = pathlib.Path(__file__).resolve().parent.parent / "keys"
DATA = b"ingam"
WIDTH = 96


def literal(data, indent):
    text = base64.b64encode(data).decode()
    lines = [text[i:i + WIDTH] for i in range(0, len(text), WIDTH)] or [""]
    return ("\n" + " " * indent).join(f'"{line}"' for line in lines)


def vector(about, key, public, signature, fits):
    print(f'    {{"{about}", KEY_{key.kind.upper()}, {"true" if fits else "false"},')
    print(f"     S_INIT({literal(public, 12)}),")
    print(f"     S_INIT({literal(signature, 12)})}},")


def main():
    print("/* SPDX-License-Identifier: BSD-2-Clause */")
    print("/* Made by tests/tools/crypto_vectors.py: p= and signatures in base64. */")
    print("/* clang-format off */")
    print("static const struct {\n    const char *about;\n    enum key_kind kind;\n    bool fits;\n    str p, signature;\n} vectors[] = {")
    for name in ("rsa1024", "rsa2048", "rsa2048-e3", "rsa4096", "rsa8192", "ed25519"):
        key = mailseal.Key(KEYS / f"{name}.pem")
        vector(name, key, key.public(), key.sign(DATA), True)
    key, other = (mailseal.Key(KEYS / f"{n}.pem") for n in ("rsa2048", "rsa2048-other"))
    vector("bare RSAPublicKey", key, key.public(bare=True), key.sign(DATA), True)
    vector("another key", other, other.public(), key.sign(DATA), False)
    vector("other data", key, key.public(), key.sign(b"Ingam"), False)
    vector("SHA-1", key, key.public(), key.sign(DATA, "sha1"), False)
    for wrong in ("padding", "no-null", "short-ff"):
        vector(wrong, key, key.public(), key.sign(DATA, wrong=wrong), False)
    vector("a byte short", key, key.public(), key.sign(DATA)[:-1], False)
    vector("a byte long", key, key.public(), b"\0" + key.sign(DATA), False)
    vector("no signature", key, key.public(), b"", False)
    vector("not below n", key, key.public(), b"\xff" * 256, False)
    wrapped = int.from_bytes(key.sign(DATA), "big") + key.n
    if wrapped < 1 << 2048:
        vector("right but for one n too many", key, key.public(), wrapped.to_bytes(256, "big"), False)
    key, other = (mailseal.Key(KEYS / f"{n}.pem") for n in ("ed25519", "ed25519-other"))
    vector("another Ed25519 key", other, other.public(), key.sign(DATA), False)
    vector("Ed25519, a byte short", key, key.public(), key.sign(DATA)[:-1], False)
    order = 2**252 + 27742317777372353535851937790883648493
    signature = key.sign(DATA)
    s = int.from_bytes(signature[32:], "little") + order
    vector("Ed25519, S not reduced", key, key.public(), signature[:32] + s.to_bytes(32, "little"), False)
    vector("Ed25519, key of small order", key, b"\1" + bytes(31), b"\1" + bytes(63), False)
    print("};\n/* clang-format on */")


main()
