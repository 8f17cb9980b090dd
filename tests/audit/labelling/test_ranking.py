import numpy as np

from assay.audit.label_units import one_each
from assay.audit.labelling.catch_all import catch_all_shift
from assay.audit.labelling.overlap import mixing
from assay.audit.labelling.ranking import rank_labels
from assay.audit.neighbours.search import Neighbours


def test_certain_labels_are_all_reported_and_doubtful_ones_to_the_last_of_the_top():
    odds = np.arange(400, 0, -1) / 100
    certain = np.arange(400) < 5
    found = rank_labels(odds, certain, np.ones(400, bool))
    assert found.reported == list(range(20))
    assert found.others == list(range(20, 400))
    assert found.rank[0] == 1


def test_many_certain_labels_leave_no_room_for_notes():
    found = rank_labels(-np.arange(100.0), np.arange(100) < 30, np.arange(100) < 50)
    assert found.reported == list(range(30))
    assert found.others == list(range(30, 50))


def test_equal_odds_rank_in_order_of_unit():
    found = rank_labels(np.zeros(50), np.zeros(50, bool), np.ones(50, bool))
    assert found.rank.tolist() == list(range(1, 51))


def catch_all(own):
    """Odds shift of 12 classes, of which class 0 is contradicted in favor of all the others."""
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(12), 50)
    chance = np.where(codes == 0, 0.4, 0.02)
    suggested = np.where(codes == 0, rng.integers(1, 12, codes.size), 0).astype(np.int32)
    return catch_all_shift(chance, codes, suggested, np.where(codes == 0, own, 0.8), 12)


def test_a_class_for_everything_else_is_contradicted_by_nature():
    shift = catch_all(own=0.2)
    np.testing.assert_allclose(shift[0], np.log(0.02 / 0.4))
    assert (shift[1:] == 0).all()


def test_a_class_that_others_were_mislabeled_into_is_none():
    assert (catch_all(own=0.8) == 0).all()


def test_a_class_mixed_up_with_one_other_is_no_catch_all():
    codes = np.repeat(np.arange(12), 50)
    chance, suggested = np.where(codes == 0, 0.4, 0.02), np.where(codes == 0, 1, 0).astype(np.int32)
    assert (catch_all_shift(chance, codes, suggested, np.where(codes == 0, 0.2, 0.8), 12) == 0).all()


def test_close_texts_of_overlapping_classes_mix():
    given = np.tile([0, 1], 10)
    index = np.roll(np.arange(20), -1)[:, None].astype(np.int32)  # the nearest text is of the other class
    close = np.full((20, 1), 0.9, np.float32)
    assert mixing(given, index, close, (0, 1)).overlap
    assert mixing(given, index, close, (0, 1)).across == (10, 10)
    assert not mixing(given, index, close - 0.2, (0, 1)).overlap  # none is close
    assert not mixing(given, np.roll(np.arange(20), -2)[:, None].astype(np.int32), close, (0, 1)).overlap


def test_neighbors_that_share_a_vote_count_once():
    near = Neighbours(np.array([[1, 2, 3, 4]], np.int32), np.array([[0.9, 0.8, 0.7, 0.6]], np.float32))
    found = one_each(near, np.array([0, 7, 7, 8, 9]), 3)
    assert found.index.tolist() == [[1, 3, 4]]
    short = one_each(near, np.array([0, 7, 7, 7, 9]), 3)
    assert short.index.tolist() == [[1, 4, -1]]
    assert short.similarity[0, 2] == 0
