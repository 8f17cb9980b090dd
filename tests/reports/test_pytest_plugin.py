"""The assertions that projects use in their own tests."""

from __future__ import annotations

import pandas as pd
import pytest
from gate_world import World

from assay.audit.errors import AssayError
from assay.reports.pytest_plugin import assert_audit_clean, assert_gate_passes

TEXTS = ["my parcel has not come", "the driver left it next door", "i want my money back", "please close my account"]


def frame(texts=TEXTS):
    return pd.DataFrame({"text": texts, "label": (["a", "b"] * len(texts))[: len(texts)]})


def test_clean_data_give_the_audit():
    audit = assert_audit_clean(frame(), text="text", label="label", select=["DUP", "LEK001"], fail_on="note")
    assert set(audit.ran) >= {"DUP001", "DUP002"}
    assert "LEK001" in audit.skipped


def test_a_failure_names_rule_row_and_text():
    dirty = frame([*TEXTS, "My parcel has NOT come!", "red \x1b[31mtext of mine", "red \x1b[31mtext of mine"])
    with pytest.raises(AssertionError) as failed:
        assert_audit_clean(dirty, text="text", label="label", select=["DUP001", "LEK001"], fail_on="warning")
    said = str(failed.value)
    assert "the data are not clean" in said
    assert "DUP001 exact-duplicate" in said
    assert "my parcel has not come" in said
    assert "not checked: LEK001" in said
    assert "\x1b" not in said
    assert_audit_clean(dirty, text="text", label="label", select=["DUP001"], fail_on="error")


def test_splits_files_and_options(tmp_path):
    path = tmp_path / "train.csv"
    frame().to_csv(path, index=False)
    assert_audit_clean(path, text="text", label="label", select=["DUP001"])
    with pytest.raises(AssertionError, match="LEK001"):
        assert_audit_clean({"train": frame(), "test": frame(TEXTS[:1])}, text="text", label="label", select=["LEK001"])
    with pytest.raises(AssertionError, match="no rule ran"):
        assert_audit_clean(frame(), text="text", label="label", select=["LEK001"])
    with pytest.raises(AssayError, match="no column"):
        assert_audit_clean(frame(), text="txet", select=["DUP001"])


def test_a_broken_rule_is_no_pass(monkeypatch):
    from assay.audit import rules

    whole = rules._findings

    def broken(data, each, *rest):
        if each.code == "DUP002":
            raise RuntimeError("out of luck")
        return whole(data, each, *rest)

    monkeypatch.setattr(rules, "_findings", broken)
    with pytest.raises(AssertionError, match=r"DUP002 broke: .*out of luck"):
        assert_audit_clean(frame(), text="text", select=["DUP001", "DUP002"])


def test_the_gate_in_a_test(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    world = World.build(tmp_path)
    good = world.evaluate("good", {100})
    assert assert_gate_passes(good, config="assay.toml").outcome == "PASS"
    bad = world.evaluate("bad", set(range(40)))
    with pytest.raises(AssertionError, match=r"the gate says FAIL on .*bad"):
        assert_gate_passes(bad, config="assay.toml")
    with pytest.raises(AssayError):
        assert_gate_passes("nowhere", config="assay.toml")


def test_fixtures_by_plugin_name(pytester_run):
    assert pytester_run == 0


@pytest.fixture
def pytester_run(tmp_path):
    import subprocess
    import sys

    (tmp_path / "test_it.py").write_text(
        'import pandas as pd\npytest_plugins = ["assay.reports.pytest_plugin"]\n'
        "def test_it(assert_audit_clean):\n"
        '    frame = pd.DataFrame({"text": ["one text here", "another text"]})\n'
        '    assert_audit_clean(frame, text="text", select=["DUP001"])\n'
    )
    told = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    return subprocess.run(told, cwd=tmp_path, check=False, capture_output=True).returncode
