from __future__ import annotations

import json
import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.checks.labels import best_lower_bound, label_typo, rare_class, unseen_label
from assay.audit.dataset import Part, Roles, assemble
from assay.audit.errors import MissingInputError
from assay.audit.reading import read

SETS = {
    "banking77": (("train", "train.csv"), ("test", "test.csv")),
    "clinc150": (("train", "train.csv"), ("validation", "val.csv"), ("test", "test.csv")),
    "snips": (("train", "train.csv"), ("test", "test.csv")),
    "trec_rules": (("train", "data.csv"),),
    "sms_spam": (("train", "data.csv"),),
    "nlupp": (("train", "data.csv"),),
}
FEW = [name for name in SETS if name != "nlupp"]  # its labels are joined from several: over a thousand


def data_of(label="label", **splits):
    """A data set from split name -> labels; the texts are all different."""
    parts = []
    for name, labels in splits.items():
        frame = pl.DataFrame(
            {"text": [f"{name} {i}" for i in range(len(labels))], "label": pl.Series(labels, dtype=pl.String)}
        )
        size = frame.height
        parts.append(Part(name, frame, np.zeros(size, np.int64), np.zeros(size, np.int32), ()))
    return assemble(parts, Roles(text=("text",), label=label))


def spread(**counts):
    return [label for label, count in counts.items() for _ in range(count)]


def subjects(hits):
    return {hit.subject for hit in hits}


def by_subject(hits):
    return {hit.subject: hit for hit in hits}


@pytest.mark.parametrize("check", [rare_class, label_typo, unseen_label])
def test_without_a_label_column_the_rule_is_skipped(check):
    with pytest.raises(MissingInputError, match="--label COLUMN"):
        list(check(data_of(label=None, train=["a"], test=["a"])))


@pytest.mark.parametrize("check", [rare_class, label_typo, unseen_label])
@pytest.mark.parametrize("labels", [[None, None], ["", "  "]])
def test_without_any_label_the_rule_is_skipped(check, labels):
    with pytest.raises(MissingInputError, match="no row has a label"):
        list(check(data_of(train=labels, test=labels)))


@pytest.mark.parametrize("check", [rare_class, label_typo, unseen_label])
def test_values_of_each_row_are_no_classes(check):
    with pytest.raises(MissingInputError, match="values of each row"):
        list(check(data_of(train=[f"note {i}" for i in range(100)], test=["note 1"])))
    measured = [f"{i % 60 + 0.37:.2f}" for i in range(600)]
    with pytest.raises(MissingInputError, match="measurements"):
        list(check(data_of(train=measured, test=measured[:100])))


def test_few_fractions_are_classes_still():
    stars = [f"{i / 2}" for i in range(1, 11)] * 20
    assert not list(rare_class(data_of(train=stars, test=stars)))


def test_rare_classes_are_those_under_the_minimum_of_a_split_they_stand_in():
    data = data_of(
        train=spread(big=100, edge=10, few=9, only_train=40),
        test=spread(big=30, edge=14, few=20, only_test=13),
        production=spread(stray=1),
    )
    hits = by_subject(rare_class(data))
    assert set(hits) == {"few", "only_test"}
    assert hits["few"].rows == tuple(range(110, 119))
    assert hits["only_test"].rows == tuple(range(159 + 64, 159 + 77))
    assert hits["few"].message == "class 'few' has only 9 rows in train (10 wanted)"
    assert "0.79" in hits["only_test"].message
    assert hits["only_test"].evidence["rows"] == [0, 13, 0]


def test_spellings_of_a_class_are_counted_together():
    data = data_of(
        train=spread(Refund=6, other=20) + ["refund "] * 5, test=["REFUND"] * 3 + spread(Refund=11, other=20)
    )
    assert not list(rare_class(data))
    (hit,) = rare_class(data, min_train=12)
    assert hit.subject == "Refund"
    assert hit.rows == (*range(6), *range(26, 31))
    assert "only 11 rows in train (12 wanted)" in hit.message


def test_a_rare_class_that_may_be_a_typo_is_told_as_such():
    hits = by_subject(rare_class(data_of(train=spread(refund=200, refnud=2, recall=2))))
    assert hits["refnud"].message == (
        "class 'refnud' has only 2 rows in train (10 wanted), unless 'refund' was meant (see LBL005)"
    )
    assert "meant" not in hits["recall"].message


def test_a_class_short_in_both_splits_is_one_finding_with_the_rows_of_both():
    (hit,) = rare_class(data_of(train=spread(a=50, b=2), test=spread(a=20, b=3)), max_ratio=100)
    assert hit.rows == (50, 51, 72, 73, 74)
    assert "2 rows in train (10 wanted) and 3 rows in test (14 wanted)" in hit.message
    assert "over 0.36" in hit.message


def test_validation_is_measured_only_where_there_is_no_test():
    few = spread(a=20, b=3)
    assert subjects(rare_class(data_of(train=spread(a=20, b=20), validation=few))) == {"b"}
    assert not list(rare_class(data_of(train=spread(a=20, b=20), validation=few, test=spread(a=20, b=20))))


