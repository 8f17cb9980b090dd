"""Training starts only on data whose audit is there and holds no errors."""

import pytest
from tiny_models import rows, write_csv

from assay import audit, train
from assay.audit import store
from assay.train.fitting import DeniedError
from assay.train.permission import ask


def audited(files, folder, select=("DUP001", "LEK001", "LBL001")):
    data = audit.read(files, text="text", label="label")
    found = audit.run(data, audit.Settings(select=select))
    store.save(found, folder, store.audit_document(found, {}), {}, {})
    return data


def test_no_audit_no_training(data, tmp_path):
    told = ask(data, tmp_path / "none")
    assert not told.granted
    assert "no audit" in told.reasons[0]


def test_a_clean_audit_of_these_data_grants(files, tmp_path):
    data = audited(files, tmp_path)
    told = ask(data, tmp_path)
    assert told.granted
    assert len(told.fingerprint) == 64


def test_an_audit_of_other_data_does_not_count(files, data, tmp_path):
    other = {**files, "test": str(write_csv(tmp_path / "test.csv", rows(20, 99)))}
    audited(other, tmp_path / "audit")
    told = ask(data, tmp_path / "audit")
    assert len(told.reasons) == 1
    assert "test data are not those" in told.reasons[0]


def test_a_split_that_nobody_audited_does_not_count(files, data, tmp_path):
    audited({"train": files["train"]}, tmp_path)
    assert any("knows no test data" in reason for reason in ask(data, tmp_path).reasons)


def test_errors_stand_against_it_unless_forced_and_the_manifest_tells(tmp_path, settings):
    pairs = rows(60, 5)
    files = {
        "train": str(write_csv(tmp_path / "train.csv", pairs)),
        "test": str(write_csv(tmp_path / "test.csv", pairs[:7])),  # seven leaks
    }
    data = audited(files, tmp_path / "audit")
    told = ask(data, tmp_path / "audit")
    assert "LEK001 (7)" in told.reasons[0]
    with pytest.raises(DeniedError, match="LEK001"):
        train.fit(data, {**settings, "method": "head"}, output=tmp_path / "run", audit=tmp_path / "audit")
    assert not (tmp_path / "run").exists()
    run = train.fit(data, {**settings, "method": "head"}, output=tmp_path / "run", audit=tmp_path / "audit", force=True)
    assert run.manifest["forced"]
    assert "LEK001 (7)" in run.manifest["audit"]["reasons"][0]
    assert "Trained against the audit" in (tmp_path / "run" / "README.md").read_text()


def test_equal_test_rows_are_as_many_errors_as_the_audit_says(tmp_path):
    pairs = rows(60, 5)
    files = {
        "train": str(write_csv(tmp_path / "train.csv", pairs)),
        "test": str(write_csv(tmp_path / "test.csv", [pairs[0], pairs[0], pairs[1]])),  # one fingerprint for two
    }
    data = audited(files, tmp_path / "audit", select=("LEK001",))
    assert "holds 3 errors: LEK001 (3)" in ask(data, tmp_path / "audit").reasons[0]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"data": 3, "roles": 4}', "\x00"])
def test_a_broken_audit_is_no_audit(data, tmp_path, content):
    (tmp_path / "audit.json").write_text(content)
    assert not ask(data, tmp_path).granted
