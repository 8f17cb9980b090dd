"""Fixtures of the training tests; see ``tiny_models``."""

import pytest
from tiny_models import rows, tiny_model, write_csv


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    return {
        "train": str(write_csv(folder / "train.csv", rows(96, 1))),
        "validation": str(write_csv(folder / "validation.csv", rows(30, 2))),
        "test": str(write_csv(folder / "test.csv", rows(30, 3))),
    }


@pytest.fixture(scope="session")
def data(files):
    from assay import audit

    return audit.read(files, text="text", label="label")


@pytest.fixture
def settings(model_folder):
    return {"model": str(model_folder), "epochs": 2.0, "batch_size": 8, "threads": 1, "learning_rate": 1e-3}