@pytest.mark.parametrize("splits", [{"train": ["a"] * 30}, {"test": ["a"] * 30}])
def test_one_class_and_one_split_are_enough_to_count(splits):
    assert not list(rare_class(data_of(**splits)))


def test_production_alone_cannot_be_counted():
    with pytest.raises(MissingInputError, match="TRAIN"):
        list(rare_class(data_of(production=["a"] * 30)))


def test_lopsided_classes_are_one_finding_over_the_ratio():
    assert not list(rare_class(data_of(train=spread(a=1000, b=20))))
    (hit,) = rare_class(data_of(train=spread(a=1001, b=20, c=30)))
    assert hit.rows == tuple(range(1001, 1021))
    assert hit.evidence["rows"] == [1001, 20]
    assert "50.05 times" in hit.message


@given(st.integers(1, 10_000))
def test_the_best_bound_is_where_all_right_has_probability_five_per_cent(n):
    assert best_lower_bound(n) ** n == pytest.approx(0.05)


def test_default_minimum_is_the_least_that_can_show_four_fifths():
    assert best_lower_bound(13) < 0.8 <= best_lower_bound(14)
    assert best_lower_bound(28) < 0.9 <= best_lower_bound(29)


@given(
    st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), min_size=1, max_size=12).filter(
        lambda sizes: any(a + b for a, b in sizes)
    )
)
def test_rare_classes_agree_with_counting_one_by_one(sizes):
    names = [f"k{chr(97 + i)}" for i in range(len(sizes))]
    train = [n for n, (a, _) in zip(names, sizes, strict=True) for _ in range(a)]
    test = [n for n, (_, b) in zip(names, sizes, strict=True) for _ in range(b)]
    data = data_of(train=train, test=test)
    hits = by_subject(rare_class(data, max_ratio=1e9))
    assert set(hits) == {n for n, (a, b) in zip(names, sizes, strict=True) if 0 < a < 10 or 0 < b < 14}
    for name, hit in hits.items():
        assert {data.frame["label"][row] for row in hit.rows} == {name}
        assert len(set(hit.rows)) == len(hit.rows)
        json.dumps(hit.evidence)


def test_planted_typos_are_found_with_their_rows_and_the_label_meant():
    labels = spread(
        refund=300, billing=200, account_access=200, cancellation=100, Refund=4, refnud=2, biling=1, account_acess=3
    )
    labels += [" billing"] * 2 + ["Account-Access"] * 5 + ["cancelaton"]
    random.Random(1).shuffle(labels)
    data = data_of(train=labels[:600], test=labels[600:])
    meant = {
        "Refund": ("refund", True),
        "refnud": ("refund", False),
        "biling": ("billing", False),
        " billing": ("billing", True),
        "Account-Access": ("account_access", True),
        "account_acess": ("account_access", False),
        "cancelaton": ("cancellation", False),
    }
    hits = by_subject(label_typo(data))
    assert {name: (hit.suggested, hit.fix.safe) for name, hit in hits.items()} == meant
    for name, hit in hits.items():
        assert hit.rows == tuple(i for i, label in enumerate(labels) if label == name)
        assert hit.fix.action == "relabel"
        assert {labels[row] for row in hit.related} == {hit.suggested}
        json.dumps(hit.evidence)


def test_frequent_labels_are_typos_only_if_equal_after_folding():
    assert not list(label_typo(data_of(train=spread(refund=100, refunds=90))))
    (hit,) = label_typo(data_of(train=spread(refund=100, REFUND=90)))
    assert (hit.subject, hit.suggested) == ("REFUND", "refund")


def test_messages_hold_odd_labels_safely():
    odd = "refund\n\x1b[31m" + "x" * 200
    (hit,) = label_typo(data_of(train=[odd] + [odd.upper()] * 9))
    assert "\n" not in hit.message
    assert "\x1b" not in hit.message
    assert len(hit.message) < 300


@pytest.mark.parametrize("name", SETS)
def test_real_label_sets_hold_no_typos(shared_data, name):
    data = read({split: [str(shared_data / name / file)] for split, file in SETS[name]}, label="label")
    assert not list(label_typo(data))


@pytest.mark.parametrize("name", FEW)
def test_real_labels_are_no_typos_of_each_other_even_when_rare(shared_data, name):
    files = [shared_data / name / file for _, file in SETS[name]]
    names = sorted({label for file in files for label in pl.read_csv(file, infer_schema=False)["label"]})
    for rare in names:
        labels = [label for label in names for _ in range(1 if label == rare else 40)]
        assert not list(label_typo(data_of(train=labels)))


