"""Every rule against its golden pair: ``fixtures/rules/CODE/`` and the findings expected of it.

A pair is ``train.csv`` and, as the rule needs them, ``test.csv``, ``validation.csv``, ``production.jsonl``; roles
and options stand in ``options.toml``, in the shape of ``assay.toml``. A column ``expect`` says ``hit`` for a row
that must be in a finding and ``near-miss`` for one that looks like it and must not. ``make golden`` rewrites
``expected.txt``; read the difference before committing it.
"""

from __future__ import annotations

import inspect
import json
import math
import os
import re
import tomllib
from pathlib import Path

import pytest

from assay.audit.config import load
from assay.audit.encoders.folder import find_minilm
from assay.audit.features import configure
from assay.audit.gx.request import Suite, read_suite
from assay.audit.reading import read
from assay.audit.rules import Settings, all_rules, run
from assay.audit.slicing.request import Declared, declared

PAIRS = Path(__file__).resolve().parents[2] / "fixtures" / "rules"
FILES = {"train": "train.csv", "validation": "validation.csv", "test": "test.csv", "production": "production.jsonl"}
WRITE = os.environ.get("ASSAY_WRITE_GOLDEN") == "1"
RULES = all_rules()
CODES = [rule.code for rule in RULES]


def audit_of(folder):
    """The rule's audit of its pair; the working folder must be the pair's, so that places are short."""
    options = folder / "options.toml"
    config = tomllib.loads(options.read_text(encoding="utf-8")) if options.exists() else {}
    header = (folder / "train.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    roles = {name: name for name in ("text", "label") if name in header} | config.get("data", {})
    data = read({split: [file] for split, file in FILES.items() if (folder / file).exists()}, **roles)
    configure(data, config.get("audit", {}).get("encoder", "auto"))
    if options.exists():
        told = load(options)
        data.memo[Declared] = declared(told, str(options))
        data.memo[Suite] = read_suite(told.expectations)
    return run(data, Settings(select=(folder.name,), options=config.get("audit", {}).get("rules", {})))


def render(audit):
    return "\n".join(line for finding in audit.findings for line in lines_of(audit.data, finding)) + "\n"


def lines_of(data, finding):
    hit, fix = finding.hit, finding.hit.fix
    places = {row: data.row(row).place for row in {*hit.rows, *hit.related} if row >= 0}
    yield f"{finding.code} {finding.severity} {places[hit.rows[0]]}: {hit.message}"
    for i, row in enumerate(hit.rows):
        related = f" <- {places[hit.related[i]]}" if hit.related and hit.related[i] >= 0 else ""
        score = f" {hit.scores[i]:.3f}" if hit.scores and not math.isnan(hit.scores[i]) else ""
        yield f"    {places[row]}{related}{score}"
    if hit.suggested is not None:
        yield f"  suggested: {hit.suggested!r}"
    if fix:
        rows = "" if fix.rows == hit.rows else " " + " ".join(data.row(row).place for row in fix.rows)
        label = f" to {fix.label!r}" if fix.label is not None else ""
        yield f"  fix: {fix.action}{label}, {'safe' if fix.safe else 'unsafe'}{rows}"
    if hit.subject:
        yield f"  subject: {hit.subject!r}"
    yield f"  evidence: {json.dumps(rounded(dict(hit.evidence)), ensure_ascii=False, sort_keys=True)}"
    yield f"  fingerprint: {finding.fingerprint}"


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return round(value, 3) if isinstance(value, float) else value


def expected_of(data):
    """Rows by what their ``expect`` column says."""
    said = data.frame["expect"].to_list()
    assert set(said) <= {None, "", "hit", "near-miss"}
    return {word: {row for row, value in enumerate(said) if value == word} for word in ("hit", "near-miss")}


@pytest.mark.parametrize("code", CODES)
def test_rule_finds_what_its_golden_pair_says(code, monkeypatch):
    folder = PAIRS / code
    assert folder.is_dir(), f"rule {code} has no golden pair: add {folder.relative_to(PAIRS.parents[1])}/train.csv"
    if code == "GEX001":
        pytest.importorskip("great_expectations", reason="Great Expectations is not installed")
    options = folder / "options.toml"
    if options.exists() and '"minilm"' in options.read_text(encoding="utf-8") and find_minilm() is None:
        pytest.skip("the embedded encoder is not installed")
    monkeypatch.chdir(folder)
    audit = audit_of(folder)
    assert audit.ran == (code,), f"{code} did not run: {audit.skipped}"
    found = render(audit)
    if WRITE:
        (folder / "expected.txt").write_text(found, encoding="utf-8")
    assert found == (folder / "expected.txt").read_text(encoding="utf-8"), "if the change is meant: make golden"
    expected, rows = expected_of(audit.data), {row for f in audit.findings for row in f.hit.rows}
    assert expected["hit"], "a pair needs a row that the rule finds"
    assert expected["near-miss"], "a pair needs a row that looks like a hit and is none"
    places = {row: audit.data.row(row).place for row in range(len(audit.data))}
    assert not [places[row] for row in sorted(expected["hit"] - rows)], "rows marked hit that no finding names"
    assert not [places[row] for row in sorted(expected["near-miss"] & rows)], "near misses that a finding names"


def test_every_golden_pair_has_a_rule():
    assert {folder.name for folder in PAIRS.iterdir()} <= set(CODES)


@pytest.mark.parametrize("rule", RULES, ids=CODES)
def test_rule_is_documented(rule):
    summary, *_ = rule.help.split("\n\n")
    assert summary.endswith("."), "the docstring begins with a sentence"
    for word in ("Why:", "Fix:", *(["Options:"] if rule.options else [])):
        part = re.search(rf"^{word} *\S", rule.help, re.MULTILINE)
        assert part, f"{rule.code}: no line begins with {word}"
    for option in rule.options:
        assert re.search(rf"\b{option}\b", rule.help), f"{rule.code}: the docstring does not explain {option}"


@pytest.mark.parametrize("rule", RULES, ids=CODES)
def test_rule_is_named_and_typed(rule):
    assert re.fullmatch(r"[A-Z]{3}\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    parameters = list(inspect.signature(rule.check).parameters.values())
    assert parameters[0].name == "data"
    for parameter in parameters[1:]:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.annotation is not inspect.Parameter.empty
        assert parameter.default is not None, "TOML cannot write None"
        assert parameter.default is not inspect.Parameter.empty


def test_codes_and_names_are_unique():
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert len(set(CODES)) == len(CODES)
