"""How often the gate is wrong: simulated through its own functions on evidence built in memory."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from assay.audit.config import Config, parse_text
from assay.reports.gating.evidence import Evidence
from assay.reports.gating.judge import judge
from assay.reports.gating.pairs import pair
from assay.reports.gating.policy import policy
from assay.reports.gating.verdict import outcome

NEED = '[gate]\n[[gate.require]]\nslice = "{}"\nmetric = "accuracy"\n{}\n'


def evidence(right: np.ndarray, slices: np.ndarray | None = None, clusters: np.ndarray | None = None) -> Evidence:
    """Rows that are right or wrong; ``slices`` names the slice of each."""
    n = right.size
    rows = pl.DataFrame(
        {
            "row": np.arange(n),
            "label": ["a"] * n,
            "prediction": np.where(right, "a", "b"),
            "confidence": [0.9] * n,
            "correct": right,
            "cluster": np.arange(n) if clusters is None else clusters,
        }
    )
    names = np.zeros(n, int) if slices is None else slices
    members = pl.DataFrame({"slice": [f"s{k}" for k in names], "kind": ["declared"] * n, "row": np.arange(n)})
    told = [{"name": f"s{k}", "kind": "declared", "critical": slices is None} for k in np.unique(names)]
    return Evidence("", {"slices": told, "data": {"test": {"fingerprint": "f"}}}, rows, members, "test", {})


def asked(text: str) -> Config:
    return parse_text(text, "assay.toml")


def outcomes(
    config: Config, models: list[Evidence], baselines: list[Evidence] | None = None, attempt: int = 1
) -> list[str]:
    told = policy(config, None)
    paired = [pair(m, b) for m, b in zip(models, baselines, strict=True)] if baselines else [None] * len(models)
    return [outcome(judge(told, m, p, attempt)) for m, p in zip(models, paired, strict=True)]


def test_a_slice_truly_at_88_rarely_passes_a_floor_of_90() -> None:
    rng = np.random.default_rng(0)
    found = outcomes(
        asked(NEED.format("critical", "at_least = 0.90")), [evidence(rng.random(50) < 0.88) for _ in range(400)]
    )
    assert found.count("PASS") / 400 <= 0.02


def test_five_attempts_at_the_edge() -> None:
    rng = np.random.default_rng(1)
    config = asked(NEED.format("critical", "at_least = 0.90"))
    passed = np.zeros(200, bool)
    for attempt in range(1, 6):
        models = [evidence(rng.random(200) < 0.8999) for _ in range(200)]
        passed |= np.array(outcomes(config, models, attempt=attempt)) == "PASS"
    assert passed.mean() <= 0.05


def test_truly_worse_by_the_margin() -> None:
    rng = np.random.default_rng(2)
    config = asked(NEED.format("overall", "no_worse_than_baseline_by = 0.05"))
    models, baselines = [], []
    for _ in range(400):
        kind = rng.choice(4, 100, p=[0.075, 0.025, 0.85, 0.05])  # loss, win, both right, both wrong
        models.append(evidence((kind == 1) | (kind == 2)))
        baselines.append(evidence((kind == 0) | (kind == 2)))
    assert outcomes(config, models, baselines).count("PASS") / 400 <= 0.055


def test_every_row_twice() -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(100), 2)
    models = [evidence(np.repeat(rng.random(100) < 0.8999, 2), clusters=groups) for _ in range(400)]
    assert outcomes(asked(NEED.format("critical", "at_least = 0.90")), models).count("PASS") / 400 <= 0.05


@pytest.mark.parametrize("slices", [10, 40])
def test_good_slices_at_the_floor_are_rarely_called_failing(slices: int) -> None:
    rng = np.random.default_rng(4)
    names = np.repeat(np.arange(slices), 50)
    models = [evidence(rng.random(names.size) < 0.9, names) for _ in range(60)]
    found = outcomes(asked(NEED.format("every slice", "at_least = 0.90")), models)
    assert found.count("FAIL") / 60 <= 0.05
    assert found.count("PASS") == 0
    bad = [evidence(rng.random(names.size) < np.where(names == 0, 0.6, 0.95), names) for _ in range(30)]
    assert outcomes(asked(NEED.format("every slice", "at_least = 0.90")), bad).count("FAIL") >= 27


def test_good_models_do_pass() -> None:
    rng = np.random.default_rng(5)
    models = [evidence(rng.random(300) < 0.97) for _ in range(50)]
    assert outcomes(asked(NEED.format("critical", "at_least = 0.90")), models).count("PASS") >= 45
