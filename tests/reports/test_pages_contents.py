"""What pages are made of: counts, bins, drawings, examples, sizes; without a browser."""

from __future__ import annotations

import json
import shlex

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay import audit
from assay.reports.evaluation.counting import Clusters
from assay.reports.evaluation.matrix import matrix
from assay.reports.evaluation.reliability import reliability
from assay.reports.evaluation.scored import Scored
from assay.reports.evaluation.trained import steps, trained
from assay.reports.gating.examples import examples
from assay.reports.gating.verdict import Reason
from assay.reports.render import audit_tables, drawings, page, reproduce, suggestions
from assay.reports.render.report import Report


def scored(truth, predicted, confidence=None, labels=None):
    truth, predicted = np.array(truth, np.int32), np.array(predicted, np.int32)
    names = labels or tuple(f"c{n:02}" for n in range(int(max(truth.max(), predicted.max())) + 1))
    sure = None if confidence is None else np.array(confidence, np.float64)
    index = np.arange(truth.size)
    return Scored(None, index, names, truth, predicted, sure, sure is not None, Clusters.number(index))


pairs = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=80)


@given(pairs, st.integers(1, 31))
def test_the_matrix_counts_every_row_once(rows, most):
    truth, predicted = zip(*rows, strict=True)
    told = matrix(scored(truth, predicted), most)
    counts = np.array(told["rows"])
    assert counts.sum() == len(rows)
    there = {*truth, *predicted}
    assert len(told["classes"]) + told["others"] == len(there)
    assert told["others"] != 1
    for i, a in enumerate(told["classes"]):
        for j, b in enumerate(told["classes"]):
            assert counts[i, j] == sum((f"c{t:02}", f"c{p:02}") == (a, b) for t, p in rows)


def test_classes_with_errors_keep_their_line():
    truth = [n for n in range(10) for _ in range(5)] + [8, 9]
    predicted = [n for n in range(10) for _ in range(5)] + [9, 8]
    told = matrix(scored(truth, predicted), 2)
    assert told == {"classes": ["c08", "c09"], "others": 8, "rows": [[5, 1, 0], [1, 5, 0], [0, 0, 40]]}


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60))
def test_reliability_bins_hold_every_row(rows):
    right, said = zip(*rows, strict=True)
    told = reliability(scored([0] * len(rows), [0 if r else 1 for r in right], said), 0.95)
    assert sum(b["n"] for b in told) == len(rows)
    for b in told:
        inside = [(r, s) for r, s in rows if b["from"] <= s < b["to"] or (s == 1.0 and b["to"] == 1.0)]
        inside = inside if len(inside) == b["n"] else None  # a confidence at a bin's edge rounds to either side
        assert b["low"] <= b["value"] <= b["high"]
        assert b["from"] - 1e-9 <= b["confidence"] <= b["to"] + 1e-9
        if inside:
            assert b["value"] == pytest.approx(np.mean([r for r, _ in inside]))


def test_without_probabilities_there_is_no_diagram():
    assert reliability(scored([0, 1], [0, 0]), 0.95) == []
    assert drawings.reliability([]) is None


def test_shades_go_by_shares_of_the_line():
    told = drawings.heat({"classes": ["a", "b"], "others": 3, "rows": [[98, 2, 0], [30, 70, 0], [5, 0, 9]]})
    assert [[level for _, level in line.cells] for line in told.lines] == [
        ["r4", "w1", ""],
        ["w3", "r2", ""],
        ["", "", ""],
    ]
    assert [line.right for line in told.lines] == [0.98, 0.7, None]
    assert told.columns[-1] == "(other classes)"
    assert drawings.heat(None) is None


def test_curves_stay_inside_their_frame():
    figures = [{"value": v, "low": v - 0.1, "high": min(1.0, v + 0.1)} for v in (0.12, 0.5, 0.9)]
    points = [{"rows": n, "accuracy": f} for n, f in zip((10, 100, 1000), figures, strict=True)]
    drawn = drawings.learning({"points": points, "forecast": {"rows": 2000, "accuracy": figures[2]}})
    assert [p["ahead"] for p in drawn["points"]] == [False, False, False, True]
    assert all(40 <= p["x"] <= 290 and 10 <= p["high_y"] <= p["y"] <= p["low_y"] <= 160 for p in drawn["points"])
    assert drawn["points"][1]["x"] == pytest.approx(40 + 250 * np.log(10) / np.log(200), abs=0.1)
    assert drawings.learning({"points": points[:1], "forecast": None}) is None
    assert drawings.course([{"step": 3, "accuracy": 0.5}]) is None


