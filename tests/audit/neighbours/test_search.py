"""Neighbours against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.neighbours import search
from assay.audit.neighbours.search import nearest


def unit(vectors):
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(length > 0, length, 1)).astype(np.float32)


def clustered(rows, dims=32, clusters=40):
    random = np.random.default_rng(0)
    centres = random.standard_normal((clusters, dims))
    return unit(centres[random.integers(0, clusters, rows)] + 0.5 * random.standard_normal((rows, dims)))


def brute(vectors, k):
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    index = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    return index, np.take_along_axis(similarity, index, axis=1)


@pytest.mark.parametrize("block", [64, 100, 4096])
def test_equals_brute_force(monkeypatch, block):
    monkeypatch.setattr(search, "_BLOCK", block)
    vectors = clustered(700)
    found = nearest(vectors, 7)
    index, similarity = brute(vectors, 7)
    assert np.allclose(found.similarity, similarity, atol=1e-6)
    assert (found.index == index).mean() > 0.999  # last bits of a sum may exchange two


def test_equal_rows_come_in_order_of_number(monkeypatch):
    monkeypatch.setattr(search, "_BLOCK", 4)
    vectors = np.tile(np.eye(4, dtype=np.float32)[:1], (10, 1))
    found = nearest(vectors, 3)
    assert found.index[0].tolist() == [1, 2, 3]
    assert found.index[1].tolist() == [0, 2, 3]
    assert found.index[9].tolist() == [0, 1, 2]
    assert (found.similarity == 1).all()


def test_rows_without_a_vector_have_and_are_no_neighbours():
    vectors = clustered(20)
    vectors[[3, 7]] = 0
    found = nearest(vectors, 5)
    assert (found.index[[3, 7]] == -1).all()
    assert not np.isin(found.index, [3, 7]).any()


@given(st.integers(0, 6), st.integers(1, 8))
def test_fewer_rows_than_neighbours(rows, k):
    found = nearest(clustered(rows) if rows else np.zeros((0, 32), np.float32), k)
    assert found.index.shape == found.similarity.shape == (rows, k)
    there = max(0, min(k, rows - 1))
    assert (found.index[:, :there] >= 0).all()
    assert (found.index[:, there:] == -1).all()
    assert not (found.index == np.arange(rows)[:, None]).any()


def test_cells_find_nearly_all_and_say_so():
    vectors = clustered(6000, clusters=60)
    exact = nearest(vectors, 10)
    found = nearest(vectors, 10, exact=100)
    shared = [len(set(a) & set(b)) for a, b in zip(exact.index.tolist(), found.index.tolist(), strict=True)]
    assert exact.recall == 1
    assert found.recall > 0.95
    assert abs(np.sum(shared) / exact.index.size - found.recall) < 0.03


def test_cells_are_the_same_every_time():
    vectors = clustered(3000)
    first, again = (nearest(vectors, 5, exact=100) for _ in range(2))
    assert np.array_equal(first.index, again.index)


def test_fewer_cells_find_less(monkeypatch):
    from assay.audit.neighbours import cells

    monkeypatch.setattr(cells, "ROWS_A_CELL", 50)
    vectors = unit(np.random.default_rng(0).standard_normal((3000, 32)))
    _, many = cells.by_cells(vectors, np.arange(3000), 10, probes=40)
    _, few = cells.by_cells(vectors, np.arange(3000), 10, probes=2)
    assert few < many


@pytest.mark.parametrize("exact", [100, 10_000])
def test_the_order_of_the_rows_changes_no_neighbour(exact):
    vectors = clustered(3000)
    order = np.random.default_rng(3).permutation(3000)
    first, mixed = nearest(vectors, 5, exact=exact), nearest(vectors[order], 5, exact=exact)
    assert np.array_equal(vectors[first.index][order], vectors[order][mixed.index])
    assert np.array_equal(first.similarity[order], mixed.similarity)


def test_ties_do_not_depend_on_the_order_of_the_rows():
    corners = np.eye(16, dtype=np.float32)  # every pair is equally far
    order = np.random.default_rng(4).permutation(16)
    first, mixed = nearest(corners, 3), nearest(corners[order], 3)
    assert np.array_equal(corners[first.index][order], corners[order][mixed.index])
