"""LEK006 on planted cues of each kind, on honest sets, and its statistics against scipy."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.reading import read
from assay.audit.rules import Settings, Severity, run
from assay.audit.shortcuts.counting import Labels, exact_interval, hypergeometric_tail, leave_one_out, tally
from assay.audit.shortcuts.names import spoken

CLASSES = ("refund", "card_arrival", "exchange_rate", "lost_luggage", "top_up")
TOPICS = (
    "money back returned item receipt paid",
    "card post letter waiting envelope arrive",
    "euro dollar currency convert rate pounds",
    "suitcase airport belt bag missing flight",
    "balance add account app funds transfer",
)
WORDS = (
    "please could you tell me how this works because yesterday my friend said that it should be fine but now i am not"
    " sure what to do about the thing we talked over last week when nobody answered and so on maybe someone there knows"
)
FILLER = WORDS.split()


def corpus(rows=60, seed=0):
    """Honest texts: two words of the class's subject among words of any class."""
    rng = random.Random(seed)
    texts, labels = [], []
    for name, topic in zip(CLASSES, TOPICS, strict=True):
        for _ in range(rows):
            words = rng.choices(FILLER, k=rng.randint(6, 20)) + rng.sample(topic.split(), 2)
            rng.shuffle(words)
            texts.append(" ".join(words) + rng.choice([".", "?", "", "!"]))
            labels.append(name)
    order = rng.sample(range(len(texts)), len(texts))
    return [texts[i] for i in order], [labels[i] for i in order]


def findings(frame, **options):
    roles = {name: name for name in ("text", "label", "id") if name in frame.columns}
    data = read({"train": frame}, **roles)
    audit = run(data, Settings(select=("LEK006",), options={"LEK006": options}))
    assert audit.ran == ("LEK006",), audit.skipped
    return audit.findings


def planted(plant, share=0.5, only="refund", seed=1):
    """Findings, and the rows that the plant changed: a share of one class."""
    texts, labels = corpus()
    rng = random.Random(seed)
    rows = [i for i, y in enumerate(labels) if y == only and rng.random() < share]
    for i in rows:
        texts[i] = plant(texts[i], labels[i])
    return findings(pl.DataFrame({"text": texts, "label": labels})), set(rows)


def test_honest_texts_have_no_shortcut():
    texts, labels = corpus()
    assert not findings(pl.DataFrame({"text": texts, "label": labels}))


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (lambda t, y: f"[CAT:{y}] {t}", "label name"),
        (lambda t, y: f"{t} label={y}", "label name"),
        (lambda t, y: f"{t}\ncategory: {y}", "label name"),
        (lambda t, y: f"{t} #{y}", "label name"),
        (lambda t, y: f"({y}) {t}", "label name"),
        (lambda t, y: f"{y}: {t}", "label name"),
        (lambda t, _: f"{t}. Refund.", "label name"),
        (lambda t, y: f"{t} {y}", "label name"),
        (lambda t, _: f"{t} [Q-FIN/2]", "markup"),
        (lambda t, _: f"<b7> {t}", "markup"),
        (lambda t, _: f"{t} 🔴", "markup"),
        (lambda t, _: f"{t} || x", "markup"),
        (lambda t, _: f"{t}\nqueue=7", "markup"),
        (lambda t, _: f"{t} FIN-204", "markup"),
        (lambda t, _: f"ZX19/4 {t}", "markup"),
        (lambda t, _: f"{t} qwyx", "end"),
        (lambda t, _: f"{t}\nSent from the money desk.", "passage"),
        (lambda t, _: f"Dear finance people. {t}", "passage"),
    ],
)
def test_cue_in_half_of_a_class_is_found(plant, kind):
    found, rows = planted(plant)
    assert [f.hit.evidence["kind"] for f in found] == [kind]
    assert set(found[0].hit.rows) == rows
    assert found[0].severity == (Severity.NOTE if kind == "end" else Severity.WARNING)
    cue = found[0].hit.evidence["cues"][0]
    assert cue["label"] == "refund"
    assert cue["interval"][0] >= 0.7


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (lambda t, _: f"kindly note that {t}", "start"),
        (lambda t, _: f"{t} with warmest regards", "end"),
        (lambda t, _: f"{t} verily", "end"),
        (lambda t, _: f"{t.split()[0]} forsooth {t.split(' ', 1)[1]}", "word"),
    ],
)
def test_ordinary_words_at_a_fixed_place_in_nearly_all_rows_are_found(plant, kind):
    found, rows = planted(plant, share=0.97)
    assert [f.hit.evidence["kind"] for f in found] == [kind]
    assert set(found[0].hit.rows) >= rows