def test_typos_planted_in_real_labels_are_found(shared_data):
    frame = pl.read_csv(shared_data / "banking77" / "train.csv", infer_schema=False)
    labels, rng = frame["label"].to_list(), random.Random(7)
    planted = {}
    for row in rng.sample(range(len(labels)), 60):
        label = labels[row]
        word = max(label.split("_"), key=len)
        if len(word) < 6:
            continue
        at = rng.randrange(1, len(word) - 2)
        wrong = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if wrong != word:
            planted[label.replace(word, wrong, 1)] = label
            labels[row] = label.replace(word, wrong, 1)
    found = {hit.subject: hit.suggested for hit in label_typo(data_of(train=labels))}
    assert len(planted) > 40
    assert found.items() <= planted.items()
    assert len(found) / len(planted) > 0.95


def test_labels_that_train_lacks_are_errors_by_split():
    data = data_of(train=["a", "b"], validation=["c", "a"], test=["c", "d", "c", "a", "b"], production=["z"])
    hits = by_subject(unseen_label(data))
    assert set(hits) == {"c in validation, not in train", "c in test, not in train", "d in test, not in train"}
    assert hits["c in test, not in train"].rows == (4, 6)
    assert "1 row in validation and none in train" in hits["c in validation, not in train"].message


def test_labels_that_test_lacks_point_at_a_row_in_train():
    (hit,) = unseen_label(data_of(train=["a", "b", "b"], test=["a"]))
    assert hit.rows in {(1,), (2,)}
    assert hit.message.startswith("label 'b' has 2 rows in train and none in test: nothing there measures")


def test_a_label_spelt_differently_is_named_with_the_spelling_of_train():
    (hit,) = unseen_label(data_of(train=["Refund", "other"], test=["refund ", "other"]))
    assert hit.suggested == "Refund"
    assert hit.fix.safe
    assert "train writes it 'Refund'" in hit.message


def test_a_typo_that_train_lacks_is_named_with_the_label_meant():
    (hit,) = unseen_label(data_of(train=["refund"] * 30, test=["refund"] * 9 + ["refnud"]))
    assert (hit.suggested, hit.fix.safe) == ("refund", False)
    assert "none in train: probably meant is 'refund'" in hit.message


def test_a_label_that_test_only_writes_in_another_way_is_measured():
    data = data_of(train=["Refund", "other"], test=["refund", "other"])
    assert subjects(unseen_label(data)) == {"refund in test, not in train"}


@pytest.mark.parametrize(
    ("odd", "right", "safe"),
    [
        ("ｒｅｆｕｎｄ", "refund", True),
        ("Возврат ", "возврат", True),
        ("возрват", "возврат", False),
        ("παραγγελλία", "παραγγελία", False),
        ("استرجاعع", "استرجاع", False),
        ("\u0958\u0930\u094d\u095b", "\u0915\u093c\u0930\u094d\u091c\u093c", True),
    ],
)
def test_scripts_other_than_latin(odd, right, safe):
    data = data_of(train=[*[right] * 40, odd, *["שירות"] * 30, *["退款"] * 30, *["退货"] * 2])
    (hit,) = label_typo(data)
    assert (hit.subject, hit.suggested, hit.fix.safe) == (odd, right, safe)


@pytest.mark.parametrize("check", [rare_class, label_typo, unseen_label])
def test_one_class_throughout_is_fine(check):
    assert not list(check(data_of(train=["a"] * 30, test=["a"] * 30)))


def test_missing_labels_are_one_finding_a_split_and_splits_without_any_are_left_alone():
    data = data_of(train=["a", None, " ", "NaN"], validation=[None, None], test=["a", ""], production=[None])
    hits = by_subject(unseen_label(data))
    assert {name: hit.rows for name, hit in hits.items()} == {"no label in train": (1, 2, 3), "no label in test": (7,)}
    assert "3 rows of train (75 %) have no label or a placeholder for one ('NaN')" in hits["no label in train"].message
    assert "1 row of test (50 %) has no label" in hits["no label in test"].message


def test_placeholders_are_an_option():
    data = data_of(train=["a", "none"], test=["a", "none"])
    assert not list(unseen_label(data))
    assert subjects(unseen_label(data, placeholders=("none",))) == {"no label in train", "no label in test"}


@pytest.mark.parametrize("splits", [{"train": ["a", "b"]}, {"test": ["a", "b"]}])
def test_a_single_split_lacks_nothing(splits):
    assert not list(unseen_label(data_of(**splits)))


labels = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", None]), min_size=1, max_size=15)


@given(labels, labels)
def test_unseen_labels_agree_with_sets(train, test):
    data = data_of(train=train, test=test)
    known, asked = set(train) - {None}, set(test) - {None}
    if not known | asked:
        return
    found = subjects(unseen_label(data))
    wanted = set()
    if known and asked:
        wanted |= {f"{name} in test, not in train" for name in asked - known}
        wanted |= {f"{name} in train, not in test" for name in known - asked}
    for split, values in (("train", train), ("test", test)):
        if None in values and set(values) != {None}:
            wanted.add(f"no label in {split}")
    assert found == wanted


def test_real_splits_agree_on_their_labels(shared_data):
    for name in ("banking77", "clinc150", "snips"):
        data = read({split: [str(shared_data / name / file)] for split, file in SETS[name]}, label="label")
        assert not list(unseen_label(data))
        assert not list(rare_class(data))
