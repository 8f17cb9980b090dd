from __future__ import annotations

import numpy as np
import pytest
from scored_sets import make_scored

from assay.reports.evaluation.averages import averaged, standard_error
from assay.reports.evaluation.classes import class_figures, confusion, overall_figures
from assay.reports.statistics import fscore
from assay.reports.statistics.clustered import Share


@pytest.fixture
def noisy():
    rng = np.random.default_rng(3)
    truth = rng.choice(5, 300, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    predicted = np.where(rng.random(300) < 0.8, truth, rng.integers(0, 6, 300))  # class 5 is never true
    return make_scored(truth, predicted)


def test_figures_are_those_of_scikit_learn(noisy):
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    overall, by_class = overall_figures(noisy, 0.95), class_figures(noisy, 0.95)
    assert overall["accuracy"].value == pytest.approx(accuracy_score(noisy.truth, noisy.predicted))
    for average in ("micro", "macro", "weighted"):
        told = precision_recall_fscore_support(noisy.truth, noisy.predicted, average=average, zero_division=0)
        for metric, value in zip(("precision", "recall", "f1"), told, strict=False):
            assert overall[f"{average}_{metric}"].value == pytest.approx(value), (average, metric)
    precision, recall, f1, support = precision_recall_fscore_support(noisy.truth, noisy.predicted, zero_division=0)
    for n, name in enumerate(noisy.labels):
        figures = by_class[name]
        assert figures["recall"].n == support[n]
        assert figures["precision"].n == (noisy.predicted == n).sum()
        assert figures["f1"].value == pytest.approx(f1[n])
        if support[n]:
            assert figures["recall"].value == pytest.approx(recall[n])
            assert figures["precision"].value == pytest.approx(precision[n])


def test_a_class_without_rows_has_no_recall(noisy):
    assert class_figures(noisy, 0.95)["c5"]["recall"].value is None


def test_classes_that_are_neither_true_nor_predicted_are_left_out():
    scored = make_scored([0, 1, 1], [0, 1, 0], labels=("a", "b", "unseen"))
    assert set(class_figures(scored, 0.95)) == {"a", "b"}
    assert overall_figures(scored, 0.95)["macro_recall"].value == pytest.approx(0.75)


@pytest.mark.parametrize(("classes", "each", "right"), [(3, 20, 0.9), (3, 7, 0.95), (40, 20, 0.9)])
def test_averages_cover_the_truth_with_few_and_with_many_classes(classes, each, right):
    rng = np.random.default_rng(8)
    chances = np.eye(classes) * right
    chances[np.arange(classes), (np.arange(classes) + 1) % classes] += 1 - right
    chances /= classes
    truth = {m: fscore.value(chances * 1e6, "macro", m) for m in ("f1", "precision")}
    covered, draws, n = dict.fromkeys(truth, 0), 80, classes * each
    for _ in range(draws):
        counts = rng.multinomial(n, chances.ravel()).reshape(classes, classes).astype(float)
        for metric, value in truth.items():
            found = averaged(counts, "macro", metric, Share(n, float(counts.trace()), n), 0.95)
            covered[metric] += found.low <= value <= found.high
    assert min(covered.values()) / draws >= 0.90


@pytest.mark.parametrize("metric", ["precision", "recall", "f1"])
@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_the_error_for_many_rows_is_that_of_simulation(average, metric):
    rng = np.random.default_rng(2)
    chances = np.array([[0.5, 0.05, 0.01], [0.02, 0.2, 0.04], [0.03, 0.02, 0.13]])
    drawn = [fscore.value(rng.multinomial(20_000, chances.ravel()).reshape(3, 3), average, metric) for _ in range(600)]
    assert standard_error(chances * 20_000, average, metric) == pytest.approx(np.std(drawn), rel=0.12)


def test_a_cluster_weighs_one_in_the_confusion_matrix():
    scored = make_scored([0, 0, 1], [0, 1, 1], clusters=[7, 7, 8])
    assert confusion(scored).tolist() == [[0.5, 0.5], [0.0, 1.0]]
