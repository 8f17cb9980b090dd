"""What all tests share."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

# Kernels are compiled on first use: deadlines would measure that. The same examples every time: a red test stays red.
settings.register_profile("assay", deadline=None, derandomize=True)
settings.load_profile("assay")

# Great Expectations loads this part of pyspark if it can; without grpcio it takes a worker of pytest-xdist for a run of
# doctests, and ends its process.
if find_spec("pyspark") and not find_spec("grpc"):
    sys.modules["pyspark.sql.connect"] = None  # type: ignore[assignment]

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the repository; without it the test is skipped."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data sets are not at {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture
def minilm():
    """The folder of the embedded sentence encoder; without it the test is skipped."""
    from assay.audit.encoders import folder

    if not folder.can_read() or folder.find_minilm() is None:
        pytest.skip(f"the embedded encoder is not installed: {folder.CURE}")
    return folder.open_minilm()