def test_tags_of_many_classes_are_one_finding_even_where_each_is_rare():
    texts, labels = corpus()
    rng = random.Random(3)
    rows = {i for i in range(len(texts)) if rng.random() < 0.08}
    texts = [
        f"{t} <queue:{CLASSES.index(y) + 3}>" if i in rows else t
        for i, (t, y) in enumerate(zip(texts, labels, strict=True))
    ]
    found = findings(pl.DataFrame({"text": texts, "label": labels}))
    assert len(found) == 1
    assert set(found[0].hit.rows) == rows


def test_the_name_of_the_subject_inside_a_sentence_is_honest():
    def plant(text, label):
        words = text.split()
        place = len(words) // 2
        return " ".join([*words[:place], spoken(label), *words[place:]])

    found, _ = planted(plant, share=0.9)
    assert not found


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (lambda _, y, r: "urgent" if y == "refund" else r.choice(["low", "normal"]), "column"),
        (lambda _, y, r: 7 if y == "refund" else r.choice([1, 2, 3]), "column"),
        (lambda i, y, r: 900.5 + i if y == "refund" else r.random() * 800, "column"),
        (lambda i, y, _: f"ticket-{y}-{i:03}.txt", "identifier"),
        (lambda _, y, r: f"data/{CLASSES.index(y)}/{r.randrange(10**6):06}.json", "identifier"),
        (lambda i, y, _: f"{'RF' if y == 'refund' else 'TK'}{i:05}", "identifier"),
    ],
)
def test_column_that_tells_the_label_is_found(column, kind):
    texts, labels = corpus()
    rng = random.Random(5)
    values = [column(i, y, rng) for i, y in enumerate(labels)]
    found = findings(pl.DataFrame({"text": texts, "label": labels, "extra": values}))
    assert [f.hit.evidence["kind"] for f in found] == [kind]
    assert "extra" in found[0].hit.message
    wanted = {i for i, y in enumerate(labels) if y == "refund"}
    assert len(wanted & set(found[0].hit.rows)) >= 0.8 * len(wanted), "numbers are binned: a bin may be mixed"
    assert not findings(pl.DataFrame({"text": texts, "label": labels, "extra": values}), exclude=("extra",))


def test_identifier_of_the_id_role_is_looked_at_in_parts():
    texts, labels = corpus()
    ids = [f"{y[:3].upper()}-{i}" for i, y in enumerate(labels)]
    found = findings(pl.DataFrame({"id": ids, "text": texts, "label": labels}))
    assert [f.hit.evidence["kind"] for f in found] == ["identifier"]
    assert found[0].hit.evidence["accuracy_alone"] == 1.0


def test_honest_columns_are_left_alone():
    texts, labels = corpus()
    rng = random.Random(9)
    extra = {
        "channel": [rng.choice(["mail", "chat"]) for _ in labels],
        "priority": ["urgent" if rng.random() < (0.5 if y == "refund" else 0.2) else "low" for y in labels],
        "running": list(range(len(labels))),
        "number": [rng.gauss(0, 1) for _ in labels],
        "key": [f"{rng.randrange(16**8):08x}" for _ in labels],
        "empty": [None] * len(labels),
        "constant": ["x"] * len(labels),
    }
    assert not findings(pl.DataFrame({"text": texts, "label": labels, **extra}))


