"""Splits and roles of whole data sets."""

from __future__ import annotations

import datasets
import polars as pl
import pytest

from assay.audit.errors import DataError
from assay.audit.reading import from_frames, read

ROWS = (
    'text,label,split\n"one\nrow",a,dev\nsecond row,b,train\nthird row,a,Test\nfourth row,b,train\nfifth row,b,weird\n'
)


def put(path, content):
    path.write_text(content, newline="")
    return str(path)


def test_one_file_with_a_told_split_column(tmp_path):
    path = put(tmp_path / "all.csv", ROWS)
    data = read({"train": path}, split="split")
    assert [(s.name, s.rows) for s in data.splits] == [("train", 2), ("validation", 1), ("test", 1), ("weird", 1)]
    assert [(data.row(i).row, data.row(i).line) for i in range(5)] == [(1, 4), (3, 6), (0, 2), (2, 5), (4, 7)]
    assert data.row(2).place == f"{path}:2"
    assert "split" not in data.guessed
    assert data.frame["split"].to_list() == ["train", "train", "dev", "Test", "weird"]


def test_a_split_column_is_found_only_if_every_value_is_a_split(tmp_path):
    data = read({"train": put(tmp_path / "a.csv", ROWS)})
    assert [s.name for s in data.splits] == ["train"]
    data = read({"train": put(tmp_path / "b.csv", ROWS.replace("weird", "production"))})
    assert [s.name for s in data.splits] == ["train", "validation", "test", "production"]
    assert data.guessed == ("text", "label", "split")


def test_files_win_over_a_split_column(tmp_path):
    known = ROWS.replace("weird", "train")
    train, test = put(tmp_path / "a.csv", known), put(tmp_path / "t.csv", known)
    data = read({"train": [train], "test": [test]})
    assert [(s.name, s.rows) for s in data.splits] == [("train", 5), ("test", 5)]
    data = read({"train": [train], "production": [put(tmp_path / "p.csv", "text\nsome words\n")]})
    assert [(s.name, s.rows) for s in data.splits] == [("train", 3), ("validation", 1), ("test", 1), ("production", 1)]


def test_a_row_without_split(tmp_path):
    path = put(tmp_path / "a.csv", ROWS.replace("weird", " "))
    with pytest.raises(DataError, match="names no split") as caught:
        read({"train": path}, split="split")
    assert caught.value.line == 7


def test_a_folder_whose_files_are_splits(tmp_path):
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test", "other"):
        put(tmp_path / f"{name}.csv", f"text,label\nwords of {name},a\n")
    data = read({"train": str(tmp_path)})
    assert [(s.name, s.rows) for s in data.splits] == [("train", 2), ("test", 1)]
    assert data.notes == (f"{tmp_path}: left out, as their names say no split: other.csv",)


def test_saved_datasets(tmp_path):
    part = datasets.Dataset.from_dict({"text": ["a few words", "b", "c"], "label": [0, 1, 0]})
    part.filter(lambda row: row["text"] != "b").save_to_disk(str(tmp_path / "one"))
    data = read({"train": str(tmp_path / "one")})
    assert data.frame.rows() == [("a few words", "0"), ("c", "0")]
    datasets.DatasetDict(train=part, test=part.select([0])).save_to_disk(str(tmp_path / "many"))
    data = read({"train": str(tmp_path / "many")})
    assert [(s.name, s.rows) for s in data.splits] == [("train", 3), ("test", 1)]
    data = read({"train": str(tmp_path / "one"), "test": str(tmp_path / "many")})
    assert [(s.name, s.rows) for s in data.splits] == [("train", 2), ("test", 1)]
    with pytest.raises(DataError, match="holds no split 'validation'"):
        read({"train": str(tmp_path / "one"), "validation": str(tmp_path / "many")})
    (tmp_path / "many" / "test" / "state.json").write_text("{")
    with pytest.raises(DataError, match=r"state\.json: cannot be read"):
        read({"train": str(tmp_path / "many")})


def test_a_wrong_column_offers_near_names(tmp_path):
    path = put(tmp_path / "a.csv", ROWS)
    with pytest.raises(
        DataError, match=r"no column 'Lable' for --label. Did you mean 'label'\? The columns are: text, label, split"
    ):
        read({"train": path}, label="Lable")
    other = put(tmp_path / "b.csv", "body\nsome words\n")
    with pytest.raises(DataError, match="no column 'text' for --text") as caught:
        read({"train": path, "production": other}, text=["text"])
    assert caught.value.path == other


def test_no_text_lists_the_columns():
    with pytest.raises(DataError, match="--text COLUMN; the columns are: a, b"):
        from_frames(pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}))


