"""A candidate against a baseline: what is said of slices, and in which words numbers stand."""

from __future__ import annotations

import pytest
from gate_world import DATA, POLICY, SLICE, World

from assay.reports.gating import words


def test_a_model_that_trades_a_slice_for_the_rest_is_told_so(world: World) -> None:
    world.configure(DATA + SLICE + POLICY)
    base = world.evaluate("base", {n for n in range(60, 300) if n % 4 == 0})
    swap = world.evaluate("swap", set(range(30)))
    _, verdict = world.gate(swap, "--baseline", base)
    told = verdict["comparison"]
    assert (told["wins"], told["losses"]) == (60, 30)
    assert told["accuracy"]["difference"] == pytest.approx(30 / 300)
    assert told["accuracy"]["low"] < 30 / 300 < told["accuracy"]["high"]
    (urgent,) = [one for one in told["slices"] if one["name"] == "urgent refund"]
    assert (urgent["change"], urgent["difference"], urgent["n"]) == ("worse", -0.5, 60)
    changes = {one["name"]: one["change"] for one in told["classes"]}
    assert changes["billing"] == changes["safety"] == "better"
    assert {row["id"] for row in told["lost_rows"]} == {f"r{n}" for n in range(30)}
    assert len(told["won_rows"]) == 50  # listed; all are counted
    assert "clearly worse: urgent refund" in (world.folder / "out/gate/verdict.md").read_text("utf-8")


def test_two_equal_models_differ_in_nothing(world: World) -> None:
    base = world.evaluate("base", {5, 70})
    _, verdict = world.gate(base, "--baseline", base)
    told = verdict["comparison"]
    assert told["accuracy"]["difference"] == told["wins"] == told["losses"] == 0
    assert {one["change"] for one in (*told["slices"], *told["classes"])} == {"unclear"}
    assert told["macro_f1"]["low"] < 0 < told["macro_f1"]["high"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.675, ".675"),
        (0.68, ".68"),
        (0.9, ".90"),
        (1, "1"),
        (0, "0"),
        (0.9996, ".9996"),
        (0.0004, ".0004"),
        (None, "unknown"),
    ],
)
def test_numbers_never_read_as_more_than_they_are(value: float | None, said: str) -> None:
    assert words.number(value) == said


def test_differences_and_thresholds_in_words() -> None:
    assert [words.points(v) for v in (0.02, 0.01, 0.005)] == ["2 points", "1 point", "0.5 points"]
    assert [words.threshold_words(v) for v in (0.9, 0.925, 0.88)] == [".90", ".925", ".88"]
    assert words.confidence_words(0.05) == "95 %"
