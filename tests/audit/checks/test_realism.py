"""The rules of realism together: one kind a row, planted rows found, real sets left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.audit.dataset import Part, Roles, assemble
from assay.audit.reading import read
from assay.audit.rules import Settings, Severity, run

FIXTURE = Path(__file__).resolve().parents[3] / "fixtures" / "support_tickets"
RULES = ("RLS001", "RLS002", "RLS003", "RLS004")
SPLITS = {"train": "train.csv", "validation": "validation.csv", "test": "test.csv", "production": "production.jsonl"}
SETS = {
    "banking77": {"train": "train.csv", "test": "test.csv"},
    "clinc150": {"train": "train.csv", "validation": "val.csv", "test": "test.csv"},
    "snips": {"train": "train.csv", "test": "test.csv"},
}


def dataset(texts, labels=None):
    columns = {"text": list(texts)} | ({"label": list(labels)} if labels is not None else {})
    rows = len(columns["text"])
    part = Part("train", pl.DataFrame(columns), np.arange(rows, dtype=np.int64), np.zeros(rows, np.int32), ())
    return assemble([part], Roles(text=("text",), label="label" if labels is not None else None))


def found(data, *codes, **options):
    audit = run(data, Settings(select=codes or RULES, options=options))
    assert not audit.crashed, audit.skipped
    return audit


def by_code(audit):
    return {c: {r for f in audit.findings if f.code == c for r in f.hit.rows} for c in audit.ran}


@pytest.fixture(scope="module")
def tickets():
    return read({s: [str(FIXTURE / f)] for s, f in SPLITS.items()}, text="text", label="category", id="id")


@pytest.fixture(scope="module")
def planted(tickets):
    """code -> rows of the fixture's frame."""
    truth = pl.read_csv(FIXTURE / "truth.csv", infer_schema=False).filter(pl.col("code").str.starts_with("RLS"))
    start = {s.name: s.start for s in tickets.splits}
    out = {}
    for row in truth.iter_rows(named=True):
        out.setdefault(row["code"], set()).add(start[row["split"]] + int(row["row"]))
    return out


def test_every_planted_row_of_the_tickets_is_found_and_none_twice(tickets, planted):
    rows = by_code(found(tickets))
    for code in RULES:
        assert planted[code] <= rows[code], code
        others = set().union(*(rows[c] for c in RULES if c != code))
        assert not rows[code] & others, "one kind a row"


def test_only_planted_rows_of_the_tickets_are_found(tickets, planted):
    rows = by_code(found(tickets))
    everything = set().union(*planted.values())
    assert not {data_row for code in RULES for data_row in rows[code]} - everything


def test_over_long_tickets_are_the_planted_ones(tickets, planted):
    assert by_code(found(tickets, "RLS006"))["RLS006"] == planted["RLS006"]


@pytest.mark.parametrize("name", SETS)
def test_real_sets_are_left_alone(shared_data, name):
    files = {split: [str(shared_data / name / file)] for split, file in SETS[name].items()}
    data = read(files, text="text", label="label")
    rows = set().union(*by_code(found(data)).values())
    assert len(rows) / len(data) <= 0.002, [data.text[r] for r in sorted(rows)]


def test_junk_in_a_real_set_is_found(shared_data):
    texts = pl.read_csv(shared_data / "banking77" / "train.csv", infer_schema=False)["text"].to_list()
    r = np.random.default_rng(5)
    keys = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]
    mash = [
        " ".join("".join(r.choice(list(keys[r.integers(3)]), r.integers(3, 9))) for _ in range(5)) for _ in range(100)
    ]
    shuffled = [" ".join("".join(r.permutation(list(w))) for w in texts[i].split()) for i in r.integers(0, 9000, 100)]
    broken = [f"“{texts[i]}” – please".encode().decode("cp1252", "replace") for i in r.integers(0, 9000, 100)]
    size = len(texts)
    rows = by_code(found(dataset([*texts, *mash, *shuffled, *broken])))
    assert len(rows["RLS003"] & set(range(size, size + 100))) >= 97
    assert len(rows["RLS003"] & set(range(size + 100, size + 200))) >= 75
    assert len(rows["RLS002"] & set(range(size + 200, size + 300))) >= 97


def test_a_set_of_code_or_keys_is_no_gibberish():
    keys = [f"INV-{i * 7919 % 1000003:06d}-{'ABCDEFGHJK'[i % 10]}" for i in range(300)]
    assert not by_code(found(dataset(keys)))["RLS003"]
    code = [f"self._{a}_{b} = {a}.get({b!r}, None)" for a in ("cache", "table", "row") for b in "abcdefghijklmnop"]
    assert not by_code(found(dataset(code)))["RLS003"]


def test_rare_names_are_only_a_note(tickets):
    texts = [*tickets.text.to_list()[:400], "find Ciribiribin Krzysztof Szczebrzeszyn"]
    for finding in found(dataset(texts), "RLS003").findings:
        if finding.hit.rows == (400,):
            assert finding.severity is Severity.NOTE


def test_an_audit_says_the_same_twice(tickets):
    one, two = found(tickets), found(read({"train": [str(FIXTURE / "train.csv")]}, text="text"), *RULES)
    again = found(read({"train": [str(FIXTURE / "train.csv")]}, text="text"), *RULES)
    assert [(f.fingerprint, f.hit) for f in two.findings] == [(f.fingerprint, f.hit) for f in again.findings]
    assert one.ran == two.ran


def test_nothing_to_judge_is_no_finding():
    assert by_code(found(dataset(["where is my card"]))) == {code: set() for code in RULES}
    assert by_code(found(dataset([""]))) == {"RLS001": {0}, "RLS002": set(), "RLS003": set(), "RLS004": set()}


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("RLS001", {"usual": 0.0}),
        ("RLS002", {"usual": 2.0}),
        ("RLS003", {"disorder": -1.0}),
        ("RLS004", {"languages": ("klingon",)}),
        ("RLS005", {"chance": 1.5}),
        ("RLS006", {"max_tokens": 0}),
    ],
)
def test_senseless_options_are_refused(code, options):
    from assay.audit.errors import ConfigError

    with pytest.raises(ConfigError):
        run(dataset(["where is my card"] * 60), Settings(select=(code,), options={code: options}))


def test_a_stray_text_is_an_outlier_and_every_row_has_a_score():
    things = ["card", "bank card", "debit card", "new card", "credit card", "second card", "lost card", "old card"]
    asks = [
        "where is my {}",
        "when will my {} arrive",
        "has my {} been sent",
        "can you track my {}",
        "cancel my {} now",
    ]
    texts = [a.format(t) for a in asks for t in things] + [a.format(t) + " please" for a in asks for t in things]
    texts += ["sweat two onions in olive oil and add garlic and red lentils", "n/a"]
    audit = found(dataset(texts), "RLS005")
    assert audit.findings[0].hit.rows == (80,)
    assert audit.findings[0].severity is Severity.NOTE
    score = audit.scores["outlier"].to_list()
    assert score[80] == 1
    assert score[81] is None, "an empty text is not far from the others, it is nowhere"
    assert all(0 <= s <= 1 for s in score[:80])


def test_few_rows_are_not_enough_for_outliers():
    audit = run(dataset(["where is my card", "lentil soup"]), Settings(select=("RLS005",)))
    assert "too few" in audit.skipped["RLS005"]
