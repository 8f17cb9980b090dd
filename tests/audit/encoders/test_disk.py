"""Vectors on disk: found by text, whole or not at all."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.encoders import disk
from assay.audit.encoders.disk import Shelf


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path))
    return Shelf.of("an encoder", 3)


def vectors(rows, start=0):
    return np.arange(start, start + 3 * rows, dtype=np.float32).reshape(rows, 3)


def test_nothing_is_known_at_first(shelf):
    found, known = shelf.find(["a", "b"])
    assert not known.any()
    assert not found.any()


def test_what_was_kept_is_found(shelf):
    shelf.keep(["a", "b"], vectors(2))
    found, known = shelf.find(["a", "b"])
    assert known.all()
    assert np.array_equal(found, vectors(2))


def test_texts_of_other_sets_are_found(shelf):
    shelf.keep(["a", "b"], vectors(2))
    shelf.keep(["c", "a"], np.concatenate([vectors(1, 6), vectors(1)]))
    found, known = shelf.find(["c", "new", "b"])
    assert known.tolist() == [True, False, True]
    assert np.array_equal(found[[0, 2]], np.concatenate([vectors(1, 6), vectors(2)[1:]]))


def test_other_settings_are_another_shelf(shelf):
    shelf.keep(["a"], vectors(1))
    assert not Shelf.of("another encoder", 3).find(["a"])[1].any()


@pytest.mark.parametrize(
    "harm",
    [
        lambda b: b[:-1],
        lambda b: b[:40],
        lambda _: b"",
        lambda b: b[:-1] + bytes([b[-1] ^ 1]),
        lambda b: b + b"x",
        lambda b: b.replace(b'"rows": 2', b'"rows": 3'),
        lambda b: b.replace(b'"dims": 3', b'"dims": null'),
        lambda b: b"x" + b[1:],
    ],
)
def test_a_damaged_file_is_as_good_as_none(shelf, harm):
    shelf.keep(["a", "b"], vectors(2))
    (file,) = shelf.folder.iterdir()
    file.write_bytes(harm(file.read_bytes()))
    assert not shelf.find(["a", "b"])[1].any()
    shelf.keep(["a", "b"], vectors(2))
    assert shelf.find(["a", "b"])[1].all()


def test_no_cache_leaves_no_trace(shelf, tmp_path):
    none = Shelf.of("an encoder", 3, kept=False)
    none.keep(["a"], vectors(1))
    assert not none.find(["a"])[1].any()
    assert not (tmp_path / "vectors").exists()


def test_a_place_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path / "file"))
    shelf = Shelf.of("an encoder", 3)
    shelf.keep(["a"], vectors(1))
    assert not shelf.find(["a"])[1].any()


def test_the_longest_unused_goes_first(shelf, monkeypatch):
    for at, text in enumerate("abc"):
        shelf.keep([text], vectors(1))
        for file in shelf.folder.iterdir():
            if shelf.find([text])[1].all() and file.name == disk._name([disk._key(text)]):
                os.utime(file, (at, at))
    size = next(shelf.folder.iterdir()).stat().st_size
    monkeypatch.setattr(disk, "LARGEST", 3 * size)
    shelf.keep(["d"], vectors(1))
    assert {t for t in "abcd" if (shelf.folder / disk._name([disk._key(t)])).exists()} == set("bcd")


def test_two_processes_write_one_file(shelf):
    code = (
        "import numpy as np; from assay.audit.encoders.disk import Shelf\n"
        "s = Shelf.of('an encoder', 3); t = [str(i) for i in range(2000)]\n"
        "v = np.arange(6000, dtype=np.float32).reshape(2000, 3)\n"
        "for _ in range(30):\n"
        "    s.keep(t, v); f, k = s.find(t); assert k.all() and (f == v).all()\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [p.wait(timeout=120) for p in running] == [0, 0]
    assert [p.name.endswith(".vectors") for p in shelf.folder.iterdir()] == [True]


@given(st.lists(st.text(), max_size=8, unique=True), st.lists(st.text(), max_size=8, unique=True))
def test_any_texts(tmp_path_factory, kept, asked):
    shelf = Shelf(tmp_path_factory.mktemp("shelf") / "one", 3)
    shelf.keep(kept, vectors(len(kept)))
    found, known = shelf.find(asked)
    assert known.tolist() == [text in kept for text in asked]
    for text, vector in zip(asked, found, strict=True):
        if text in kept:
            assert np.array_equal(vector, vectors(len(kept))[kept.index(text)])
