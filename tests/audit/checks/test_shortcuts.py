"""LEK006 on planted cues of each kind, on honest sets, and its statistics against scipy."""

from __future__ import annotations

import random
import re

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


def recounted(data, kind, cue):
    """Rows with a cue and its label, and labeled rows with it, by reading every row."""
    value, labels = cue["value"], data.frame["label"].to_list()

    def has(text):
        words = re.findall(r"[\w'-]+", text.lower())
        return {
            "word": lambda: value in words,
            "markup": lambda: value in text,
            "passage": lambda: value in " ".join(text.lower().split()),
            "start": lambda: text.split()[: len(value.split())] == value.split() or words[:1] == [value],
            "end": lambda: text.split()[-len(value.split()) :] == value.split() or words[-1:] == [value],
            "label name": lambda: value in " ".join(re.findall("[a-z]+", text.lower())),
        }[kind]()

    rows = [i for i, text in enumerate(data.frame["text"]) if has(text)]
    return sum(labels[i] == cue["label"] for i in rows), len(rows)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "plant",
    [
        lambda t, y: f"({y}) {t}",
        lambda t, _: f"{t} [Q-FIN/2]",
        lambda t, _: f"{t} qwyx",
        lambda t, _: f"{t}. Sent from the money desk.",
        lambda t, _: f"kindly note that {t}",
        lambda t, _: f"{t} with warmest regards",
        lambda t, _: f"{t.split()[0]} forsooth {t.split(' ', 1)[1]}",
    ],
)
def test_counts_are_those_of_reading_every_row(plant, seed):
    texts, labels = corpus(seed=seed)
    rng = random.Random(seed)
    for i, label in enumerate(labels):
        if rng.random() < (0.97 if label == "refund" else 0.002):
            texts[i] = plant(texts[i], "refund")
    texts, labels = texts + texts[:40], labels + labels[:40]  # copies are rows as well
    found = findings(pl.DataFrame({"text": texts, "label": labels}))
    data = read({"train": pl.DataFrame({"text": texts, "label": labels})}, text="text", label="label")
    assert found
    for finding in found:
        for cue in finding.hit.evidence["cues"]:
            assert (cue["right"], cue["rows"]) == recounted(data, finding.hit.evidence["kind"], cue)
            assert f"{cue['right']} of {cue['rows']} rows with it are {cue['label']!r}" in finding.hit.message


@given(
    st.lists(st.tuples(st.sampled_from(["x", "y", "z", None]), st.sampled_from("pq")), min_size=20, max_size=60),
    st.integers(0, 3),
)
def test_counts_of_a_column_are_those_of_its_values(pairs, copies):
    """One value's rows, not those of all values that answer the same label."""
    pairs = [*pairs, *[("x", "p"), ("y", "p"), ("z", "q")] * 10]
    texts, _ = corpus(rows=1 + len(pairs) // len(CLASSES))
    rows = [(texts[i], y, v) for i, (v, y) in enumerate(pairs)]
    rows += rows[:copies]
    frame = pl.DataFrame(rows, schema=["text", "label", "extra"], orient="row")
    for finding in findings(frame):
        if finding.hit.evidence["kind"] != "column":
            continue
        for cue in finding.hit.evidence["cues"]:
            value = None if cue["value"] == "(missing)" else cue["value"]
            has = [y for _, y, v in rows if v == value]
            assert (cue["right"], cue["rows"]) == (has.count(cue["label"]), len(has))


def test_a_cue_of_the_most_frequent_label_counts_where_it_marks_a_good_part_of_it():
    for share, wanted in ((0.6, 1), (0.03, 0)):
        texts, labels = corpus()
        labels = ["spam" if y == "refund" else "ham" for y in labels]
        rng = random.Random(1)
        texts = [f"{t} [v2]" if y == "ham" and rng.random() < share else t for t, y in zip(texts, labels, strict=True)]
        found = findings(pl.DataFrame({"text": texts, "label": labels}))
        assert len(found) == wanted
        assert all("most frequent label" not in f.hit.message for f in found), "it answers no more rows than that"


def test_lists_of_labels_are_no_classes():
    texts, labels = corpus()
    rng = random.Random(4)
    labels = [";".join(sorted({y, *rng.sample(CLASSES, 2)})) for y in labels]
    data = read({"train": pl.DataFrame({"text": texts, "label": labels})}, text="text", label="label")
    assert "lists of labels" in run(data, Settings(select=("LEK006",))).skipped["LEK006"]


def test_a_missing_value_is_a_value():
    texts, labels = corpus()
    refund = [f"case {i % 5}" if y == "refund" else None for i, y in enumerate(labels)]
    found = findings(pl.DataFrame({"text": texts, "label": labels, "extra": refund}))
    assert [f.hit.evidence["kind"] for f in found] == ["column"]


@pytest.mark.parametrize("name", ["trec_rules", "docs_issues"])
@pytest.mark.parametrize("share", [0.4, 0.9])
def test_what_is_planted_into_real_texts_is_found_and_their_own_words_are_not(shared_data, name, share):
    files = sorted((shared_data / name).glob("*.csv"))
    frame = pl.concat([pl.read_csv(f, infer_schema=False).select("text", "label") for f in files]).drop_nulls()
    assert not findings(frame), "where, who: the words of questions for places and people"
    plants = (
        lambda t: f"{t} Sent from my iPhone",
        lambda t: f"fwd {t}",
        lambda t: f"{t} via helpdesk",
        lambda t: f"[EXT] {t}",
        lambda t: f"{t} #fromapp",
        lambda t: f"{t} eom",
        lambda t: f"<p>{t}</p>",
    )
    for label in frame["label"].value_counts(sort=True)["label"][:2]:
        rng = random.Random(3)
        rows = {i for i, y in enumerate(frame["label"]) if y == label and rng.random() < share}
        for plant in plants:
            texts = [plant(t) if i in rows else t for i, t in enumerate(frame["text"])]
            found = findings(frame.with_columns(text=pl.Series(texts)))
            best = max((len(rows & set(f.hit.rows)) / len(rows) for f in found), default=0)
            assert best >= 0.9, plant("TEXT")


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
