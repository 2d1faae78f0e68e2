# SPDX-License-Identifier: BSD-2-Clause
"""A strict reader of OpenMetrics 1.0 text: what it does not take, no monitoring need take.

    read(text)    family -> (type, {(name, labels): value}); asserts what is wrong"""
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? ([+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf|NaN))")
SUFFIXES = {"counter": {"_total", "_created"}, "gauge": {""}, "info": {"_info"},
            "histogram": {"_bucket", "_count", "_sum", "_created"}}


def canonical(number):
    """A number as it must stand in le="...", so that two readers take it for the same."""
    value = float(number)
    return number == ("+Inf" if math.isinf(value) else repr(value))


def histogram(family, samples):
    """Buckets by growing bound to +Inf, counts that never fall, the last one the count of all."""
    bounds = [(re.search(r'le="([^"]*)"', labels)[1], n) for (name, labels), n in samples.items() if name == family + "_bucket"]
    assert all(canonical(bound) for bound, _ in bounds), bounds
    assert [float(b) for b, _ in bounds] == sorted({float(b) for b, _ in bounds}) and bounds[-1][0] == "+Inf"
    assert [n for _, n in bounds] == sorted(n for _, n in bounds)
    assert bounds[-1][1] == samples[family + "_count", None] and samples[family + "_sum", None] >= 0


def described(line, family, told):
    """UNIT and HELP: once each, before the samples, of the family that TYPE has begun; the name ends with the unit."""
    kind, name, text = re.fullmatch(rf"# (UNIT|HELP) ({NAME}) (.+)", line).groups()
    assert name == family and kind not in told, line
    assert kind == "HELP" or family.endswith("_" + text), line
    assert not re.search(r'\\[^n\\"]', text), line
    told.add(kind)


def read(text):
    assert text.endswith("# EOF\n") and text.count("# EOF") == 1 and "\n\n" not in text and "\r" not in text
    families, family, told, samples = {}, None, set(), {}
    for line in text.splitlines()[:-1]:
        if line.startswith("# TYPE "):
            family, kind = re.fullmatch(rf"# TYPE ({NAME}) (\w+)", line).groups()
            assert family not in families and kind in SUFFIXES, line
            assert not family.endswith(("_total", "_bucket", "_count", "_sum", "_info", "_created")), line
            told, samples = set(), {}
            families[family] = kind, samples
        elif line.startswith("#"):
            assert not samples, line
            described(line, family, told)
        else:
            whole = SAMPLE.fullmatch(line)
            assert whole, line
            name, labels, value = whole.groups()
            assert name[:len(family)] == family and name[len(family):] in SUFFIXES[kind], line
            assert (name, labels) not in samples, line
            assert kind == "gauge" or float(value) >= 0, line
            samples[name, labels] = float(value)
    for name, (kind, samples) in families.items():
        assert samples, name
        if kind == "histogram":
            histogram(name, samples)
    return families