def test_a_run_folder_is_read_and_rubbish_is_not(tmp_path):
    run = tmp_path / "train"
    run.mkdir()
    assert trained(None) is None
    assert trained(run) is None
    (run / "manifest.json").write_text(json.dumps({"method": "head", "data": {"train": {"fingerprint": "a"}}}))
    (run / "baselines.json").write_text("[" * 100_000)
    lines = [{"step": n, "eval_accuracy": n / 1000} for n in range(500)]
    (run / "metrics.jsonl").write_text("\n".join(map(json.dumps, [*lines, 7, {"step": "x"}])) + "\n{torn")
    told = trained(run)
    assert (told["method"], told["rungs"], told["learning_curve"]) == ("head", [], None)
    assert len(told["steps"]) <= 200
    assert told["steps"][-1] == {"step": 499, "accuracy": 0.499}
    advice = tmp_path / "advice"
    advice.mkdir()
    good = {"rows": 10, "accuracy": {"value": 0.5, "low": 0.4, "high": 0.6}}
    curve = {"points": [good, {"rows": "<b>"}, 3], "forecast": {"rows": 1}, "not_enough_evidence": None}
    for fingerprint, same in (("a", True), ("b", False)):
        splits = {"splits": {"train": {"fingerprint": fingerprint}}}
        (advice / "advice.json").write_text(json.dumps({"data": splits, "learning_curve": curve}))
        told = trained(run)["learning_curve"]
        assert (told["points"], told["forecast"], told["same_data"]) == ([good], None, same)
    assert steps(tmp_path / "none") == []


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "label", "prediction", "critical", "slices", "row"]), inner, max_size=6
        )
    ),
    max_leaves=20,
)


@given(junk)
def test_no_evaluation_breaks_the_choice_of_examples(told):
    reasons = [Reason("r", "FAIL", "m", slice="s"), Reason("r", "UNKNOWN", "m")]
    out = examples({"failures": told}, reasons)
    assert out == [] or all(isinstance(one["text"], str) for one in out)


def test_examples_are_of_what_stops_and_critical_first():
    def case(n, slices, critical=(), label="a"):
        named = {"slices": list(slices), "critical": list(critical)}
        return {
            "split": "test",
            "row": n,
            "text": f"t{n}",
            "label": label,
            "prediction": "z",
            "confidence": 0.5,
        } | named

    cases = [case(n, ["plain"]) for n in range(9)] + [case(9, ["plain", "top"], ["top"]), case(10, ["fine"])]
    reasons = [
        Reason("r", "FAIL", "m", slice="plain"),
        Reason("r", "UNKNOWN", "m", slice="top"),
        Reason("r", "PASS", "m", slice="fine"),
        Reason("r", "FAIL", "m", slice="fine", waiver="somebody"),
    ]
    out = examples({"failures": cases}, reasons)
    assert [(c["slice"], c["row"]) for c in out] == [("top", 9), *(("plain", n) for n in range(5))]


def test_a_page_is_drawn_smaller_until_it_fits():
    asked = []

    def drawn(scale):
        asked.append(scale)
        return "é" * int(1_200_000 * scale)

    assert len(page.fitted(drawn).encode()) <= page.BYTES
    assert asked == [1.0, 0.5, 0.25]


@pytest.fixture
def data():
    frames = {
        "train": pl.DataFrame({"text": ["a b c", "a b c", "x", "a b c", "y z"], "label": ["p", "q", "p", "p", None]}),
        "test": pl.DataFrame({"text": ["x y", "q r"], "label": ["q", "q"]}),
    }
    return audit.from_frames(frames, text="text", label="label")


