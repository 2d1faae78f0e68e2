# SPDX-License-Identifier: BSD-2-Clause
"""What the package ships beside the programs: the configuration, the units, the script for a plain init."""
import re
import subprocess

from conftest import TOP, run
from daemon import INGAMD

PACKAGING = TOP / "packaging"


def test_configuration_as_shipped_is_all_defaults(tmp_path):
    shown = run("config", "show", PACKAGING / "ingam.conf")
    empty = tmp_path / "ingam.conf"
    empty.write_text("")
    assert shown.status == 0 and shown.out == run("config", "show", empty).out


def test_each_example_in_the_configuration_is_right(tmp_path):
    """Lines with # and no blank behind it are examples: uncommented, all of them together are a configuration."""
    text = (PACKAGING / "ingam.conf").read_text()
    examples = re.sub(r"^#(?=[^ #\n])", "", text, flags=re.M)
    examples = re.sub(r"^#(?=    [a-z-]+ = |\})", "", examples, flags=re.M)
    assert examples.count("\n#") < text.count("\n#") / 2
    conf = tmp_path / "ingam.conf"
    conf.write_text(examples)
    got = run("config", "check", conf)
    assert got.status == 0, got.err


def test_daemon_has_the_options_of_units_and_script():
    used = set()
    for file in ("systemd/ingamd.service", "ingamd.init"):
        text = (PACKAGING / file).read_text()
        used |= set(re.findall(r"ingamd (--[a-z]+)", text)) | set(re.findall(r'"\$daemon"(?: --)? (--[a-z]+)', text))
    helped = subprocess.run([INGAMD, "--help"], capture_output=True, text=True, timeout=20).stdout
    assert used - {"--retry"} == {"--foreground", "--pidfile", "--check"} and all(option in helped for option in used - {"--retry"})


def test_units_keep_little():
    done = subprocess.run([TOP / "tools" / "unit"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-500:]


def test_what_is_installed_is_there():
    for name in ("ingam.install", "ingam.docs"):
        for line in (PACKAGING / "debian" / name).read_text().splitlines():
            source = line.split()[0]
            assert source.startswith("usr/") or (TOP / source).exists(), f"{name}: {source}"
