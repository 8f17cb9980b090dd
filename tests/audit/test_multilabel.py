import numpy as np
import polars as pl

from assay.audit.dataset import Part, Roles, assemble
from assay.audit.features import configure
from assay.audit.multilabel import label_pairs, label_sets, multilabel, share_label
from assay.audit.rules import Settings, run


def dataset(texts, labels, splits=None):
    frame, parts, start = pl.DataFrame({"text": texts, "label": labels}), [], 0
    for name, rows in (splits or {"train": len(texts)}).items():
        numbers = np.arange(rows, dtype=np.int64)
        parts.append(Part(name, frame[start : start + rows], numbers + 2, np.zeros(rows, np.int32), (f"{name}.csv",)))
        start += rows
    data = assemble(parts, Roles(("text",), "label"))
    configure(data, "lsa", cache=False)
    return data


LABELS = ["a;b", "b;a", "a", None, "c", "b;c"] * 4


def test_every_label_of_every_row():
    data = dataset([f"text {n}" for n in range(24)], LABELS)
    rows, codes, names = label_pairs(data)
    assert names == ("a", "b", "c")
    assert (np.diff(rows) >= 0).all()
    assert [(r, names[c]) for r, c in zip(rows[:8].tolist(), codes[:8].tolist(), strict=True)] == [
        (0, "a"), (0, "b"), (1, "a"), (1, "b"), (2, "a"), (4, "c"), (5, "b"), (5, "c"),
    ]  # fmt: skip


def test_one_label_a_row_is_read_as_it_is():
    data = dataset(["x", "y", "z"], ["a", None, "b"])
    assert multilabel(data) is None
    rows, codes, names = label_pairs(data)
    assert (rows.tolist(), codes.tolist(), names) == ([0, 2], [0, 1], ("a", "b"))
    assert label_sets(data)[0].tolist() == [0, -1, 1]
    assert share_label(data, np.array([0, 0]), np.array([0, 1])).tolist() == [True, False]


def test_the_order_of_labels_is_no_conflict_and_sets_that_overlap_are_one_only_for_equal_texts():
    texts = [
        "book a room now",
        "book a room now",
        "close my account please",
        "close my account please",
        *map(str, range(20)),
    ]
    labels = ["a;b", "b;a", "a", "a;c", *LABELS[:20]]
    audit = run(dataset(texts, labels), Settings(select=("LBL001",)))
    assert [f.hit.rows for f in audit.findings] == [(2, 3)]


def test_combinations_are_no_classes():
    rng = np.random.default_rng(0)
    names = ["card", "loan", "room", "spa", "pool"]
    sets = [";".join(sorted(rng.choice(names, rng.integers(1, 4), replace=False))) for _ in range(260)]
    sets[0], sets[1] = "card;loan;room;spa", "card;pool;spa;loan;room"  # no other row combines so many
    sets[2] = "rare;spa"
    audit = run(
        dataset([f"some words {n}" for n in range(260)], sets, {"train": 160, "test": 100}),
        Settings(select=("LBL004", "LBL005", "LBL006")),
    )
    assert {f.hit.subject for f in audit.findings} == {"rare", "rare in train, not in test"}


def test_a_mistyped_label_among_several_is_found_but_not_fixed_over_the_others():
    sets = ["refund;delivery", "refund", "delivery;login", "login;refund"] * 20
    sets[7] = "refnud;login"
    (finding,) = run(dataset([f"t {n}" for n in range(80)], sets), Settings(select=("LBL005",))).findings
    assert finding.hit.rows == (7,)
    assert "'refnud'" in finding.hit.message
    assert finding.hit.fix is None


def test_rows_without_any_label_are_a_note_where_rows_have_several():
    audit = run(dataset([f"text {n}" for n in range(24)], LABELS), Settings(select=("LBL006",)))
    assert [(f.severity, len(f.hit.rows)) for f in audit.findings] == [("note", 4)]
    lists = run(dataset(["x", "y", "z"], ['["a"]', "[]", '["a", "b"]']), Settings(select=("LBL006",)))
    assert not lists.findings
