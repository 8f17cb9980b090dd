from __future__ import annotations

import tomllib

import numpy as np
import polars as pl
import pytest

from assay.audit import config
from assay.audit.features import configure
from assay.audit.reading import from_frames, read
from assay.audit.slicing.clusters import clusters
from assay.audit.slicing.salient import salient
from assay.audit.slicing.suggest import suggest, suggestions

TOPICS = {
    "delivery": ["parcel", "courier", "doorstep", "late"],
    "billing": ["invoice", "charge", "fee", "statement"],
    "account": ["password", "login", "profile", "e-mail"],
}
FILLER = ["the", "a", "of", "and", "to", "in", "please", "would", "you", "could", "my", "i", "it", "is", "was", "have"]


def tickets(rows=600, seed=0):
    """Three classes with words of their own, and the word ``overseas`` in a fifth of two of them."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for n in range(rows):
        label = list(TOPICS)[n % 3]
        words = [*rng.choice(FILLER, 6), *rng.choice(TOPICS[label], 2)]
        if label != "account" and rng.random() < 0.2:
            words.append("overseas")
        rng.shuffle(words)
        texts.append(" ".join(words) + f" {n}")
        labels.append(label)
    return from_frames({"train": pl.DataFrame({"text": texts, "label": labels})}, text=("text",), label="label")


def test_a_word_that_cuts_across_classes_is_proposed_and_words_of_one_class_are_not():
    words = [word for word, _ in salient(tickets())]
    assert "overseas" in words
    assert not set(words) & {w for topic in TOPICS.values() for w in topic}
    assert not set(words) & set(FILLER)


def test_a_words_condition_selects_the_rows_that_hold_it_as_a_word():
    data = tickets()
    condition = dict(salient(data))["overseas"]
    mask = data.frame.select(pl.sql_expr(condition))[:, 0].to_list()
    assert mask == ["overseas" in text.split() for text in data.text]


def test_clusters_are_the_topics(shared_data):
    data = read({"train": [str(shared_data / "snips" / "train.csv")]})
    configure(data, "auto")
    found = clusters(data)
    assert found == clusters(data)
    labels = dict(zip(data.text, data.frame["label"], strict=True))
    for cluster in found:
        assert len({labels[text] for text in cluster.examples}) == 1, cluster
        assert 0 < cluster.share < 1


def test_clusters_need_texts_enough():
    assert clusters(from_frames({"train": pl.DataFrame({"text": ["a b", "c d"], "label": ["x", "y"]})})) == []


def test_the_block_is_toml_that_the_configuration_accepts_and_its_counts_are_right():
    data = tickets()
    configure(data, "lsa")
    text = suggestions(data)
    assert (
        len(config.parse_text(text, "assay.toml").slice)
        == len(tomllib.loads(text)["slice"])
        == len(list(suggest(data)))
    )
    assert {s.kind for s in suggest(data)} >= {"class", "word", "cluster"}
    for each in suggest(data):
        if each.kind != "cluster":
            where = tomllib.loads(each.table)["slice"][0]["where"]
            assert each.size == data.frame.select(pl.sql_expr(where).sum()).item()


@pytest.mark.parametrize("hostile", ['a"b', "x\\y", "line\nbreak", "del\x7f", "]]", "# c"])
def test_hostile_values_stay_values(hostile):
    frame = pl.DataFrame({"text": [f"words to read {n}" for n in range(60)], "label": ["a", hostile] * 30})
    data = from_frames({"train": frame}, text=("text",), label="label")
    names = [t["name"] for t in tomllib.loads(suggestions(data))["slice"]]
    assert hostile in names
