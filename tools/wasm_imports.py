# SPDX-License-Identifier: BSD-2-Clause
"""wasm_imports.py FILE.wasm: reads the module's import section; each import must be one that a host may hand in."""
import fnmatch
import sys

ALLOWED = ("env.idn2_*", "env.sha256_*", "env.rsa_*", "env.ed25519_*", "env.crypto_*", "env.sodium_*",
           "env.EVP_*", "env.BN_*", "env.RSA_*", "env.SHA256*", "env.OPENSSL_*")


def number(data, at):
    """An unsigned LEB128 number and the place behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def name(data, at):
    length, at = number(data, at)
    return data[at : at + length].decode(), at + length


def imports(data):
    at = 8
    while at < len(data):
        section = data[at]
        size, at = number(data, at + 1)
        if section == 2:
            count, at = number(data, at)
            for _ in range(count):
                module, at = name(data, at)
                field, at = name(data, at)
                kind = data[at]
                if kind != 0:
                    raise SystemExit(f"{module}.{field}: an import that is no function")
                _, at = number(data, at + 1)
                yield f"{module}.{field}"
            return
        at += size


def main(path):
    data = open(path, "rb").read()
    if data[:4] != b"\0asm":
        raise SystemExit(f"{path}: no WebAssembly module")
    found = sorted(imports(data))
    bad = [full for full in found if not any(fnmatch.fnmatchcase(full, p) for p in ALLOWED)]
    for full in bad:
        print(f"{path}: imports {full}")
    print(f"{len(data)} bytes, {len(found)} imports: {' '.join(found)}")
    print(f"{1 + len(found) - len(bad)} passed, {len(bad)} failed")
    return bool(bad)


sys.exit(main(sys.argv[1]))