def test_told_roles_are_not_guessed_again_and_lacking_ones_are_noted():
    train = pl.DataFrame(
        {"text": ["some words"] * 2, "note": ["more words here", "and there"], "label": [1, 2], "id": [1, 2]}
    )
    data = from_frames({"train": train, "test": train.drop("label", "id")}, text=["note", "text"], label="label")
    assert data.roles.text == ("note", "text")
    assert data.roles.label == "label"
    assert data.guessed == ("id",)
    assert data.notes == ("test: no column 'label' (label), so it is empty there",)
    assert data.frame["label"].to_list() == ["1", "2", None, None]


def test_twice_the_same_split():
    frame = pl.DataFrame({"text": ["some words"]})
    with pytest.raises(DataError, match="'validation' is given twice"):
        from_frames({"dev": frame, "val": frame})


def test_production_label_may_be_absent_without_a_word():
    train = pl.DataFrame({"text": ["some words", "other words"], "label": ["a", "a"]})
    data = from_frames({"train": train, "production": train.drop("label")}, label="label")
    assert data.notes == ()


def test_several_files_whose_names_are_splits(tmp_path):
    paths = [put(tmp_path / name, f"text,label\nwords of {name},a\n") for name in ("my_train.csv", "my_test.csv")]
    for value in (paths, [str(tmp_path / "my_*.csv")]):
        data = read({"train": value})
        assert [(s.name, s.files) for s in data.splits] == [("train", (paths[0],)), ("test", (paths[1],))]
    other = put(tmp_path / "more.csv", "text,label\nmore words,a\n")
    assert [(s.name, s.rows) for s in read({"train": [*paths, other]}).splits] == [("train", 3)]


def test_folders_whose_folders_are_splits(tmp_path):
    for name in ("train", "test"):
        (tmp_path / name).mkdir()
        put(tmp_path / name / "data.csv", f"text,label\nwords of {name},a\n")
    data = read({"train": str(tmp_path)})
    assert [(s.name, s.rows) for s in data.splits] == [("train", 1), ("test", 1)]
    assert data.row(1).place == f"{tmp_path}/test/data.csv:2"


def test_a_folder_of_splits_beside_other_splits_gives_only_its_own(tmp_path):
    (tmp_path / "all").mkdir()
    for name in ("train", "test"):
        put(tmp_path / "all" / f"{name}.csv", f"text,label\nwords of {name},a\n")
    test = put(tmp_path / "new.csv", "text,label\nnew words,a\n")
    data = read({"train": str(tmp_path / "all"), "test": test})
    assert data.frame["text"].to_list() == ["words of train", "new words"]
    assert data.notes == (f"{tmp_path}/all: left out, as their names say no train: test.csv",)


def test_a_split_column_with_gaps_is_not_used_in_silence(tmp_path):
    path = put(tmp_path / "a.csv", ROWS.replace("weird", ""))
    data = read({"train": path})
    assert [(s.name, s.rows) for s in data.splits] == [("train", 5)]
    (note,) = data.notes
    assert note.startswith(f"{path}: column 'split' splits nothing, as '' in it names no split")
    assert note.endswith("all rows are train unless you say --split split")
    assert read({"train": path, "test": put(tmp_path / "t.csv", ROWS)}).notes == ()


def test_a_constant_split_column_changes_nothing(tmp_path):
    for value in ("train", "test"):
        path = put(tmp_path / f"{value}.csv", f"text,split\nsome words,{value}\nother words,{value}\n")
        data = read({"train": path})
        assert [(s.name, s.rows) for s in data.splits] == [("train", 2)]
        assert data.notes == ()


def test_a_told_split_column_beside_other_splits_is_said_to_do_nothing(tmp_path):
    path, test = put(tmp_path / "a.csv", ROWS), put(tmp_path / "b.csv", ROWS)
    data = read({"train": path, "test": test}, split="split")
    assert [(s.name, s.rows) for s in data.splits] == [("train", 5), ("test", 5)]
    assert data.notes == (f"{path}: column 'split' splits nothing, as test is given as well",)


def test_a_told_split_column_wins_over_file_names(tmp_path):
    paths = [put(tmp_path / f"{name}.csv", ROWS) for name in ("train", "test")]
    data = read({"train": paths}, split="split")
    assert [(s.name, s.rows) for s in data.splits] == [("train", 4), ("validation", 2), ("test", 2), ("weird", 2)]
    assert [(data.row(i).row, data.row(i).place) for i in (0, 2)] == [(1, f"{paths[0]}:4"), (6, f"{paths[1]}:4")]


def test_a_header_that_is_a_row_is_noted(tmp_path):
    path = put(tmp_path / "a.csv", "I want my money back,refund\nwhere is it,delivery\n")
    assert read({"train": path}).notes == (
        f"{path}: the header reads like a row; if the file has none, add one, such as text,label",
    )
    frame = pl.DataFrame({"what do you think of it": ["very good indeed", "not so good"]})
    assert from_frames(frame).notes == ()


def test_twice_the_same_split_in_one_source():
    frame = pl.DataFrame({"text": ["some words"]})
    with pytest.raises(DataError, match="'validation' is given twice"):
        read({"train": {"dev": frame, "val": frame}})
