"""The gate as a user meets it: verdicts, reasons, exit codes, files."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from gate_world import DATA, POLICY, SLICE, World

from assay.reports.statistics import multiplicity, proportions

MARGIN = '[[gate.require]]\nslice = "{}"\nmetric = "accuracy"\nno_worse_than_baseline_by = {}\n'
FIRST = multiplicity.spent(0.05, 1)


def reason(verdict: dict, slice_: str, metric: str | None = None) -> dict:
    return next(r for r in verdict["reasons"] if r["slice"] == slice_ and metric in {None, r["metric"]})


def test_a_model_that_fails_urgent_refunds_is_blocked_however_good_it_is_overall(world: World) -> None:
    folder = world.evaluate("bad", set(range(20)))
    code, verdict = world.gate(folder)
    assert (code, verdict["outcome"]) == (1, "FAIL")
    one = reason(verdict, "urgent refund")
    assert (one["outcome"], one["n"], one["threshold"]) == ("FAIL", 60, 0.9)
    assert one["value"] == pytest.approx(40 / 60)
    assert one["low"] == pytest.approx(float(proportions.lower_bound(40, 60, 1 - FIRST)), abs=1e-8)
    assert one["high"] == pytest.approx(float(proportions.upper_bound(40, 60, 1 - FIRST)), abs=1e-8)
    assert "urgent refund: recall 40/60 = .667" in one["message"]
    assert "is below .90" in one["message"]
    assert reason(verdict, "overall")["outcome"] == "PASS"  # 93 % accuracy


def test_unknown_blocks_and_says_how_many_rows_are_missing(world: World) -> None:
    folder = world.evaluate("near", {0, 1, 2})
    code, verdict = world.gate(folder)
    assert (code, verdict["outcome"]) == (1, "UNKNOWN")
    one = reason(verdict, "urgent refund")
    more = one["rows_needed"]
    assert f"{more} more rows" in one["message"]
    right = int(57 / 60 * (60 + more))
    assert float(proportions.p_at_least(right, 60 + more, 0.9)) <= FIRST
    fewer = 60 + more - 1
    assert float(proportions.p_at_least(int(57 / 60 * fewer), fewer, 0.9)) > FIRST


def test_a_good_model_passes_and_the_verdict_is_the_same_bytes_again(world: World) -> None:
    folder = world.evaluate("good", {100})
    assert world.gate(folder)[0] == 0
    before = {p.name: p.read_bytes() for p in Path("out/gate").iterdir()}
    assert world.gate(folder)[0] == 0
    assert {p.name: p.read_bytes() for p in Path("out/gate").iterdir()} == before
    assert set(before) == {"verdict.json", "verdict.junit.xml", "verdict.md", "report.html"}
    verdict = json.loads(before["verdict.json"])
    keys = {"outcome", "reasons", "model", "data", "policy", "versions", "attempt", "record", "comparison", "waivers"}
    assert keys <= verdict.keys()
    assert {"rule", "slice", "metric", "n", "value", "low", "high", "threshold", "baseline", "outcome", "message"} <= (
        verdict["reasons"][0].keys()
    )


def test_junit_counts_what_blocks(world: World) -> None:
    folder = world.evaluate("bad", set(range(20)))
    world.gate(folder)
    suite = ET.fromstring(Path("out/gate/verdict.junit.xml").read_text("utf-8")).find("testsuite")  # noqa: S314 - ours
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    failed = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    assert failed == ["critical.recall.at_least [urgent refund]"]


def test_retries_spend_the_error(world: World) -> None:
    for number in (1, 2, 3):
        folder = world.evaluate(f"m{number}", {100 + number})
        _, verdict = world.gate(folder)
        assert verdict["attempt"] == number
        assert reason(verdict, "overall")["alpha"] == pytest.approx(multiplicity.spent(0.05, number), abs=1e-9)
    # The same predictions again are no new attempt, by whatever name.
    world.predict("copy", {101})
    assert world.gate(world.evaluate("copy"))[1]["attempt"] == 1
    assert "attempt 3 on this test set" in _printed(world, "out/m3")


def _printed(world: World, folder: str, *more: str) -> str:
    import contextlib
    import io
    import sys

    from assay.reports.cli import _outcome

    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "utf-8")
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, sys, "stdout", sys.stdout)
        sys.stdout = stream
        _outcome(["gate", folder, "--config", "assay.toml", "--output", "out/gate", *more])
    return raw.getvalue().decode()


def test_a_policy_that_no_model_can_meet_is_refused(
    tmp_path: Path, world: World, capsys: pytest.CaptureFixture
) -> None:
    small = World.build(tmp_path, urgent=20, others=100)
    folder = small.evaluate("perfect", set())
    assert small.gate(folder) == (2, {})
    said = capsys.readouterr().err
    assert "urgent refund: 20 distinct test rows" in said
    assert "needs 34 even if no row is wrong" in said
    assert "14 more must be labelled" in said
    # A proven failure is told as one all the same.
    assert small.gate(small.evaluate("bad", set(range(15))))[1]["outcome"] == "FAIL"


def test_the_planner_agrees_with_the_gate(tmp_path: Path, world: World) -> None:
    from assay.reports.cli import _outcome

    for urgent, possible in ((33, False), (34, True)):
        small = World.build(tmp_path, urgent=urgent, others=100)
        assert _outcome(["gate", "--plan", "--config", "assay.toml"]) == (0 if possible else 2)
        Path("test.csv.attempts").unlink(missing_ok=True)
        assert (small.gate(small.evaluate("perfect", set()))[0] == 0) == possible


def test_copies_count_once(world: World) -> None:
    for n in range(60):  # each urgent refund stands twice
        world.rows[n]["text"] = world.rows[n - n % 2]["text"]
    world.write_test()
    _, verdict = world.gate(world.evaluate("good", set()))
    assert verdict.get("outcome") != "PASS"  # 30 distinct rows prove no .90 at the first attempt's level
    _, verdict = world.gate(world.evaluate("bad", set(range(24))))
    one = reason(verdict, "urgent refund")
    assert one["n"] == 30
    assert "(60 rows, copies counted once)" in one["message"]


def test_no_worse_than_the_baseline(world: World) -> None:
    world.configure(DATA + SLICE + POLICY + MARGIN.format("overall", 0.05))
    base = world.evaluate("base", {70, 71, 72, 73})
    same = world.evaluate("same", {70, 71, 72, 74})
    code, verdict = world.gate(same, "--baseline", base)
    assert code == 0
    one = next(r for r in verdict["reasons"] if r["rule"] == "overall.accuracy.no_worse_than_baseline_by")
    assert one["baseline"] == pytest.approx(296 / 300)
    assert one["value"] == 0
    assert verdict["comparison"]["wins"] == verdict["comparison"]["losses"] == 1
    assert verdict["comparison"]["won_rows"][0]["id"] == "r73"
    worse = world.evaluate("worse", set(range(100, 140)))
    code, verdict = world.gate(worse, "--baseline", base)
    assert (code, verdict["outcome"]) == (1, "FAIL")
    one = next(r for r in verdict["reasons"] if r["rule"] == "overall.accuracy.no_worse_than_baseline_by")
    assert one["outcome"] == "FAIL"
    assert "is worse by more than 5 points" in one["message"]


def test_every_slice_fails_only_what_is_proven(world: World) -> None:
    extra = "[[slice]]\nname = \"few\"\nwhere = \"id IN ('r60', 'r61', 'r62')\"\n"
    every = '[[gate.require]]\nslice = "every slice"\nmetric = "accuracy"\nat_least = 0.80\n'
    world.configure(DATA + SLICE + extra + "[gate]\n" + every + 'unknown = "warn"\n')
    code, verdict = world.gate(world.evaluate("one", {60}))
    assert (code, reason(verdict, "few")["outcome"], reason(verdict, "few")["blocking"]) == (0, "UNKNOWN", False)
    world.configure(DATA + SLICE + extra + "[gate]\n" + every)
    assert world.gate("out/one")[0] == 2  # three rows prove no .80
    world.configure(DATA + SLICE + extra + POLICY)


def test_every_class_by_its_own_rows(world: World) -> None:
    every = "".join(
        f'[[gate.require]]\nslice = "every class"\nmetric = "{m}"\nat_least = 0.6\n'
        for m in ("recall", "precision", "f1")
    )
    world.configure(DATA + SLICE + "[gate]\n" + every)
    wrong = {n for n in range(60, 300) if n % 3 == 2 and n % 2}  # half of the safety rows are called billing
    code, verdict = world.gate(world.evaluate("half", wrong))
    assert code == 1
    outcomes = {(r["slice"], r["metric"]): r["outcome"] for r in verdict["reasons"]}
    assert outcomes["safety", "recall"] != "PASS"
    assert outcomes["safety", "precision"] == outcomes["refund", "recall"] == outcomes["refund", "f1"] == "PASS"
    assert outcomes["billing", "precision"] != "PASS"
    said = {(r["slice"], r["metric"]): r["n"] for r in verdict["reasons"]}
    assert said["billing", "precision"] == 80 + len(wrong)
    assert said["billing", "recall"] == 80


def test_waivers_are_shown_and_expire(world: World) -> None:
    folder = world.evaluate("near", {0, 1, 2})
    waiver = '[[gate.waiver]]\nrule = "critical.recall.at_least"\nreason = "new market"\nowner = "Ada"\nexpires = {}\n'
    world.configure(DATA + SLICE + POLICY + waiver.format("2999-01-31"))
    code, verdict = world.gate(folder)
    assert (code, verdict["outcome"]) == (0, "PASS")
    assert reason(verdict, "urgent refund")["outcome"] == "UNKNOWN"
    assert "new market" in reason(verdict, "urgent refund")["waiver"]
    assert verdict["waivers"][0]["state"] == "applied"
    assert world.promote("near.csv") == 0
    for text in (Path("out/gate/verdict.md").read_text("utf-8"), Path("out/gate/verdict.junit.xml").read_text("utf-8")):
        assert "new market" in text
        assert "Ada" in text
    world.configure(DATA + SLICE + POLICY + waiver.format("2020-01-31"))
    code, verdict = world.gate(folder)
    assert (code, verdict["waivers"][0]["state"]) == (1, "expired")
    assert "expired on 2020-01-31" in Path("out/gate/verdict.md").read_text("utf-8")


def test_a_growing_test_set_is_looked_at_freely(world: World) -> None:
    policy = (DATA + SLICE + POLICY).replace("confidence = 0.95\n", "confidence = 0.95\nsequential = true\n")
    world.configure(policy.replace("at_least = 0.90", "at_least = 0.70"))
    grown, attempts = list(world.rows), []
    for size in (150, 225, 300):
        world.rows = grown[:size]
        world.write_test()
        _, verdict = world.gate(world.evaluate("m", {3, 70}))
        attempts.append(verdict["attempt"])
    assert attempts == [1, 1, 1]
    assert verdict["outcome"] == "PASS"
    other = world.evaluate("other", {5})
    assert world.gate(other)[1]["attempt"] == 2


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ('slice = "overall"\nmetric = "accuracy"\nat_least = 90', "90 % is 0.9"),
        ('slice = "overall"\nmetric = "acuracy"\nat_least = 0.9', "did you mean 'accuracy'"),
        ('slice = "overall"\nmetric = "accuracy"\nat_least = 1.0', "no number of rows proves"),
        ('slice = "overall"\nmetric = "accuracy"\nat_least = nan', "between 0 and 1"),
        ('slice = "overall"\nmetric = "accuracy"', "got none"),
        ('slice = "overall"\nat_least = 0.9', "needs a metric"),
        ('slice = "overall"\nmetric = "accuracy"\nat_least = 0.9\nat_most = 0.8', "nothing between"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(
    world: World, capsys: pytest.CaptureFixture, policy: str, words: str
) -> None:
    folder = world.evaluate("good", set())
    world.configure(DATA + SLICE + "[gate]\n[[gate.require]]\n" + policy + "\n")
    assert world.gate(folder) == (2, {})
    said = capsys.readouterr().err
    assert words in said
    assert "assay.toml:1" in said


def test_min_rows_and_ceilings(world: World) -> None:
    ceiling = '[[gate.require]]\nslice = "overall"\nmetric = "error_rate"\nat_most = 0.10\nmin_rows = {}\n'
    world.configure(DATA + SLICE + "[gate]\n" + ceiling.format(250))
    code, verdict = world.gate(world.evaluate("m", set(range(100, 110))))
    one = reason(verdict, "overall")
    assert (code, one["outcome"], round(one["value"], 4)) == (0, "PASS", 0.0333)
    assert "error rate 10/300" in one["message"]
    world.configure(DATA + SLICE + "[gate]\n" + ceiling.format(400))
    assert world.gate("out/m") == (2, {})


def test_markup_in_names_stays_text(world: World) -> None:
    evil = "<script>alert(1)</script> [x](http://e.x) `rm` \x1b[31m"
    world.rows[0]["category"] = "refund"
    world.configure(DATA + SLICE.replace("urgent refund", evil.replace("\x1b", "\\u001b")) + POLICY)
    folder = world.evaluate("bad", set(range(20)))
    assert world.gate(folder)[0] == 1
    markdown = Path("out/gate/verdict.md").read_text("utf-8")
    assert "<script>" not in markdown
    assert "[x](" not in markdown
    assert "\x1b" not in markdown + Path("out/gate/verdict.junit.xml").read_text("utf-8") + _printed(world, folder)
    ET.fromstring(Path("out/gate/verdict.junit.xml").read_text("utf-8"))  # noqa: S314 - ours


def test_rows_with_several_labels_are_judged_label_by_label(world: World) -> None:
    import csv

    for n, row in enumerate(world.rows):
        row["category"] = ("refund", "billing", "refund;billing", "safety")[n % 4]
    world.write_test()
    with Path("m.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "prediction"])
        for row in world.rows:  # the second of two labels is never seen
            out.writerow([row["id"], "billing" if row["category"] == "refund;billing" else row["category"]])
    need = '[[gate.require]]\nslice = "{}"\nmetric = "recall"\nat_least = 0.9\n'
    world.configure(DATA + "[gate]\n" + need.format("refund") + need.format("billing") + need.format("safety"))
    code, verdict = world.gate(world.evaluate("m"))
    assert code == 1
    assert not [r for r in verdict["reasons"] if r["rule"] in {"evidence", "data", "slices", "attempts"}]
    found = {r["slice"]: (r["outcome"], r["n"], r["value"]) for r in verdict["reasons"]}
    assert found == {"refund": ("FAIL", 150, 0.5), "billing": ("PASS", 150, 1.0), "safety": ("PASS", 75, 1.0)}


def test_a_discovered_slice_needs_fresh_data(world: World) -> None:
    import polars as pl

    folder = world.evaluate("m", set(range(60, 75)))
    from hashlib import sha256

    path = Path(folder) / "slice_rows.parquet"
    rows = pl.read_parquet(path)
    found = pl.DataFrame(
        {"split": "test", "slice": "lamp", "kind": "discovered", "row": range(60, 130)}, schema=rows.schema
    )
    pl.concat([rows, found]).write_parquet(path)
    document = json.loads((Path(folder) / "evaluation.json").read_text("utf-8"))
    document["slice_rows_sha256"] = sha256(path.read_bytes()).hexdigest()
    (Path(folder) / "evaluation.json").write_text(json.dumps(document), "utf-8")
    need = '[[gate.require]]\nslice = "{}"\nmetric = "accuracy"\nat_least = 0.5\n'
    world.configure(DATA + SLICE + "[gate]\n" + need.format("every slice") + need.format("lamp"))
    code, verdict = world.gate(folder)
    assert code == 1
    assert [(r["slice"], r["outcome"]) for r in verdict["reasons"]] == [("urgent refund", "PASS"), ("lamp", "UNKNOWN")]
    assert "fresh data" in reason(verdict, "lamp")["message"]


def test_a_gate_that_asks_nothing_of_the_model_is_refused(world: World, capsys: pytest.CaptureFixture) -> None:
    folder = world.evaluate("m", set())
    world.configure(DATA + SLICE + "[gate]\nmax_audit_findings = {LEK = 0}\n")
    assert world.gate(folder) == (2, {})
    assert "asks nothing of the model" in capsys.readouterr().err


def test_one_file_that_holds_all_splits(world: World) -> None:
    for n, row in enumerate(world.rows):
        row["part"] = "train" if n % 5 == 0 else "test"
    world.write_test()
    world.configure(DATA.replace("[data]", '[data]\nsplit = "part"') + SLICE + POLICY)
    code, verdict = world.gate(world.evaluate("m", {61}))
    assert [r["message"] for r in verdict["reasons"] if r["outcome"] != "PASS"] == []
    assert (code, reason(verdict, "urgent refund")["n"], reason(verdict, "overall")["n"]) == (0, 48, 240)
