# SPDX-License-Identifier: BSD-2-Clause
"""embed.py NAME FILE: writes a C source in which the text of FILE is the constant NAME, NUL at its end."""
import sys

name, path = sys.argv[1:]
print(f"/* Made from {path.rsplit('/', 1)[-1]}. */\nextern const char {name}[];\nconst char {name}[] =")
for line in open(path, encoding="ascii"):
    print('    "' + line.rstrip("\n").replace("\\", "\\\\").replace('"', '\\"') + '\\n"')
print("    ;")
