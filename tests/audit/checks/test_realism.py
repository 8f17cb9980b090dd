"""The rules of realism together: one kind a row, planted rows found, real sets left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.audit.dataset import Part, Roles, assemble
from assay.audit.encoders.folder import can_read, find_minilm
from assay.audit.features import configure
from assay.audit.reading import read
from assay.audit.rules import Settings, Severity, run

FIXTURE = Path(__file__).resolve().parents[3] / "fixtures" / "support_tickets"
needs_minilm = pytest.mark.skipif(not can_read() or find_minilm() is None, reason="no embedded encoder")
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
    truth = pl.read_csv(FIXTURE / "truth.csv", infer_schema=False)
    truth = truth.with_columns(
        code=pl.when(pl.col("kind").str.contains("quoted reply")).then(pl.lit("quoted")).otherwise(pl.col("code"))
    ).filter(pl.col("code").str.starts_with("RLS") | (pl.col("code") == "quoted"))
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


@pytest.mark.parametrize(
    "text",
    [
        "find Ciribiribin Krzysztof Szczebrzeszyn",
        "@mailoa10 @carito_schmidt #duellumdiewelt",
        "https://t.co/EpyCB6rhmq http://t.co/WqZcOINs1f",
        "staff.science.nus.edu.sg/~phyhcmk/teaching/pc1323",
        "2a665470ced7adb7156fcef47f8199a6371c117b8a79e399",
        "debian/patches/74a94fe7f47b2e3f707cf4589fbb635a50f22ad2.patch",
        "I hate pizza.",
        "salutations!",
        "compusa, memorex, fuji.",
        "YES YES YES YES YES!!!!!!!!!!",
        "nooooooooooooooooooo",
        "WTF LOL OMG BRB",
        "thoroughbred krugerrands antebellum",
        "---------------------------- =============== !!!!!!!!!!! see above",
    ],
)
def test_names_addresses_and_emphasis_are_no_gibberish(tickets, text):
    texts = [*tickets.text.to_list()[:400], text]
    assert 400 not in by_code(found(dataset(texts), "RLS003"))["RLS003"]


def test_gibberish_has_no_notes(tickets):
    r = np.random.default_rng(3)
    shuffled = [" ".join("".join(r.permutation(list(w))) for w in t.split()) for t in tickets.text.to_list()[400:500]]
    audit = found(dataset([*tickets.text.to_list()[:400], *shuffled]), "RLS003")
    assert {f.severity for f in audit.findings} == {Severity.WARNING}


def test_systematic_damage_is_one_finding():
    texts = [f"\ufeffwhere is my card number {i}" for i in range(30)] + [f"cancel order {i} please" for i in range(70)]
    audit = found(dataset(texts), "RLS002")
    assert [(len(f.hit.rows), f.severity) for f in audit.findings] == [(30, Severity.WARNING)]
    assert "byte-order marks" in audit.findings[0].hit.message
    few = found(dataset(texts[25:]), "RLS002")
    assert [f.hit.rows for f in few.findings] == [(i,) for i in range(5)]


def test_shuffled_rows_give_the_same_findings(tickets):
    texts = tickets.text.to_list()
    order = np.random.default_rng(1).permutation(len(texts))
    one, two = found(dataset(texts)), found(dataset([texts[i] for i in order]))

    def known(audit, at):
        return sorted(
            (f.code, str(f.severity), tuple(sorted(at[r] for r in f.hit.rows)), f.hit.message) for f in audit.findings
        )

    assert known(one, np.arange(len(texts))) == known(two, order)


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
        ("RLS005", {"topic": 1.5}),
        ("RLS006", {"max_tokens": 0}),
    ],
)
def test_senseless_options_are_refused(code, options):
    from assay.audit.errors import ConfigError

    with pytest.raises(ConfigError):
        run(dataset(["where is my card"] * 60), Settings(select=(code,), options={code: options}))


ASKS = (
    "where is my {}",
    "when will my {} arrive",
    "has my {} been sent",
    "can you track my {}",
    "cancel my {} now",
    "how do I activate my {}",
    "what is the fee for a {}",
)
STRAY = (
    "sweat two onions in olive oil and add garlic and red lentils",
    "the glacier retreated four hundred meters last century",
)


def of_one_topic():
    things = ["card", "bank card", "debit card", "new card", "credit card", "second card", "lost card", "old card"]
    return [ask.format(thing) + end for ask in ASKS for thing in things for end in ("", " please")]


def outliers(texts, **options):
    data = dataset(texts)
    configure(data, "minilm")
    return found(data, "RLS005", **options)


@needs_minilm
def test_off_topic_texts_are_found_in_a_dataset_of_one_topic():
    texts = of_one_topic()
    audit = outliers([*texts, *STRAY, "n/a"])
    assert {f.hit.rows for f in audit.findings} == {(len(texts),), (len(texts) + 1,)}
    assert all(f.severity is Severity.NOTE for f in audit.findings)
    score = audit.scores["outlier"].to_list()
    assert max(score[: len(texts)]) < min(score[len(texts) : -1])
    assert score[-1] is None, "an empty text is not far from the others, it is nowhere"
    assert all(0 <= s <= 1 for s in score[:-1])


@needs_minilm
def test_outliers_are_not_applicable_to_many_topics(shared_data):
    texts = pl.read_csv(shared_data / "clinc150" / "test.csv", infer_schema=False)["text"].to_list()[::20]
    audit = outliers([*texts, *STRAY])
    assert "many topics" in audit.skipped["RLS005"]
    assert "RLS005" in outliers([*texts, *STRAY], RLS005={"topic": 0.0}).ran


def test_outliers_need_a_sentence_encoder():
    data = dataset([*of_one_topic(), *STRAY])
    configure(data, "lsa")
    audit = run(data, Settings(select=("RLS005",)))
    assert "sentence encoder" in audit.skipped["RLS005"]


@needs_minilm
def test_few_rows_are_not_enough_for_outliers():
    assert "too few" in outliers(["where is my card", "lentil soup"]).skipped["RLS005"]