def test_every_place_is_found_again(tmp_path):
    (tmp_path / "a:1[2].csv").write_text('text,label\n"one\ntwo",x\nthree,y\n')
    (tmp_path / "b.jsonl").write_text('{"text": "x", "label": "l"}\n\n{"text": "y", "label": "l"}\n')
    files = {"train": str(tmp_path / "a:1[2].csv"), "test": str(tmp_path / "b.jsonl")}
    data = audit.read(files, text="text", label="label")
    assert [suggestions.find(data, data.row(n).place) for n in range(len(data))] == list(range(len(data)))
    for nowhere in ("", "b.jsonl:9", "none:1", "[0]", "train[99999]", str(tmp_path / "b.jsonl") + ":2"):
        assert suggestions.find(data, nowhere) is None


def test_tables_of_an_audit_count_what_is_there(data):
    report = Report(audit.run(data, audit.Settings(select=("DUP001",))), {})
    lines, more = audit_tables.classes(report)
    assert more == 0
    assert {c.name: c.counts for c in lines} == {"p": (3, 0), "q": (1, 2)}
    assert next(c for c in lines if c.name == "p").shares == (0.75, 0.0)
    (copies,) = audit_tables.copies(report)
    assert (copies.code, copies.groups, copies.rows, copies.largest) == ("DUP001", 1, 3, 3)
    (group,) = audit_tables.largest(report)
    assert (group.size, group.text, group.labels) == (3, "a b c", (("p", 2), ("q", 1)))
    assert audit_tables.classes(report, 1)[1] == 1


def test_commands_are_quoted_for_a_shell():
    nasty = "a b; rm -rf $(x) 'q' \u202e\n.csv"
    document = {
        "model": {"kind": "predictions", "name": nasty},
        "data": {"test": {"path": "t.csv"}, "production": {"path": nasty}},
        "roles": {"text": ["text"], "label": "label; id"},
        "audit": {"path": "assay-out/audit"},
        "config": {"discover": False},
    }
    words = shlex.split(reproduce.evaluation(document))
    shown = "a b; rm -rf $(x) 'q' ⟨202E⟩⏎.csv"
    assert words[:6] == ["assay", "evaluate", "--predictions", shown, "--data", "t.csv"]
    assert words[6:] == [
        "--production", shown, "--text", "text", "--label", "label; id", "--audit", "assay-out/audit", "--no-discover",
    ]  # fmt: skip
    assert reproduce.gate({"record": {}}) is None


def test_an_evaluation_of_any_size_stays_under_a_megabyte():
    from assay.reports.render import evaluation_html

    figure = {"n": 5, "rows": 5, "value": 0.5, "low": 0.2, "high": 0.8}
    name = "名" * 200
    slices = [
        {"name": f"{name}{n}", "kind": "declared", "critical": n < 200, "metric": "accuracy", **figure}
        for n in range(2000)
    ]
    case = {"split": "test", "row": 1, "line": 2, "id": name, "text": name * 10, "label": name, "prediction": name}
    case |= {"confidence": 0.5, "cost": None, "critical": [s["name"] for s in slices[:50]], "slices": []}
    case |= {"nearest_training_rows": [{"row": 3, "label": name, "text": name * 5, "suspect": True}] * 5}
    part = {
        "overall": {"accuracy": figure},
        "classes": {f"{name}{n}": dict.fromkeys(("f1", "recall", "precision"), figure) for n in range(1000)},
        "slices": slices,
        "calibration": [],
        "confusions": [{"label": name, "predicted": name, "rows": 1, "of": 2, "share": 0.5}] * 100,
        "confusion_matrix": {"classes": [f"{name}{n}" for n in range(20)], "others": 980, "rows": [[7] * 21] * 21},
        "without_suspects": None,
    }
    document = {
        "assay_version": "1",
        "versions": {},
        "multilabel": False,
        "audit": None,
        "attempt": 1,
        "model": {"kind": "predictions", "name": name, "fingerprint": "f"},
        "data": {"test": {"path": name, "rows": 5, "labelled": 5, "distinct": 5, "fingerprint": "f"}},
        "clusters": {"source": "equal texts"},
        "confidence": 0.95,
        "split": "test",
        "discovery": {"asked": True},
        **part,
        "discovered": [],
        "failures": [case] * 50,
        "sets": {"production": part, "b": part},
        "config": {"slices": slices},
        "notes": [name] * 500,
    }
    drawn = evaluation_html.render(document)
    assert len(drawn.encode()) < 1_000_000
    assert "lines more, in evaluation.json" in drawn
    assert 3 <= drawn.count("<article") <= 50
