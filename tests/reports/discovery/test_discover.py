"""Planted slices are found, sets without one stay silent, and a condition selects what is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.audit import config
from assay.audit.slices import declare, members
from assay.audit.slicing.request import Declared
from assay.reports.discovery.discovered import CAVEAT


def words(frame, pattern):
    return frame["text"].str.contains(rf"\b(?:{pattern})\b").to_numpy()


PLANTED = {
    "keyword": lambda f: words(f, "hotline"),
    "pair of words": lambda f: words(f, "two days"),
    "topic": lambda f: words(f, "laptop|monitor|keyboard|printer|headset|webcam|docking"),
    "short": lambda f: (f["text"].str.count_matches(r"\S+") <= 5).to_numpy(),
    "long": lambda f: (f["text"].str.len_chars() >= 180).to_numpy(),
    "metadata": lambda f: (f["channel"] == "chat").to_numpy(),
    "number": lambda f: (f["tenure_months"] >= 90).to_numpy(),
    "label": lambda f: (f["label"] == "outage").to_numpy(),
    "label and metadata": lambda f: ((f["label"] == "refund") & (f["channel"] == "web")).to_numpy(),
    "word and metadata": lambda f: words(f, "arrived") & (f["region"] == "north").to_numpy(),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_slice_is_the_first_that_is_told(kit, tickets, kind):
    mask = PLANTED[kind](tickets)
    assert mask.sum() >= 40
    found = kit.find(tickets, kit.failing(tickets, mask))
    assert found
    assert kit.jaccard(found[0].rows, mask) >= 0.7
    assert found[0].p_value <= 0.05
    assert found[0].expected < 0.2 < found[0].low


def test_three_slices_are_told_apart(kit, tickets):
    masks = [PLANTED[k](tickets) for k in ("keyword", "metadata", "label")]
    found = kit.find(tickets, kit.failing(tickets, np.any(masks, axis=0)))
    assert {max(range(3), key=lambda n: kit.jaccard(f.rows, masks[n])) for f in found[:3]} == {0, 1, 2}
    assert all(max(kit.jaccard(f.rows, m) for m in masks) >= 0.5 for f in found)


def test_without_a_failing_slice_nothing_is_told(failing_slices, kit):
    told = []
    for seed in range(24):
        made = failing_slices.null("tickets", 1_500, 900 + seed, ("same", "beta")[seed % 2])
        told.append(len(kit.find(made.frame, made.wrong)))
    # At most 5 % of such sets may have one: four or more of 24 has a chance of 2.4 %.
    assert np.count_nonzero(told) <= 3


def test_words_of_a_hard_class_are_no_find_beside_it(kit, tickets):
    mask = (tickets["label"] == "damage").to_numpy()
    found = kit.find(tickets, kit.failing(tickets, mask, rate=0.5))
    assert [f.name for f in found] == ["label = damage"]


def test_a_domain_of_many_classes(kit, tickets):
    rng = np.random.default_rng(3)
    number = rng.integers(0, 60, tickets.height)
    frame = tickets.with_columns(
        pl.Series("label", [f"class {k}" for k in number]), pl.Series("domain", [f"d{k // 6}" for k in number])
    )
    mask = (number // 6) == 4
    found = kit.find(frame, kit.failing(frame, mask, rate=0.5))
    assert [f.name for f in found] == ["domain = d4"]


@pytest.mark.parametrize("kind", PLANTED)
def test_the_condition_selects_exactly_the_rows_told(kit, tickets, kind, tmp_path):
    data = kit.make(tickets)
    (first, *_) = kit.find(tickets, kit.failing(tickets, PLANTED[kind](tickets)), data=data)
    path = tmp_path / "assay.toml"
    path.write_text(f"[[slice]]\nname = 'found'\nwhere = '''{first.where}'''\n", encoding="utf-8")
    declare(data, Declared(tuple(config.load(path).slice), str(path), str(tmp_path)))
    assert members(data).rows(0).tolist() == first.rows.tolist()


def test_figures_are_those_of_the_rows(kit, tickets):
    wrong = kit.failing(tickets, PLANTED["keyword"](tickets))
    (first, *_) = kit.find(tickets, wrong)
    assert first.n == first.rows.size
    assert first.errors == wrong[first.rows].sum()
    assert first.value == pytest.approx(first.errors / first.n)
    assert first.low < first.value < first.high
    assert first.lift == pytest.approx(first.value / first.expected)
    facts = first.facts()
    assert facts["caveat"] == CAVEAT
    assert all(wrong[e["row"]] and e["prediction"] == "something else" for e in facts["examples"])
    assert {e["text"] for e in facts["examples"]} <= set(tickets["text"])


def test_copies_are_one_trial(kit, tickets):
    # One wrong ticket sent forty times: forty errors, and no evidence of anything.
    text = "the zebra did it again and nobody seems to care"
    copies = pl.DataFrame({c: [text if c == "text" else tickets[c][0]] * 40 for c in tickets.columns})
    frame = pl.concat([tickets[:1_500], copies])
    wrong = np.concatenate([kit.failing(tickets[:1_500], np.zeros(1_500, bool)), np.ones(40, bool)])
    mask = np.arange(frame.height) >= 1_500
    assert any(kit.jaccard(f.rows, mask) > 0.5 for f in kit.find(frame, wrong))
    assert kit.find(frame, wrong, clusters=np.minimum(np.arange(frame.height), 1_500)) == ()


def test_copies_count_once_in_a_slice(kit, tickets):
    mask = PLANTED["keyword"](tickets)
    twice = pl.concat([tickets, tickets])
    wrong = np.tile(kit.failing(tickets, mask), 2)
    clusters = np.tile(np.arange(tickets.height), 2)
    (first, *_) = kit.find(twice, wrong, clusters=clusters)
    assert first.rows.size == 2 * first.n
    assert first.errors * 2 == wrong[first.rows].sum()


def test_halves_confirm_on_rows_that_were_not_searched(kit, tickets):
    mask = PLANTED["metadata"](tickets)
    wrong = kit.failing(tickets, mask)
    found = kit.find(tickets, wrong, confirm=True)
    assert kit.jaccard(found[0].rows, mask) >= 0.7
    assert all(f.confirmed for f in found)
    half = found[0].confirmation
    assert 0 < half.n < found[0].n
    assert half.low > 0.2
    assert found[0].facts()["confirmation"]["n"] == half.n


def test_rows_of_another_split_are_left_out(kit, tickets):
    mask = PLANTED["keyword"](tickets)
    wrong = kit.failing(tickets, mask)
    rows = np.flatnonzero(np.arange(tickets.height) % 2)
    from assay.reports.discovery import discover

    labels = tickets["label"].to_numpy().astype(str)[rows]
    (first, *_) = discover(kit.make(tickets), "test", rows, labels, labels, ~wrong[rows])
    assert np.isin(first.rows, rows).all()
    assert kit.jaccard(first.rows, mask & (np.arange(mask.size) % 2 == 1)) >= 0.8


def test_what_the_model_said_is_no_property_of_a_row(kit, tickets):
    wrong = kit.failing(tickets, np.zeros(tickets.height, bool))
    said = np.where(wrong, "something else", tickets["label"].to_numpy().astype(str))
    frame = tickets.with_columns(
        pl.Series("prediction", said), pl.Series("correct", ~wrong), pl.Series("failed", wrong.astype(int))
    )
    assert kit.find(frame, wrong) == ()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_right_or_all_wrong_has_no_slice(kit, tickets, share):
    assert kit.find(tickets[:200], np.full(200, bool(share))) == ()


@pytest.mark.parametrize("rows", [1, 2, 9, 30])
def test_few_rows_say_nothing(kit, tickets, rows):
    wrong = np.arange(rows) % 2 == 0
    assert kit.find(tickets[:rows], wrong) == ()


def test_texts_without_spaces(kit):
    rng = np.random.default_rng(0)
    base = ["我想查询余额", "请帮我取消订单", "密码忘记了怎么办", "快递还没有到", "发票怎么开"]
    texts = [base[int(rng.integers(5))] + "".join(rng.choice(list("的了吗呢啊"), 3)) for _ in range(1_500)]
    special = rng.random(1_500) < 0.06
    frame = pl.DataFrame(
        {
            "text": [t + "iPhone屏幕碎了" if s else t for t, s in zip(texts, special, strict=True)],
            "label": rng.choice(["a", "b"], 1_500),
        }
    )
    (first, *_) = kit.find(frame, kit.failing(frame, special))
    assert kit.jaccard(first.rows, special) >= 0.9


def test_odd_names_quotes_and_nulls(kit, tickets):
    rng = np.random.default_rng(1)
    flag = rng.random(tickets.height) < 0.05
    odd = tickets.rename({"text": 'the "text"', "channel": "select"}).with_columns(
        pl.Series("it's", np.where(flag, "o'clock", "x")),
        pl.when(pl.Series(rng.random(tickets.height) < 0.04))
        .then(None)
        .otherwise(pl.col('the "text"'))
        .alias('the "text"'),
    )
    data = kit.make(odd, text=('the "text"',))
    (first, *_) = kit.find(odd, kit.failing(odd, flag), data=data)
    assert first.where == "\"it's\" = 'o''clock'"
    assert kit.jaccard(first.rows, flag) == 1
    empty = odd['the "text"'].is_null().to_numpy()
    (first, *_) = kit.find(odd, kit.failing(odd, empty), data=data)
    assert kit.jaccard(first.rows, empty) >= 0.9


def test_pairs_of_texts(kit, tickets):
    frame = tickets.rename({"text": "question"}).with_columns(answer=tickets["text"].shuffle(seed=1))
    mask = frame.select((pl.col("question") + " | " + pl.col("answer")).str.contains(r"\bhotline\b"))["question"]
    data = kit.make(frame, text=("question", "answer"))
    (first, *_) = kit.find(frame, kit.failing(frame, mask.to_numpy()), data=data)
    assert kit.jaccard(first.rows, mask.to_numpy()) >= 0.9


def test_a_missing_value_may_be_what_fails(kit, tickets):
    rng = np.random.default_rng(2)
    gone = rng.random(tickets.height) < 0.06
    frame = tickets.with_columns(pl.when(pl.Series(~gone)).then(pl.col("region")).alias("region"))
    (first, *_) = kit.find(frame, kit.failing(frame, gone))
    assert first.where == "region IS NULL"


COLUMNS = {
    "bool": (lambda _, flag: flag, "x = TRUE"),
    "null bool": (lambda _, flag: [None if f else False for f in flag], "x IS NULL"),
    "integer": (lambda rng, flag: np.where(flag, -3, rng.integers(0, 4, flag.size)), "x = -3"),
    "small float": (lambda rng, flag: np.where(flag, 3e-7, 1e-7) * rng.uniform(0.9, 1, flag.size), "x >= 3e-07"),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_of_any_type(kit, tickets, kind):
    make, where = COLUMNS[kind]
    rng = np.random.default_rng(6)
    flag = rng.random(tickets.height) < 0.06
    frame = tickets.with_columns(pl.Series("x", make(rng, flag)))
    (first, *_) = kit.find(frame, kit.failing(frame, flag))
    assert first.where.split(" ")[1] == where.split(" ")[1]
    assert kit.jaccard(first.rows, flag) >= 0.8


def test_without_texts_metadata_are_searched(kit, tickets):
    frame = tickets.drop("text")
    mask = PLANTED["metadata"](tickets)
    (first, *_) = kit.find(frame, kit.failing(frame, mask), data=kit.make(frame, text=()))
    assert first.where == "channel = 'chat'"
    assert first.facts()["examples"][0]["text"] is None


def test_labels_that_are_all_different(kit, tickets):
    frame = tickets.with_columns(pl.Series("label", [f"l{k}" for k in range(tickets.height)]))
    mask = PLANTED["metadata"](tickets)
    (first, *_) = kit.find(frame, kit.failing(frame, mask))
    assert first.where == "channel = 'chat'"


def test_columns_of_different_length_are_refused(kit, tickets):
    from assay.reports.discovery import discover

    with pytest.raises(ValueError, match="test: rows, labels"):
        discover(kit.make(tickets), "test", np.arange(5), ["a"] * 5, ["a"] * 4, np.ones(5, bool))


SCRIPT = """
import sys; sys.path.insert(0, {benchmarks!r})
import numpy as np
from failing_slices import make
from assay.audit.dataset import Part, Roles, assemble
from assay.reports.discovery import discover
made = make("tickets", 2_000, 3, ("topic", "metadata"))
n = made.frame.height
part = Part("test", made.frame, np.arange(n) + 2, np.zeros(n, np.int32), ("t.csv",))
data = assemble([part], Roles(("text",), "label"))
found = discover(data, "test", np.arange(n), made.frame["label"], made.predictions, ~made.wrong)
print([f.facts() for f in found])
"""


def test_every_process_tells_the_same(failing_slices):
    script = SCRIPT.format(benchmarks=str(Path(failing_slices.__file__).parent))
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 100


def test_real_questions(kit, shared_data):
    frame = pl.read_csv(shared_data / "banking77" / "train.csv", columns=["text", "label"])
    mask = frame["text"].str.contains(r"(?i)\babroad\b").to_numpy()
    (first, *_) = kit.find(frame, kit.failing(frame, mask, rate=0.5))
    assert kit.jaccard(first.rows, mask) >= 0.9
