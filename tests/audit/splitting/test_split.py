"""Splits of planted and of real data: nothing leaks, nothing is lost, each class gets its share, few rows move."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.audit import Settings, read, run
from assay.audit.config import Config, parse_text
from assay.audit.errors import ConfigError, DataError, OutputError
from assay.audit.split import split

LEAKS = ("LEK001", "LEK002", "LEK004", "LEK005")
SUBJECTS = ["invoice", "parcel", "router", "battery", "ticket", "garden", "window", "piano", "bicycle", "lantern"]
VERBS = ["arrived", "broke", "vanished", "doubled", "leaked", "rattled", "cracked", "faded", "expired", "melted"]
PLACES = ["kitchen", "office", "airport", "harbour", "village", "tunnel", "museum", "bakery", "stadium", "library"]


def sentence(rng, number):
    """A text of its own: its words are drawn, and a few of them stand nowhere else."""
    words = [str(rng.choice(w)) for w in (SUBJECTS, VERBS, PLACES, SUBJECTS, VERBS, PLACES)]
    own = ["".join(rng.choice(list("abcdefghiklmnoprstuv"), 7)) for _ in range(6)]
    mixed = [*words, *own]
    rng.shuffle(mixed)
    return " ".join(mixed)


def planted(rows, seed=0, groups=0):
    """Rows of three classes (60, 30 and 10 %), a fifth of them copies or near-copies of others."""
    rng = np.random.default_rng(seed)
    texts = [sentence(rng, i) for i in range(rows)]
    for i in range(0, rows, 10):
        texts[i + 1] = texts[i].upper() + "!"
        texts[i + 2] = texts[i] + " please"
    labels = rng.choice(["common", "middle", "rare"], rows, p=[0.6, 0.3, 0.1])
    frame = pl.DataFrame({"text": texts, "label": labels, "n": np.arange(rows)})
    if groups:
        frame = frame.with_columns(pl.Series("customer", [f"c{v}" for v in rng.integers(0, groups, rows)]))
    return frame


def written(path, frame):
    frame.write_csv(path)
    return str(path)


def parts(folder, suffix=".csv"):
    names = [n for n in ("train", "validation", "test") if (Path(folder) / f"{n}{suffix}").exists()]
    return {name: pl.read_csv(Path(folder) / f"{name}{suffix}", infer_schema=False) for name in names}


def leaks(folder, suffix=".csv", **roles):
    sources = {name: str(Path(folder) / f"{name}{suffix}") for name in parts(folder, suffix)}
    found = run(read(sources, **roles), Settings(select=LEAKS))
    return {code: sum(f.code == code for f in found.findings) for code in found.ran}


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl", ".json", ".parquet", ".tsv"])
def test_no_leak_and_no_row_lost_in_any_format(tmp_path, suffix):
    frame = planted(300)
    path = tmp_path / f"data{suffix}"
    writers = {
        ".csv": frame.write_csv,
        ".csv.gz": lambda p: p.write_bytes(__import__("gzip").compress(frame.write_csv().encode())),
        ".jsonl": frame.write_ndjson,
        ".json": lambda p: p.write_text(frame.write_json()),
        ".parquet": frame.write_parquet,
        ".tsv": lambda p: frame.write_csv(p, separator="\t"),
    }
    writers[suffix](path)
    done = split(str(path), tmp_path / "out", meaning=False)
    made = read({n: str(tmp_path / "out" / f"{n}{suffix}") for n in ("train", "validation", "test")}, label="label")
    assert sorted(int(n) for n in made.frame["n"].to_list()) == list(range(300))
    found = run(made, Settings(select=LEAKS))
    assert not list(found.findings)
    assert done.document["folds"][0]["leaks"] == {"LEK001": 0, "LEK002": 0}
    told = {Path(p).stem.split(".")[0]: one["rows"] for p, one in done.document["files"].items()}
    assert told == {s.name: s.rows for s in made.splits}


def test_lines_are_copied_to_the_byte(tmp_path):
    rows = [f'"{t}, ""so"" and\r\nmore",{label}\r\n' for t, label in planted(60).select("text", "label").iter_rows()]
    (tmp_path / "data.csv").write_bytes(("\ufefftext,label\r\n" + "".join(rows)).encode().removesuffix(b"\r\n"))
    split(str(tmp_path / "data.csv"), tmp_path / "out", meaning=False)
    for name in ("train", "validation", "test"):
        assert (tmp_path / "out" / f"{name}.csv").read_bytes().decode().startswith("\ufefftext,label\r\n")
    total = sum((tmp_path / "out" / f"{n}.csv").stat().st_size for n in ("train", "validation", "test"))
    header = len("\ufefftext,label\r\n".encode())
    assert total == (tmp_path / "data.csv").stat().st_size + 2 * header
    joined = "".join((tmp_path / "out" / f"{n}.csv").read_bytes().decode() for n in ("train", "validation", "test"))
    assert all(row.removesuffix("\r\n") in joined for row in rows)


def test_each_class_gets_its_share(tmp_path):
    done = split(written(tmp_path / "data.csv", planted(1000)), tmp_path / "out", meaning=False)
    fold = done.document["folds"][0]
    for part in fold["parts"].values():
        assert abs(part["share"] - part["wanted"]) < 0.01
    worst = fold["classes"]["largest_difference"]
    assert abs(worst["share"] - worst["share_of_all"]) < 0.025
    assert fold["classes"]["absent"] == {"train": [], "validation": [], "test": []}


def test_a_class_of_three_rows_is_in_every_part(tmp_path):
    rng = np.random.default_rng(5)
    tiny = pl.DataFrame({"text": [sentence(rng, i) for i in range(3)], "label": ["tiny"] * 3, "n": [1000, 1001, 1002]})
    frame = pl.concat([planted(300), tiny.with_columns(pl.col("n").cast(pl.Int64))])
    split(written(tmp_path / "data.csv", frame), tmp_path / "out", meaning=False)
    assert all("tiny" in part["label"].to_list() for part in parts(tmp_path / "out").values())


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path):
    path = written(tmp_path / "data.csv", planted(300))
    for out, seed in (("a", 1), ("b", 1), ("c", 2)):
        split(path, tmp_path / out, seed=seed, meaning=False)
    content = {out: {p.name: p.read_bytes() for p in (tmp_path / out).iterdir()} for out in "abc"}
    assert content["a"] == content["b"]
    assert content["a"]["test.csv"] != content["c"]["test.csv"]


@pytest.mark.parametrize("order", ["same", "shuffled"])
def test_rows_that_are_added_move_few_others(tmp_path, order):
    frame = planted(3000)
    more = pl.concat([frame, planted(300, seed=9).with_columns(pl.col("n") + 10_000)])
    split(written(tmp_path / "old.csv", frame), tmp_path / "old", meaning=False)
    more = more.sample(fraction=1.0, shuffle=True, seed=3) if order == "shuffled" else more
    split(written(tmp_path / "new.csv", more), tmp_path / "new", meaning=False)
    homes = [{n: name for name, part in parts(tmp_path / out).items() for n in part["n"]} for out in ("old", "new")]
    moved = sum(homes[1][n] != home for n, home in homes[0].items()) / len(homes[0])
    assert moved < 0.03  # at random 46 % would


def test_groups_stay_on_one_side(tmp_path):
    frame = planted(600, groups=120).with_columns(
        customer=pl.when(pl.col("n") % 7 == 0).then(pl.lit("unknown")).otherwise("customer")
    )
    done = split(written(tmp_path / "data.csv", frame), tmp_path / "out", group="customer", meaning=False)
    assert leaks(tmp_path / "out", group="customer", label="label") == {"LEK001": 0, "LEK002": 0, "LEK004": 0}
    sides = {}
    for name, part in parts(tmp_path / "out").items():
        for value in part["customer"]:
            sides.setdefault(value, set()).add(name)
    assert all(len(s) == 1 for value, s in sides.items() if value != "unknown")
    assert len(sides["unknown"]) == 3  # says nothing, so it binds nothing
    shares = done.document["folds"][0]["parts"]
    assert all(abs(p["share"] - p["wanted"]) < 0.02 for p in shares.values())


def test_time_decides_where_it_is_known(tmp_path):
    frame = planted(600, groups=300).with_columns(
        (pl.datetime(2026, 1, 1) + pl.duration(hours=pl.col("n").shuffle(seed=1))).alias("created_at")
    )
    path = written(tmp_path / "data.csv", frame)
    done = split(path, tmp_path / "out", group="customer", time="created_at", meaning=False)
    assert sum(leaks(tmp_path / "out", group="customer", time="created_at", label="label").values()) == 0
    made = parts(tmp_path / "out")
    ends = [(part["created_at"].min(), part["created_at"].max()) for part in made.values()]
    assert ends[0][1] < ends[1][0] <= ends[1][1] < ends[2][0]
    left = pl.read_csv(tmp_path / "out" / "left_out.csv", infer_schema=False)
    assert left.height == done.document["folds"][0]["left_out"] == done.document["folds"][0]["time"]["rows_left_out"]
    assert sorted(int(n) for part in (*made.values(), left) for n in part["n"]) == list(range(600))
    split(path, tmp_path / "out", group="customer", in_time=False, meaning=False)
    assert not (tmp_path / "out" / "left_out.csv").exists()  # of the earlier split, and not of this one


def test_times_that_cannot_be_read(tmp_path):
    path = written(tmp_path / "data.csv", planted(60).with_columns(pl.lit("soon").alias("created_at")))
    with pytest.raises(DataError, match=r"could be read as times.*--no-time"):
        split(path, tmp_path / "out", time="created_at", meaning=False)
    with pytest.raises(DataError, match="no column 'when'"):
        split(path, tmp_path / "out", time="when", meaning=False)


def test_folds_test_each_row_once(tmp_path):
    path = written(tmp_path / "data.csv", planted(300))
    done = split(path, tmp_path / "out", folds=4, validation=0, meaning=False)
    tests = [pl.read_csv(tmp_path / "out" / f"fold-{f}" / "test.csv")["n"].to_list() for f in range(1, 5)]
    assert sorted(n for fold in tests for n in fold) == list(range(300))
    for f in range(1, 5):
        assert sum(leaks(tmp_path / "out" / f"fold-{f}", label="label").values()) == 0
        train = pl.read_csv(tmp_path / "out" / f"fold-{f}" / "train.csv")["n"].to_list()
        assert sorted([*train, *tests[f - 1]]) == list(range(300))
    assert all(abs(fold["parts"]["test"]["share"] - 0.25) < 0.03 for fold in done.document["folds"])


def test_folds_with_validation_and_folds_by_time(tmp_path):
    frame = planted(400).with_columns((pl.date(2026, 1, 1) + pl.duration(days=pl.col("n"))).alias("day"))
    path = written(tmp_path / "data.csv", frame)
    split(path, tmp_path / "v", folds=3, validation=0.1, in_time=False, meaning=False)
    for f in (1, 2, 3):
        made = parts(tmp_path / "v" / f"fold-{f}")
        assert sum(part.height for part in made.values()) == 400
        assert abs(made["validation"].height / 400 - 0.1) < 0.04
    split(path, tmp_path / "t", folds=3, validation=0, time="day", meaning=False)
    before = ""
    for f in (1, 2, 3):
        made = parts(tmp_path / "t" / f"fold-{f}")
        assert made["train"]["day"].max() < made["test"]["day"].min()
        assert made["test"]["day"].min() > before
        before = made["test"]["day"].max()


SLICE = '[[slice]]\nname = "odd"\nwhere = "n IN ({})"\ncritical = true\nmin_train = {}\nmin_test = {}\n'


def config(rows, train, test):
    return parse_text(SLICE.format(",".join(map(str, rows)), train, test), "assay.toml")


def test_critical_slices_get_their_minimum(tmp_path):
    path = written(tmp_path / "data.parquet.csv", planted(600).with_columns(pl.col("n").cast(pl.String)))
    rows = [f"'{n}'" for n in range(5, 600, 30)]
    done = split(path, tmp_path / "out", meaning=False, config=config(rows, 9, 9))
    made = parts(tmp_path / "out")
    wanted = {r.strip("'") for r in rows}
    assert len(wanted & set(made["train"]["n"])) >= 9
    assert len(wanted & set(made["test"]["n"])) >= 9
    assert all(one["met"] for one in done.document["slices"])


def test_too_few_rows_of_a_critical_slice_are_an_error_that_says_how_far(tmp_path):
    path = written(tmp_path / "data.csv", planted(100))
    with pytest.raises(DataError, match="'odd' has 3 and needs 50 in train and 30 in test: 77 short"):
        split(path, tmp_path / "out", meaning=False, config=config(["'5'", "'15'", "'25'"], 50, 30))
    copies = pl.DataFrame({"text": ["the very same words in each row of this slice"] * 20, "label": ["a"] * 20})
    frame = pl.concat([planted(100).select("text", "label"), copies]).with_row_index("n")
    path = written(tmp_path / "bound.csv", frame)
    with pytest.raises(DataError, match=r"cannot get its minimum \(its other rows are bound.*'odd' has 0 of 5 rows in"):
        split(path, tmp_path / "out", meaning=False, config=config([f"'{n}'" for n in range(100, 120)], 5, 5))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options", [{"test": 0}, {"test": 1.0}, {"validation": -0.1}, {"test": 0.6, "validation": 0.4}, {"folds": 1}]
)
def test_shares_out_of_range(tmp_path, options):
    with pytest.raises(ConfigError):
        split(written(tmp_path / "data.csv", planted(60)), tmp_path / "out", meaning=False, **options)


def test_sources_are_never_replaced(tmp_path):
    path = written(tmp_path / "train.csv", planted(60))
    before = Path(path).read_bytes()
    with pytest.raises(OutputError, match="nothing is changed in place"):
        split(path, tmp_path, meaning=False)
    assert Path(path).read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["train.csv"]


def test_data_that_were_split_before_are_pooled(tmp_path):
    frame = planted(200)
    (tmp_path / "old").mkdir()
    written(tmp_path / "old" / "train.csv", frame[:150])
    written(tmp_path / "old" / "test.csv", frame[150:])
    done = split(str(tmp_path / "old"), tmp_path / "out", meaning=False)
    assert sum(part.height for part in parts(tmp_path / "out").values()) == 200
    assert "split before (train, test)" in done.document["notes"][0]
    assert json.loads((tmp_path / "out" / "split.json").read_text())["data"]["rows"] == 200


def test_real_sets_have_no_leak_afterwards(tmp_path, shared_data):
    for name, files in {"sms_spam": ["data.csv"], "banking77": ["train.csv", "test.csv"]}.items():
        out = tmp_path / name
        done = split([str(shared_data / name / f) for f in files], out, meaning=False, config=Config.model_construct())
        assert leaks(out, label="label") == {"LEK001": 0, "LEK002": 0}
        shares = done.document["folds"][0]["parts"]
        assert all(abs(part["share"] - part["wanted"]) < 0.005 for part in shares.values())