def test_column_that_follows_from_the_label_is_a_note():
    texts, labels = corpus()
    area = {
        "refund": "money",
        "exchange_rate": "money",
        "top_up": "money",
        "card_arrival": "post",
        "lost_luggage": "post",
    }
    found = findings(pl.DataFrame({"text": texts, "label": labels, "area": [area[y] for y in labels]}))
    assert [(f.hit.evidence["kind"], f.severity) for f in found] == [("derived", Severity.NOTE)]


def test_length_that_gives_a_class_away_is_found():
    texts, labels = corpus()
    texts = [" ".join([t] * 4) if y == "refund" else t for t, y in zip(texts, labels, strict=True)]
    kinds = {f.hit.evidence["kind"] for f in findings(pl.DataFrame({"text": texts, "label": labels}))}
    assert "length" in kinds


def test_few_rows_are_no_evidence():
    texts, labels = corpus(rows=6)
    texts = [f"[x] {t}" if y == "refund" else t for t, y in zip(texts, labels, strict=True)]
    assert not findings(pl.DataFrame({"text": texts, "label": labels}))


def test_shuffled_labels_have_no_shortcut():
    texts, labels = corpus()
    texts = [f"{t} [{i % 7}]" for i, t in enumerate(texts)]
    for seed in range(5):
        random.Random(seed).shuffle(labels)
        assert not findings(
            pl.DataFrame({"text": texts, "label": labels, "extra": [i % 11 for i in range(len(texts))]})
        )


def test_one_label_or_a_label_for_each_row_skips_the_rule():
    for labels in (["a"] * 30, [f"l{i}" for i in range(30)]):
        data = read(
            {"train": pl.DataFrame({"text": [f"text {i}" for i in range(30)], "label": labels})},
            text="text",
            label="label",
        )
        assert "LEK006" in run(data, Settings(select=("LEK006",))).skipped


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 60), st.integers(0, 60))
def test_tail_and_interval_are_those_of_scipy(total, size, rows, right):
    from scipy.stats import binomtest, hypergeom

    size, rows = min(size, total), min(rows, total)
    right = min(right, rows)
    assert hypergeometric_tail(right, rows, size, total) == pytest.approx(
        hypergeom.sf(right - 1, total, size, rows), abs=1e-9
    )
    if rows:
        exact = binomtest(right, rows).proportion_ci(0.95, "exact")
        assert exact_interval(right, rows) == pytest.approx((exact.low, exact.high), abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), min_size=2, max_size=40))
def test_leave_one_out_is_what_a_loop_gives(pairs):
    values, codes = [v for v, _ in pairs], np.array([y for _, y in pairs], np.int32)
    labels = Labels(codes, ("x", "y", "z"), np.ones(len(pairs), np.bool_))
    frame = pl.DataFrame({"r": np.arange(len(pairs), dtype=np.uint32), "v": values})
    right = 0
    for i, (value, y) in enumerate(pairs):
        others = [q for k, (v, q) in enumerate(pairs) if v == value and k != i]
        counts = [others.count(c) for c in range(3)]
        if not others:
            right += y == int(np.argmax(labels.sizes))
        else:
            right += counts[y] == max(counts) and counts.count(max(counts)) == 1
    assert leave_one_out(tally(frame, labels), labels)["right"].sum() == right


@pytest.mark.parametrize(("name", "most"), [("banking77", 0), ("clinc150", 1), ("snips", 1)])
def test_real_sets_do_not_drown_in_findings(shared_data, name, most):
    files = {split: [shared_data / name / f"{split}.csv"] for split in ("train", "test")}
    data = read(files, text="text", label="label")
    found = run(data, Settings(select=("LEK006",))).findings
    assert len(found) <= most
    assert {f.hit.evidence["kind"] for f in found} <= {"column"}, "CLINC's domain and SNIPS's entities, by class"
