"""Our checks as expectations, in a checkpoint and Data Docs of the user's."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

gx = pytest.importorskip("great_expectations", reason="Great Expectations is not installed")

import pandas as pd  # noqa: E402
from browser import browser  # noqa: E402

from assay.audit.expectations import (  # noqa: E402
    ExpectLabelQualityToBeAtLeast,
    ExpectNoConflictingLabels,
    ExpectNoDuplicates,
    ExpectNoTrainTestOverlap,
    ExpectSliceToHaveRows,
    ExpectTextToBeRealistic,
)

HOSTILE = '<script>window.owned=1</script><img src=x onerror="window.owned=2"> $row ${text} </td>{{x}}'
SENTENCES = [
    "my parcel has not come", "the driver left it next door", "i want my money back", "please close my account",
    "the app shows an empty page", "who changed my delivery address",
]  # fmt: skip


def validate(frame, *expectations, result_format="COMPLETE"):
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("d").add_dataframe_asset("a")
    batch = asset.add_batch_definition_whole_dataframe("b").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name="s", expectations=list(expectations))
    found = batch.validate(suite, result_format=result_format).results
    by_type = {type(e).expectation_type: n for n, e in enumerate(expectations)}
    return sorted(found, key=lambda r: by_type[r.expectation_config.type])


def frame_of(texts, labels=None, **columns):
    return pd.DataFrame({"text": texts, "label": labels or ["a"] * len(texts), **columns})


def test_duplicates_leave_the_first_of_each_group():
    frame = frame_of([*SENTENCES, "My parcel has NOT come!", "my parcel has not come", "the driver left it next doors"])
    (found,) = validate(frame, ExpectNoDuplicates(text="text"))
    assert not found.success
    assert found.result["unexpected_index_list"] == [6, 7, 8]
    assert found.result["unexpected_list"][0] == "My parcel has NOT come!"
    (exact,) = validate(frame, ExpectNoDuplicates(text="text", near=False))
    assert exact.result["unexpected_index_list"] == [6, 7]
    (most,) = validate(frame, ExpectNoDuplicates(text="text", mostly=0.6))
    assert most.success
    (clean,) = validate(frame_of(SENTENCES), ExpectNoDuplicates(text="text"))
    assert clean.success


def test_result_formats_and_index_columns():
    frame = frame_of([*SENTENCES, SENTENCES[0]], ticket=[f"T{n}" for n in range(7)])
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["ticket"]}
    (found,) = validate(frame, ExpectNoDuplicates(text="text"), result_format=form)
    assert found.result["unexpected_index_list"] == [{"ticket": "T6"}]
    (basic,) = validate(frame, ExpectNoDuplicates(text="text"), result_format="BASIC")
    assert "unexpected_index_list" not in basic.result
    assert basic.result["unexpected_count"] == 1
    (bare,) = validate(frame, ExpectNoDuplicates(text="text"), result_format="BOOLEAN_ONLY")
    assert not bare.success


def test_conflicting_labels_name_both_sides():
    frame = frame_of([*SENTENCES, SENTENCES[2]], ["a"] * 6 + ["b"])
    (found,) = validate(frame, ExpectNoConflictingLabels(text="text", label="label"))
    assert found.result["unexpected_index_list"] == [2, 6]


def test_overlap_with_a_file_or_a_split_column(tmp_path):
    train = tmp_path / "train.csv"
    frame_of(SENTENCES[:4]).to_csv(train, index=False)
    test = frame_of([SENTENCES[4], SENTENCES[1]])
    (found,) = validate(test, ExpectNoTrainTestOverlap(text="text", train=str(train)))
    assert found.result["unexpected_index_list"] == [1]
    both = frame_of([*SENTENCES, SENTENCES[1]], side=["train"] * 5 + ["test"] * 2)
    (split,) = validate(both, ExpectNoTrainTestOverlap(text="text", split="side"))
    assert split.result["unexpected_index_list"] == [6]
    assert split.result["element_count"] == 2
    (neither,) = validate(both, ExpectNoTrainTestOverlap(text="text"))
    assert not neither.success
    assert neither.exception_info


def test_rows_of_a_slice():
    frame = frame_of(SENTENCES, ["a", "b", "b", "a", "a", "a"], stars=[1, 2, 3, 4, 5, None])
    found = validate(frame, ExpectSliceToHaveRows(where="label = 'b' AND stars > 2", min_rows=2))[0]
    assert (found.success, found.result["observed_value"]) == (False, 1)
    assert validate(frame, ExpectSliceToHaveRows(where="stars < 5", min_rows=4))[0].success


def test_realistic_texts():
    frame = frame_of([*SENTENCES, "", "asdf jkl; qwerty zxcv asdfgh", "cafÃ© rÃ©sumÃ© naÃ¯ve"])
    (found,) = validate(frame, ExpectTextToBeRealistic(text="text"))
    assert {6, 8} <= set(found.result["unexpected_index_list"])
    assert not {0, 1, 2, 3, 4, 5} & set(found.result["unexpected_index_list"])


def test_label_quality_is_the_share_beyond_suspicion():
    parcel = [f"the parcel with number {n} has not come to my door in week {n % 7}" for n in range(60)]
    money = [f"i want the money for order {n} back on my card by month {n % 5}" for n in range(60)]
    labels = ["delivery"] * 60 + ["refund"] * 60
    labels[3], labels[7], labels[80] = "refund", "refund", "delivery"
    frame = frame_of(parcel + money, labels)
    (found,) = validate(frame, ExpectLabelQualityToBeAtLeast(text="text", label="label", at_least=0.99))
    assert not found.success
    assert {3, 7, 80} <= set(found.result["unexpected_index_list"])
    assert found.result["observed_value"] == pytest.approx(1 - len(found.result["unexpected_index_list"]) / 120)


def test_what_cannot_be_checked_is_an_exception_and_no_pass():
    few = validate(frame_of(SENTENCES), ExpectLabelQualityToBeAtLeast(text="text", label="label"))[0]
    gone = validate(frame_of(SENTENCES), ExpectNoDuplicates(text="nowhere"))[0]
    for result in (few, gone):
        assert not result.success
        assert result.result == {}


def test_data_docs_of_a_checkpoint_run_nothing_of_hostile_data(tmp_path):
    frame = frame_of([HOSTILE, f"{HOSTILE} ", *SENTENCES], ["a", "b", *["a"] * 6])
    context = gx.get_context(mode="file", project_root_dir=str(tmp_path))
    context.variables.progress_bars = {"globally": False}
    data = context.data_sources.add_pandas("d").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b")
    suite = context.suites.add(gx.ExpectationSuite(name="tickets"))
    for one in (
        ExpectNoDuplicates(text="text"),
        ExpectNoDuplicates(text=HOSTILE),
        ExpectNoConflictingLabels(text="text", label="label", severity="warning"),
        ExpectTextToBeRealistic(text="text"),
        ExpectSliceToHaveRows(where=f"label = '{HOSTILE.replace(chr(36), '')}'"),
        ExpectLabelQualityToBeAtLeast(text=HOSTILE, label="label"),
    ):
        suite.add_expectation(one)
    bound = context.validation_definitions.add(gx.ValidationDefinition(name="v", data=data, suite=suite))
    action = gx.checkpoint.UpdateDataDocsAction(name="docs")
    check = gx.Checkpoint(name="c", validation_definitions=[bound], actions=[action], result_format="SUMMARY")
    assert not context.checkpoints.add(check).run(batch_parameters={"dataframe": frame}).success
    pages = sorted((tmp_path / "gx/uncommitted/data_docs").rglob("*.html"))
    assert {p.parent.name for p in pages} >= {"local_site", "expectations"}
    with browser() as chromium:
        for path in pages:
            page = chromium.new_page()
            page.route("**/*", lambda r: r.continue_() if r.request.url.startswith("file:") else r.abort())
            page.goto(path.as_uri())
            assert page.evaluate("window.owned") is None, path
            assert page.locator("img[onerror]").count() == 0
            if "validations" in path.parts:
                said = page.inner_text("body")
                assert HOSTILE in said, "the text is shown as it is"
                assert "DUP001: 2 rows have the same text" in said
            page.close()


def test_a_saved_suite_with_ours_is_read_again(tmp_path):
    context = gx.get_context(mode="file", project_root_dir=str(tmp_path))
    suite = context.suites.add(gx.ExpectationSuite(name="tickets"))
    suite.add_expectation(ExpectNoDuplicates(text="text", near=False, severity="warning"))
    stored = json.loads((tmp_path / "gx/expectations/tickets.json").read_text("utf-8"))
    assert stored["expectations"][0]["type"] == "expect_no_duplicates"
    (again,) = gx.get_context(mode="file", project_root_dir=str(tmp_path)).suites.get("tickets").expectations
    assert again == suite.expectations[0]


def test_without_great_expectations_the_import_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "great_expectations", None)
    monkeypatch.delitem(sys.modules, "assay.audit.expectations")
    with pytest.raises(ImportError, match=r"pip install 'assay\[expectations\]'"):
        __import__("assay.audit.expectations")


def test_gex001_runs_suites_that_hold_ours(tmp_path):
    from assay.audit.gx.request import Suite
    from assay.audit.reading import from_frames
    from assay.audit.rules import Settings, run

    data = from_frames(frame_of([*SENTENCES, SENTENCES[0]]), text="text", label="label")
    data.memo[Suite] = Suite("s", "s.json", ({"type": "expect_no_duplicates", "kwargs": {"text": "text"}},))
    found = run(data, Settings(select=("GEX001",)))
    assert [f.hit.rows for f in found.findings] == [(6,)]
    assert Path.cwd().is_dir()
