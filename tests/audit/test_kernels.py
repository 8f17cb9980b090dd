"""Kernels give what their Python would, and what is kept of them is never trusted blindly."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from assay.audit import kernels
from assay.audit.kernels import inlined, kernel


@inlined
def _twice(x):
    return x * 2


@kernel
def _total(values, table, factor, out):
    total = 0.0
    for i in range(values.size):
        for j in range(table.shape[1]):
            total += _twice(values[i]) * table[i, j] * factor
        out[i] = _twice(values[i])
    return total


@kernel
def _first(values):
    return values[0]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "_folders", lambda: [tmp_path])
    kernels._kept.cache_clear()
    yield tmp_path
    kernels._kept.cache_clear()


def arguments(dtype=np.int64, step=1):
    values, table = np.arange(6, dtype=dtype)[::step], np.arange(24, dtype=np.float64).reshape(6, 4)[::step]
    return values, table, 1.5, np.zeros(values.size, dtype)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, np.float32])
@pytest.mark.parametrize("step", [1, 2])
def test_the_result_is_that_of_the_function(dtype, step):
    values, table, factor, out = arguments(dtype, step)
    expected = sum(2 * float(v) * row.sum() * factor for v, row in zip(values, table, strict=True))
    assert _total(values, table, factor, out) == pytest.approx(expected)
    assert (out == 2 * values).all()


def test_machine_code_is_kept_and_found_again(own_cache):
    _total.ready.clear()
    _total(*arguments())
    (file,) = own_cache.iterdir()
    kernels._kept.cache_clear()
    assert _total.compiled
    assert [code.name for code in kernels._kept()] == [_total.name]
    linked = kernels._link(kernels._kept()[0])
    assert linked(arguments()) == _total(*arguments())
    assert file.stat().st_size > 500


DAMAGES = [lambda b: b[:-10], lambda b: b[:-10] + bytes(10), lambda _: b"", lambda _: b"{}\nx"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_not_run(own_cache, damage):
    _total.ready.clear()
    _total(*arguments())
    (file,) = own_cache.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    kernels._kept.cache_clear()
    assert not _total.compiled
    _total.ready.clear()
    assert _total(*arguments()) == pytest.approx(2910.0)
    assert file.stat().st_size > 500


def test_code_of_other_sources_is_not_used():
    _total.ready.clear()
    _total(*arguments())
    kernels._kept()[0] = kernels._kept()[0]._replace(sources="0" * 24)
    assert not _total.compiled


def test_many_threads_may_ask_first():
    _total.ready.clear()
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: _total(*arguments()), range(40)))) == 1


def test_what_a_kernel_does_not_take_is_an_error():
    with pytest.raises(TypeError, match="not str"):
        _first("text")
    with pytest.raises(TypeError, match="float32"):
        _first(np.ones(3, np.float32))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a folder that cannot be written")
def test_an_audit_runs_where_nothing_can_be_kept(tmp_path):
    home = tmp_path / "file"
    home.write_text("no folder")
    code = (
        "import numpy as np\nfrom pathlib import Path\nfrom assay.audit import kernels\n"
        f"kernels._folders = lambda: [Path({str(home)!r})]\n"
        "from assay.audit.lexical.hashing import sort_small\n"
        "a = np.array([3, 1, 2], np.uint16)\nsort_small(a)\nprint(a.tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[1, 2, 3]"
