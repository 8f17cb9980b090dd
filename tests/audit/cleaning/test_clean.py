"""Planted findings, cleaned: what goes, what stays, why, and that nothing else changes."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.audit import read
from assay.audit.clean import clean
from assay.audit.errors import ConfigError, DataError, OutputError

TRAIN = """id,text,label
1,my card has not arrived yet,card
2,"My card has NOT arrived, yet!",card
3,where do i see the exchange rate,rate
4,the top up failed twice today,top up
5,the top up failed twice today,card
6,   ,card
7,can i get a refund for this,Rate
8,please close my old account now,account
9,Please close my old account now.,account
10,please   close my old account now,rate
11,what are the fees for a transfer,rate
12,is there a limit on cash withdrawals,rate
"""
TEST = """id,text,label
a,Please close my old account now,account
b,how long does a transfer take,rate
c,how long does a transfer take,rate
"""
FILES = {"train.csv": TRAIN, "test.csv": TEST}


def changes(path="changes.jsonl"):
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def test_planted_findings_are_fixed_and_explained(audited):
    folder = audited(FILES)
    done = clean(folder, "clean.csv")
    kept = list(csv.reader(Path("clean.csv").read_text().splitlines()))
    assert [row[0] for row in kept] == ["id", "1", "3", "4", "5", "7", "10", "11", "12"]
    assert Path("clean.csv").read_text() == "".join(
        line.replace(",Rate", ",rate")
        for line in TRAIN.splitlines(keepends=True)
        if line.split(",")[0] not in {"2", "6", "8", "9"}
    )
    log = {line["id"]: line for line in changes()}
    assert (log["2"]["code"], log["2"]["kept"]["id"], log["2"]["kept"]["why"]) == ("DUP001", "1", "it is the earliest")
    assert (log["8"]["code"], log["8"]["kept"]["split"], log["8"]["kept"]["line"]) == ("LEK001", "test", 2)
    assert log["9"]["code"] == "LEK001"  # every train copy, not the first alone
    assert log["6"]["code"] == "RLS001"
    assert (log["7"]["action"], log["7"]["from"], log["7"]["to"]) == ("relabel", "Rate", "rate")
    assert {line["by"] for line in log.values()} == {"rule"}
    marks = set(pl.read_parquet(folder / "findings.parquet")["fingerprint"])
    assert {line["fingerprint"] for line in log.values()} <= marks
    assert (done.rows_in, done.rows_out, done.relabelled) == (12, 8, 1)
    assert done.left == {"DUP001": {"look": 1}, "LEK001": {"look": 1}}  # labels differ: a person decides
    assert Path("train.csv").read_text() == TRAIN


def test_an_audit_of_the_result_finds_nothing_that_was_fixed(audited):
    clean(audited(FILES), "clean.csv")
    again = audited.again({"train": "clean.csv", "test": "test.csv"}, out="second")
    left = pl.read_parquet(again / "findings.parquet").filter(pl.col("split") == "train")
    assert left.filter("fix_safe").is_empty()
    assert "LBL005" not in left["code"].to_list()
    done = clean(again, "twice/clean.csv")
    assert Path("twice/clean.csv").read_bytes() == Path("clean.csv").read_bytes()
    assert not done.changes


def test_cleaning_the_same_audit_twice_gives_the_same_bytes(audited):
    folder = audited(FILES)
    clean(folder, "clean.csv")
    first = (Path("clean.csv").read_bytes(), Path("changes.jsonl").read_bytes())
    clean(folder, "clean.csv")
    assert (Path("clean.csv").read_bytes(), Path("changes.jsonl").read_bytes()) == first


def test_copies_become_safe_once_their_labels_are_spelt_alike(audited):
    train = "text,label\nthe fee is far too high,fees\nthe fee is far too high,Fees\nhello there friend,fees\n"
    folder = audited({"train.csv": train})
    assert not pl.read_parquet(folder / "findings.parquet").filter(code="DUP001")["fix_safe"].any()
    clean(folder, "clean.csv")
    assert Path("clean.csv").read_text() == "text,label\nthe fee is far too high,fees\nhello there friend,fees\n"


def test_the_copy_with_the_less_doubtful_label_stays(audited):
    folder = audited({"train.csv": "text,label\nsame words here,a\nsame words here,a\nother words there,b\n"})
    rows = pl.read_parquet(folder / "rows.parquet").with_columns(pl.Series("suspect_label", [0.4, 0.1, 0.0]))
    rows.write_parquet(folder / "rows.parquet")
    clean(folder, "clean.csv")
    [line] = changes()
    assert (line["row"], line["kept"]["row"]) == (0, 1)
    assert line["kept"]["why"] == "its label is the less doubtful one"


def test_dup001_may_be_told_to_keep_the_last(audited):
    files = {"train.csv": "text,label\nsame words here,a\nSame words here,a\nother words there,b\n"}
    folder = audited(files, options={"DUP001": {"keep": "last"}})
    clean(folder, "clean.csv")
    assert Path("clean.csv").read_text() == "text,label\nSame words here,a\nother words there,b\n"


def test_test_rows_go_only_if_that_is_asked_for(audited):
    folder = audited(FILES)
    clean(folder, "clean_test.csv", splits=["test"])
    ids = [line.split(",")[0] for line in Path("clean_test.csv").read_text().splitlines()]
    assert ids == ["id", "a", "b"]  # the copy inside test goes, the leaked row stays
    clean(folder, "rebuilt.csv", remove_leaks_from="test")
    assert [line.split(",")[0] for line in Path("rebuilt.csv").read_text().splitlines()] == ["id", "b"]
    with pytest.raises(ConfigError, match="no split 'tset'"):
        clean(folder, "x.csv", splits=["tset"])
    with pytest.raises(ConfigError, match="add --split test"):
        clean(folder, "x.csv", splits=["train"], remove_leaks_from="test")


def test_leaks_under_another_label_are_left_to_a_person(audited):
    files = {
        "train.csv": "text,label\nsame words here,a\nother words there,b\n",
        "test.csv": "text,label\nsame words here,b\n",
    }
    folder = audited(files)
    done = clean(folder, "clean.csv")
    assert not done.changes
    assert done.left == {"LEK001": {"look": 1}}
    assert clean(folder, "clean.csv", unsafe=True).unsafe == {"LEK001": 1}
    assert Path("clean.csv").read_text() == "text,label\nother words there,b\n"


def test_unsafe_takes_all_near_copies_of_a_test_row(audited):
    base = "please tell me how i can change the address that is on my account before the parcel leaves"
    near = [
        base.replace("address", "adress"),
        f"hi {base}",
        base.replace("before", "just before").replace("tell", "show"),
    ]
    train = "text,label\n" + "".join(f"{text},a\n" for text in near) + "something else entirely is written here,b\n"
    folder = audited({"train.csv": train, "test.csv": f"text,label\n{base},a\n"}, select=("LEK",))
    assert not clean(folder, "clean.csv", dry_run=True).changes
    done = clean(folder, "clean.csv", unsafe=True)
    assert done.rows_out == 1
    again = audited.again({"train": "clean.csv", "test": "test.csv"}, select=("LEK001", "LEK002"), out="second")
    assert pl.read_parquet(again / "findings.parquet").is_empty()


def test_a_dry_run_writes_nothing_and_says_the_same(audited):
    folder = audited(FILES)
    before = sorted(Path().rglob("*"))
    dry = clean(folder, "out/clean.csv", dry_run=True)
    assert sorted(Path().rglob("*")) == before
    real = clean(folder, "out/clean.csv")
    assert (dry.counts, dry.changes, dry.rows_out) == (real.counts, real.changes, real.rows_out)


@pytest.mark.parametrize("output", ["train.csv", "./train.csv", "test.csv", "link.csv", "hard.csv"])
def test_nothing_is_changed_in_place(audited, output):
    folder = audited(FILES)
    Path("link.csv").symlink_to("train.csv")
    Path("hard.csv").hardlink_to("train.csv")
    with pytest.raises(OutputError, match="nothing is changed in place"):
        clean(folder, output)
    assert Path("train.csv").read_text() == TRAIN


def test_a_changed_source_is_refused_with_the_cure(audited):
    folder = audited(FILES)
    Path("train.csv").write_text(TRAIN.replace("twice", "thrice"))
    with pytest.raises(DataError, match=r"train\.csv: train is not what was audited.*Run `assay audit` again"):
        clean(folder, "clean.csv")
    Path("train.csv").write_text(TRAIN)
    Path("test.csv").unlink()
    with pytest.raises(DataError, match=r"test\.csv: no such file"):
        clean(folder, "clean.csv")
    assert not Path("clean.csv").exists()


def test_another_format_is_refused(audited):
    folder = audited(FILES)
    with pytest.raises(OutputError, match=r"name it with \.csv"):
        clean(folder, "clean.jsonl")


def test_a_file_without_rows_is_refused(audited):
    files = {"train.csv": "text,label\nsame words here,a\n", "test.csv": "text,label\nsame words here,a\n"}
    with pytest.raises(OutputError, match="every row"):
        clean(audited(files), "clean.csv")
    assert not Path("clean.csv").exists()


def test_one_file_with_its_own_splits_keeps_the_rows_of_the_others(audited):
    rows = ["s1,train,a", "s2 words,test,a", "s1,train,a", "more words,test,b", "s2 words,train,a", "s3 words,train,b"]
    folder = audited({"train.csv": "text,split,label\n" + "\n".join(rows) + "\n"}, split="split")
    clean(folder, "clean.csv")
    assert Path("clean.csv").read_text().splitlines()[1:] == [rows[0], rows[1], rows[3], rows[5]]


def test_a_folder_of_files_becomes_a_folder_of_files(audited):
    files = {
        "train/a.csv": "text,label\nsame words here,a\nfirst of all,b\n",
        "train/b.csv": "text,label\nsame words here,a\nlast of all,b\n",
    }
    for name, content in files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(content)
    folder = audited.again({"train": "train"})
    clean(folder, "cleaned")
    assert Path("cleaned/a.csv").read_text() == files["train/a.csv"]
    assert Path("cleaned/b.csv").read_text() == "text,label\nlast of all,b\n"
    assert [line["output"] for line in changes()] == ["b.csv"]


def test_splits_cleaned_one_after_the_other_share_a_log(audited):
    folder = audited(FILES)
    clean(folder, "out/train.csv")
    clean(folder, "out/test.csv", splits=["test"])
    assert {line["output"] for line in changes("out/changes.jsonl")} == {"train.csv", "test.csv"}
    before = Path("out/changes.jsonl").read_bytes()
    clean(folder, "out/train.csv")
    assert sorted(Path("out/changes.jsonl").read_bytes().splitlines()) == sorted(before.splitlines())
    Path("out/changes.jsonl").write_text('{"mine": 1}\n')
    with pytest.raises(OutputError, match=r"no changes\.jsonl of Assay"):
        clean(folder, "out/train.csv")


def test_frames_have_no_files_to_copy(audited, tmp_path):
    frame = pl.DataFrame({"text": ["a b c", "d e f"], "label": ["x", "y"]})
    folder = audited.again({"train": frame})
    with pytest.raises(DataError, match="does not come from files"):
        clean(folder, "clean.csv")


@settings(max_examples=30)
@given(
    texts=st.lists(
        st.sampled_from(["one two three", "One two three!", "four five", "", '"q" six', "l\nb", "7"]),
        min_size=2,
        max_size=12,
    ),
    labels=st.lists(st.sampled_from(["a", "b", "a ", ""]), min_size=12, max_size=12),
    unsafe=st.booleans(),
)
def test_rows_are_conserved(tmp_path_factory, texts, labels, unsafe):
    from assay.audit import Settings, run
    from assay.audit.store import audit_document, save

    home = tmp_path_factory.mktemp("clean")
    with (home / "train.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(
            [("text", "label", "n"), *((t, labels[i], i) for i, t in enumerate(texts)), ("tail of it", "b", 99)]
        )
    data = read({"train": str(home / "train.csv")}, text=["text"], label="label")
    found = run(data, Settings(select=("DUP001", "LBL005", "RLS001")))
    save(found, home / "audit", audit_document(found, {"rules": {}}), {}, {})
    done = clean(home / "audit", home / "out" / "clean.csv", unsafe=unsafe)
    kept = read({"train": str(home / "out" / "clean.csv")}, text=["text"], label="label").frame
    dropped = [line["row"] for line in done.changes if line["action"] == "drop"]
    numbers = [int(n) for n in kept["n"].to_list()]
    assert sorted([*numbers, *(int(data.frame["n"][row]) for row in dropped)]) == sorted(
        int(n) for n in data.frame["n"].to_list()
    )
    whole = data.frame.filter(pl.col("n").is_in(kept["n"].to_list()))
    assert whole["text"].to_list() == kept["text"].to_list()
    moved = {int(data.frame["n"][line["row"]]): line["to"] for line in done.changes if line["action"] == "relabel"}
    assert kept["label"].to_list() == [moved.get(int(n), old) for n, old in whole.select("n", "label").iter_rows()]
    shutil.rmtree(home)
