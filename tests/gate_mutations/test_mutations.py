"""Whatever is done to the evidence between evaluation and promotion: the model is never promoted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from gate_world import DATA, POLICY, SLICE, World

from assay.reports.cli import _outcome

EVAL = Path("out/good")
AUDIT = [
    "audit",
    "train.csv",
    "--test",
    "test.csv",
    "--select",
    "LEK001,LEK002,DUP001",
    "--fail-on",
    "never",
    "--quiet",
    "--output",
    "out/audit",
]
HEAD = "id,text,category,priority\n"


def edit(change: Callable[[dict], None]) -> None:
    """Change evaluation.json."""
    path = EVAL / "evaluation.json"
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")


def rewrite(name: str, change: Callable[[pl.DataFrame], pl.DataFrame], *, rehash: bool = False) -> None:
    """Change a table of the evaluation; with ``rehash`` the new hash is written into evaluation.json as well."""
    path = EVAL / f"{name}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)
    if rehash:
        from hashlib import sha256

        key = f"{name}_sha256"
        edit(lambda d: d.update({key: sha256(path.read_bytes()).hexdigest()}))


def blocked(world: World, *more: str) -> dict:
    """Gate and try to promote: neither may work."""
    code, verdict = world.gate("out/good", *more)
    assert code in {1, 2}
    assert verdict.get("outcome", "FAIL") != "PASS"
    assert world.promote("good.csv") != 0
    assert world.production is None
    return verdict


def test_unmutated_the_model_is_promoted(promotable: World) -> None:
    code, verdict = promotable.gate("out/good")
    assert (code, verdict["outcome"]) == (0, "PASS")
    assert promotable.promote("good.csv") == 0
    assert promotable.production["model"]["path"] == "good.csv"


@pytest.mark.parametrize("rehash", [False, True], ids=["clumsy", "rehashed"])
class TestTables:
    """The same edits, clumsy and with the hash mended."""

    def test_delete_a_slice(self, promotable: World, *, rehash: bool) -> None:
        rewrite("slice_rows", lambda f: f.filter(pl.col("slice") != "urgent refund"), rehash=rehash)
        blocked(promotable)

    def test_delete_the_bad_rows_of_a_slice(self, world: World, *, rehash: bool) -> None:
        world.evaluate("good", set(range(15)))
        rewrite(
            "slice_rows",
            lambda f: f.filter(~((pl.col("slice") == "urgent refund") & (pl.col("row") < 15))),
            rehash=rehash,
        )
        blocked(world)

    def test_duplicate_rows(self, promotable: World, *, rehash: bool) -> None:
        rewrite("predictions", lambda f: pl.concat([f, f]), rehash=rehash)
        blocked(promotable)

    def test_copies_that_pretend_to_be_new_rows(self, promotable: World, *, rehash: bool) -> None:
        shift = pl.col("row") + 300, pl.col("cluster") + 300
        rewrite("predictions", lambda f: pl.concat([f, f.with_columns(*shift)]), rehash=rehash)
        blocked(promotable)

    def test_shrink_n(self, promotable: World, *, rehash: bool) -> None:
        rewrite("predictions", lambda f: f.head(150), rehash=rehash)
        blocked(promotable)

    def test_keep_only_right_rows(self, world: World, *, rehash: bool) -> None:
        world.evaluate("good", set(range(20)))
        rewrite("predictions", lambda f: f.filter(pl.col("correct")), rehash=rehash)
        blocked(world)

    def test_nan_confidence(self, promotable: World, *, rehash: bool) -> None:
        nan = pl.when(pl.col("row") == 3).then(float("nan")).otherwise(pl.col("confidence")).alias("confidence")
        rewrite("predictions", lambda f: f.with_columns(nan), rehash=rehash)
        blocked(promotable)

    def test_missing_prediction(self, promotable: World, *, rehash: bool) -> None:
        gone = pl.when(pl.col("row") == 3).then(None).otherwise(pl.col("prediction")).alias("prediction")
        rewrite("predictions", lambda f: f.with_columns(gone), rehash=rehash)
        blocked(promotable)

    def test_call_wrong_rows_right(self, world: World, *, rehash: bool) -> None:
        world.evaluate("good", set(range(20)))
        rewrite("predictions", lambda f: f.with_columns(correct=pl.lit(value=True)), rehash=rehash)
        blocked(world)

    def test_edit_predictions(self, world: World, *, rehash: bool) -> None:
        world.evaluate("good", set(range(20)))
        rewrite(
            "predictions",
            lambda f: f.with_columns(prediction=pl.col("label"), correct=pl.lit(value=True)),
            rehash=rehash,
        )
        blocked(world)

    def test_rename_a_label(self, promotable: World, *, rehash: bool) -> None:
        named = pl.col("label").replace("refund", "Refund")
        rewrite("predictions", lambda f: f.with_columns(label=named), rehash=rehash)
        blocked(promotable)

    def test_rename_a_label_on_both_sides(self, promotable: World, *, rehash: bool) -> None:
        both = [pl.col(c).replace("refund", "Refund") for c in ("label", "prediction")]
        rewrite("predictions", lambda f: f.with_columns(both), rehash=rehash)
        blocked(promotable)

    def test_no_rows_at_all(self, promotable: World, *, rehash: bool) -> None:
        rewrite("predictions", lambda f: f.clear(), rehash=rehash)
        blocked(promotable)

    def test_unite_no_copies(self, world: World, *, rehash: bool) -> None:
        # Every row of the slice five times in the test set: 12 clusters of 60 rows prove nothing at .90.
        for n in range(60):
            world.rows[n]["text"] = f"please send my money for the {world.rows[n // 5]['text']}"
        world.write_test()
        world.evaluate("good", set())
        rewrite("predictions", lambda f: f.with_columns(cluster=pl.col("row")), rehash=rehash)
        blocked(world)


def test_figures_of_the_document_do_not_matter_and_are_noticed(world: World) -> None:
    world.evaluate("good", set(range(20)))

    def flatter(document: dict) -> None:
        document["overall"]["accuracy"] |= {"value": 0.99}
        for one in document["slices"]:
            one |= {"value": 1.0, "low": 0.99}

    edit(flatter)
    verdict = blocked(world)
    assert any("evaluation.json says" in r["message"] for r in verdict["reasons"])


def test_call_a_critical_slice_uncritical(world: World) -> None:
    world.evaluate("good", set(range(20)))
    edit(lambda d: [one.update(critical=False) for one in d["slices"]])
    assert blocked(world)["outcome"] == "FAIL"


def test_take_the_slice_out_of_the_configuration(world: World) -> None:
    world.evaluate("good", set(range(20)))
    world.configure(DATA + POLICY)
    assert blocked(world)["outcome"] == "FAIL"  # the evaluation still calls it critical


def test_widen_the_slice_after_the_evaluation(promotable: World) -> None:
    promotable.configure(
        DATA + SLICE.replace("category = 'refund' AND priority = 'urgent'", "priority = 'low'") + POLICY
    )
    verdict = blocked(promotable)
    assert any("urgent refund" in r["message"] and "otherwise" in r["message"] for r in verdict["reasons"])


def test_a_slice_that_was_never_evaluated(promotable: World) -> None:
    promotable.configure(
        DATA + SLICE + POLICY + '[[gate.require]]\nslice = "fraud"\nmetric = "recall"\nat_least = 0.9\n'
    )
    verdict = blocked(promotable)
    assert any("no slice or class of this name" in r["message"] for r in verdict["reasons"])


def test_an_empty_slice(world: World) -> None:
    world.configure(DATA + SLICE.replace("'urgent'", "'nobody'") + POLICY)
    world.evaluate("good", set())
    verdict = blocked(world)
    assert any(r["slice"] == "urgent refund" and r["value"] is None for r in verdict["reasons"])


def test_drop_the_baseline(promotable: World) -> None:
    margin = '[[gate.require]]\nslice = "overall"\nmetric = "accuracy"\nno_worse_than_baseline_by = 0.05\n'
    promotable.configure(DATA + SLICE + POLICY + margin)
    promotable.evaluate("base", {100, 150, 200})
    assert promotable.gate("out/good", "--baseline", "out/base")[0] == 0
    verdict = blocked(promotable)
    assert any("no baseline" in r["message"] for r in verdict["reasons"])


def test_a_baseline_on_other_data(promotable: World) -> None:
    margin = '[[gate.require]]\nslice = "overall"\nmetric = "accuracy"\nno_worse_than_baseline_by = 0.05\n'
    promotable.configure(DATA + SLICE + POLICY + margin)
    kept = [dict(row) for row in promotable.rows]
    promotable.rows[0]["text"] += " indeed"
    promotable.write_test()
    promotable.evaluate("base", set())
    promotable.rows[:] = kept
    promotable.write_test()
    verdict = blocked(promotable, "--baseline", "out/base")
    assert any("other data" in r["message"] for r in verdict["reasons"])


def test_change_the_test_file(promotable: World) -> None:
    promotable.rows[5]["category"] = "billing"
    promotable.write_test()
    verdict = blocked(promotable)
    assert any("changed after" in r["message"] for r in verdict["reasons"])


def test_name_other_data(promotable: World) -> None:
    (promotable.folder / "other.csv").write_bytes(
        (promotable.folder / "test.csv").read_bytes().replace(b"day", b"year")
    )
    promotable.configure((DATA + SLICE + POLICY).replace("test.csv", "other.csv"))
    blocked(promotable)


def test_swap_the_model_file(promotable: World) -> None:
    assert promotable.gate("out/good")[0] == 0
    promotable.predict("good", {100, 150, 151})
    assert promotable.promote("good.csv") == 1
    assert promotable.production is None


def test_promote_another_model_on_this_verdict(promotable: World) -> None:
    assert promotable.gate("out/good")[0] == 0
    promotable.predict("other", set(range(50)))
    assert promotable.promote("other.csv") == 1


def test_edit_predictions_after_the_verdict(promotable: World) -> None:
    assert promotable.gate("out/good")[0] == 0
    rewrite("predictions", lambda f: f.with_columns(confidence=pl.lit(0.5)))
    assert promotable.promote("good.csv") == 1
    assert promotable.production is None


def test_edit_the_verdict(world: World) -> None:
    world.evaluate("good", set(range(20)))
    code, verdict = world.gate("out/good")
    assert (code, verdict["outcome"]) == (1, "FAIL")
    verdict["outcome"] = "PASS"
    for reason in verdict["reasons"]:
        reason["outcome"] = "PASS"
    Path("out/gate/verdict.json").write_text(json.dumps(verdict), "utf-8")
    assert world.promote("good.csv") == 1
    assert world.production is None


def test_loosen_the_policy_after_the_verdict(promotable: World) -> None:
    assert promotable.gate("out/good")[0] == 0
    promotable.configure(DATA + SLICE + POLICY.replace("0.90", "0.10"))
    assert promotable.promote("good.csv") == 1


def test_an_old_verdict_does_not_outlive_a_gate_that_could_not_run(promotable: World) -> None:
    assert promotable.gate("out/good")[0] == 0
    assert promotable.gate("out/nothing-there") == (2, {})
    assert promotable.promote("good.csv") == 2
    assert promotable.production is None


def test_delete_the_ledger(promotable: World) -> None:
    Path("test.csv.attempts").unlink()
    verdict = blocked(promotable)
    assert any("ledger" in r["message"] for r in verdict["reasons"])


def test_lower_the_attempt(promotable: World) -> None:
    promotable.evaluate("second", {101})
    promotable.evaluate("good", {100, 150, 151})
    edit(lambda d: d.update(attempt=1))
    blocked(promotable)


@pytest.mark.parametrize("edited", [b'"attempt": 2', b'"attempt": 1'])
def test_edit_the_ledger(promotable: World, edited: bytes) -> None:
    promotable.evaluate("second", {101})
    path = Path("test.csv.attempts")
    path.write_bytes(path.read_bytes().replace(edited, b'"attempt": 7'))
    blocked(promotable)


def test_no_requirement_no_threshold(promotable: World) -> None:
    for gate in ("", "[gate]\nconfidence = 0.95\n"):
        promotable.configure(DATA + SLICE + gate)
        assert promotable.gate("out/good") == (2, {})
    promotable.configure(DATA + SLICE + '[[gate.require]]\nslice = "critical"\nmetric = "recall"\nat_least = 0\n')
    assert promotable.gate("out/good") == (2, {})


def audited(world: World) -> None:
    world.configure(DATA + SLICE + POLICY.replace("[gate]", "[gate]\nmax_audit_findings = {LEK = 0, DUP001 = 0}"))
    rows = "".join(f"t{n},a lamp called {name} broke,refund,low\n" for n, name in enumerate("abcdefgh"))
    (world.folder / "train.csv").write_text(HEAD + rows, "utf-8")
    assert _outcome([*AUDIT, "--config", "assay.toml"]) == 0


def test_a_stale_audit(promotable: World) -> None:
    audited(promotable)
    assert promotable.gate("out/good", "--audit", "out/audit")[0] == 0
    promotable.rows[7]["text"] += " again"
    promotable.write_test()
    promotable.evaluate("good", {100, 150})
    verdict = blocked(promotable, "--audit", "out/audit")
    assert any("another test file" in r["message"] for r in verdict["reasons"])


def test_no_audit_a_skipped_rule_and_one_that_never_ran(promotable: World) -> None:
    audited(promotable)
    blocked(promotable, "--audit", "out/none")
    path = promotable.folder / "out/audit/audit.json"
    document = json.loads(path.read_text("utf-8"))
    document["ran"].remove("LEK002")
    document["counts"].pop("LEK002")
    document["skipped"]["LEK002"] = "no train split"
    path.write_text(json.dumps(document), "utf-8")
    verdict = blocked(promotable, "--audit", "out/audit")
    assert any("skipped is not passed" in r["message"] for r in verdict["reasons"])
    document["skipped"] = {}
    document["ran"] = ["DUP001"]
    document["counts"] = {"DUP001": document["counts"]["DUP001"]}
    path.write_text(json.dumps(document), "utf-8")
    blocked(promotable, "--audit", "out/audit")


def test_findings_deleted_from_one_file_of_the_audit(promotable: World) -> None:
    audited(promotable)
    copied = f"t0,{promotable.rows[3]['text']},refund,low\n" * 2
    (promotable.folder / "train.csv").write_text(HEAD + copied, "utf-8")
    assert _outcome([*AUDIT, "--config", "assay.toml"]) == 0
    assert blocked(promotable, "--audit", "out/audit")["outcome"] == "FAIL"
    path = promotable.folder / "out/audit/audit.json"
    document = json.loads(path.read_text("utf-8"))
    for code in document["counts"]:
        document["counts"][code]["findings"] = 0
    path.write_text(json.dumps(document), "utf-8")
    blocked(promotable, "--audit", "out/audit")


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"not json", b'{"schema_version": 1}'])
def test_a_damaged_evaluation(promotable: World, content: bytes) -> None:
    (EVAL / "evaluation.json").write_bytes(content)
    blocked(promotable)


@pytest.mark.parametrize("name", ["evaluation.json", "predictions.parquet", "slice_rows.parquet"])
def test_a_missing_file(promotable: World, name: str) -> None:
    (EVAL / name).unlink()
    blocked(promotable)
