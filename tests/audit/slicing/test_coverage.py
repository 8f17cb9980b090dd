"""SLC003 to SLC005 on production traffic cut from real or made texts: what is planted, and what is not."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from assay.audit.features import configure
from assay.audit.reading import from_frames
from assay.audit.rules import Settings, run
from assay.audit.slicing.exact import direction, hundredths, sample, significant

ITEMS = ("kettle", "sofa", "lamp", "mug", "coat", "chair", "table", "radio", "vase", "clock", "scarf", "mirror", "tent")
WHAT = (
    "the {} has not come yet",
    "the {} came broken",
    "the {} is the wrong size",
    "a part of the {} is missing",
    "somebody else signed for the {}",
    "the {} went to my old address",
)
ENDS = ("", ", please help", ", what can I do", " and nobody answers", ", can you look into it", " since Monday")
STRIKE = ("because of the strike {}", "the couriers are on strike, {}", "strike at the depot again, {}")
THEN = ("my order stands still", "who takes over", "no van left the yard", "how long will it last", "cancel my order")


def ordinary(rows, seed):
    rng = np.random.default_rng(seed)
    every = [what.format(item) + end for item in ITEMS for what in WHAT for end in ENDS]
    return [every[i] for i in rng.permutation(len(every))[:rows]]


def strikes():
    return [how.format(then) for how in STRIKE for then in THEN]


def findings(codes, shuffle=None, **splits):
    frames = {}
    for name, texts in splits.items():
        frame = pl.DataFrame({"text": texts, "key": [f"{name}-{i}" for i in range(len(texts))]})
        order = np.arange(len(texts)) if shuffle is None else np.random.default_rng(shuffle).permutation(len(texts))
        frames[name] = frame[order]
    data = from_frames(frames, text=("text",), id="key")
    configure(data, "lsa")
    audit = run(data, Settings(select=codes))
    assert set(audit.ran) == set(codes), audit.skipped
    return audit


def texts_of(audit, finding):
    return [str(audit.data.text[row]) for row in finding.hit.rows]


def test_a_new_topic_is_a_region_and_nothing_else_is():
    audit = findings(("SLC004",), train=ordinary(250, 0), production=[*ordinary(120, 1), *strikes()])
    (found,) = audit.findings
    assert set(texts_of(audit, found)) == set(strikes())
    assert not findings(("SLC004",), train=ordinary(250, 0), production=ordinary(120, 1)).findings


def test_what_covers_over_half_of_production_is_drift_and_no_region():
    about = [f"{text} and the {item} is in it" for text in strikes() for item in ITEMS[:8]]
    production = [*ordinary(20, 1), *about]
    audit = findings(("SLC003", "SLC004"), train=ordinary(250, 0), production=production)
    drift = [f for f in audit.findings if f.hit.subject == "production against train"]
    assert [f.code for f in drift] == ["SLC003"]
    assert "strike" in drift[0].hit.message
    assert not [f for f in audit.findings if f.code == "SLC004"]


def identified(audit):
    """Findings with row ids in place of row numbers."""
    ids = audit.data.frame["key"].to_list()
    return sorted(
        (
            f.code,
            f.hit.message,
            f.fingerprint,
            sorted((ids[r], s) for r, s in zip(f.hit.rows, f.hit.scores or [0.0] * len(f.hit.rows), strict=True)),
            json.dumps(dict(f.hit.evidence), sort_keys=True),
        )
        for f in audit.findings
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_rows_give_the_same_findings(seed):
    splits = {
        "train": [*ordinary(250, 0), *(f"SEND THE {item.upper()} AT LAST" for item in ITEMS)],
        "test": [text for text in ordinary(200, 5) if "Monday" not in text],
        "production": [*ordinary(120, 1), *strikes()],
    }
    codes = ("SLC001", "SLC002", "SLC003", "SLC004", "SLC005")
    first = identified(findings(codes, **splits))
    assert {code for code, *_ in first} >= {"SLC004", "SLC005"}
    assert identified(findings(codes, shuffle=seed, **splits)) == first


def test_a_topic_keeps_its_fingerprint_when_rows_are_added_elsewhere():
    production = [*ordinary(120, 1), *strikes()]
    (before,) = findings(("SLC004",), train=ordinary(250, 0), production=production).findings
    (after,) = findings(("SLC004",), train=ordinary(260, 0), production=[*production, *ordinary(12, 8)]).findings
    assert after.fingerprint == before.fingerprint
    assert after.hit.message != before.hit.message


@pytest.mark.parametrize(("loud", "wanted"), [(4, 0), (9, 0), (12, 1), (30, 1)])
def test_an_edge_case_is_reported_where_three_test_rows_are_expected(loud, wanted):
    """Of 100 train rows and 30 test rows, 10 of train make 3 of test."""
    shouted = [text.upper() for text in ordinary(loud, 3)]
    audit = findings(("SLC005",), train=[*ordinary(100 - loud, 0), *shouted], test=ordinary(30, 2))
    own = [f for f in audit.findings if f.hit.subject == "capitals"]
    assert len(own) == wanted
    assert all(f.hit.evidence["expected"] >= 3 for f in audit.findings)
    assert all(set(texts_of(audit, f)) <= set(shouted) for f in own)


def test_numbers_are_rounded_once():
    assert significant([1 / 3, 0.0, 1.0, 2e-300]).tolist() == [0.3333333333, 0.0, 1.0, 2e-300]
    assert significant(1 / 3, 2) == 0.33
    unit = np.full((3, 16), 0.25, np.float32)
    assert direction(unit).tolist() == [0.25] * 16
    assert hundredths(np.array([0.994, -0.006], np.float32)).tolist() == [99, -1]


def test_a_sample_follows_from_content_alone():
    texts = ordinary(60, 0)
    known = set()
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(60)
        data = from_frames({"train": pl.DataFrame({"text": [texts[i] for i in order]})}, text=("text",))
        drawn = {texts[order[row]] for row in sample(data, np.arange(60), 10).tolist()}
        assert len(drawn) == 10
        assert not known or drawn == known
        known = drawn
