# SPDX-License-Identifier: BSD-2-Clause
"""embed.py PROGRAM TOP: the embedding example works, and README shows it as it is compiled.
The lines of embed.c between its two README marks must stand in README.md, if that shows the example at all."""
import os
import subprocess
import sys

passed = failed = 0


def check(what, is_good):
    global passed, failed
    passed, failed = passed + is_good, failed + (not is_good)
    if not is_good:
        print("wrong:", what)


def main(program, top):
    cases = os.path.join(top, "tests", "cases")
    for name, want in (("rsa", "dmarc=pass"), ("strict-sub", "dmarc=fail")):
        got = subprocess.run([program, f"{cases}/mail/{name}.eml", f"{cases}/zones/world.zone"], capture_output=True, text=True)
        check(f"{name}: {got.stdout}{got.stderr}", got.returncode == 0 and want in got.stdout)
    with open(os.path.join(top, "tests", "embed", "embed.c"), encoding="utf-8") as file:
        shown = file.read().split("/* README: from here */\n")[1].split("/* to here */")[0].strip()
    readme = os.path.join(top, "README.md")
    if os.path.exists(readme):
        with open(readme, encoding="utf-8") as file:
            text = file.read()
        check("README.md shows another example than tests/embed/embed.c", "ingam_check_new" not in text or shown in text)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main(*sys.argv[1:]))
