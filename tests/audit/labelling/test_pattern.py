import numpy as np
import pytest

from assay.audit.labelling.pattern import BEYOND_DOUBT, _column_z, _order_z, find_pattern


def chances(rng, rows):
    return rng.beta(0.3, 4, rows)


def test_no_pattern_is_none():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        columns = {"annotator": rng.integers(30, size=2000), "city": rng.integers(2, size=2000)}
        codes = rng.integers(10, size=2000)
        assert find_pattern(chances(rng, 2000), codes, [(0, 1500), (1500, 2000)], columns) is None


def test_z_is_near_normal_without_a_pattern():
    order, column = [], []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        rest = chances(rng, 500)
        order.append(_order_z(rest - rest.mean(), [(0, 500)]))
        column.append(_column_z(rest - rest.mean(), rng.integers(25, size=500)))
    for z in (order, column):
        assert abs(np.mean(z)) < 0.25
        assert 0.7 < np.std(z) < 1.35
        assert max(z) < BEYOND_DOUBT


def test_a_batch_lifts_its_rows():
    rng = np.random.default_rng(1)
    chance, codes = chances(rng, 2000), rng.integers(5, size=2000)
    chance[600:660] = rng.beta(3, 2, 60)
    found = find_pattern(chance, codes, [(0, 2000)], {})
    assert found.along == "row order"
    assert np.median(found.shift[605:655]) > 1
    assert np.median(found.shift[:500]) < 0.2


def test_a_bad_annotator_lifts_his_rows():
    rng = np.random.default_rng(2)
    chance, codes, who = chances(rng, 2000), rng.integers(5, size=2000), rng.integers(12, size=2000)
    chance[who == 7] = rng.beta(2, 3, (who == 7).sum())
    found = find_pattern(chance, codes, [(0, 2000)], {"annotator": who, "city": rng.integers(4, size=2000)})
    assert found.along == "annotator"
    assert np.median(found.shift[who == 7]) > 1
    assert np.median(found.shift[who != 7]) < 0


def test_a_file_sorted_by_class_is_no_pattern():
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(20), 100)
    hard = rng.beta(1, 6, 20)[codes]
    chance = np.clip(rng.beta(20 * hard + 0.05, 20 * (1 - hard) + 0.05), 0, 1)
    found = find_pattern(chance, codes, [(0, 2000)], {})
    assert found is None


def test_rows_without_a_value_get_no_shift():
    rng = np.random.default_rng(4)
    chance, who = chances(rng, 1000), rng.integers(-1, 6, size=1000)
    chance[who == 2] = 0.8
    found = find_pattern(chance, np.zeros(1000, int), [(0, 1000)], {"annotator": who})
    assert (found.shift[who == -1] == 0).all()


@pytest.mark.parametrize("rows", [1, 5, 19])
def test_few_rows_tell_no_pattern(rows):
    assert find_pattern(np.full(rows, 0.5), np.zeros(rows, int), [(0, rows)], {}) is None
