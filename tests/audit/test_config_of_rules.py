"""Configuration that reaches the real rules."""

from __future__ import annotations

import subprocess
import sys

from assay.audit import config


def test_texts_are_held_against_the_model_that_is_trained(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "tokenizer.json").write_text("{}")
    (tmp_path / "assay.toml").write_text(
        '[train]\nmodel = "model"\nmax_length = 128\n[audit.rules.RLS006]\nmax_tokens = 64\n'
    )
    options = config.load(tmp_path / "assay.toml").settings().options["RLS006"]
    assert options == {"max_tokens": 64, "tokenizer": str(tmp_path / "model")}


def test_files_of_rules_stand_beside_the_configuration(tmp_path):
    (tmp_path / "mine.csv").write_text("a,b\n0.5,0.5\n")
    (tmp_path / "assay.toml").write_text('[audit.rules.LBL002]\nprobabilities = "mine.csv"\n')
    options = config.load(tmp_path / "assay.toml").settings().options["LBL002"]
    assert options == {"probabilities": str(tmp_path / "mine.csv")}


def test_a_selection_loads_the_rules_it_names_and_the_sources_tell_all_of_them():
    code = (
        "from assay.audit import rules\n"
        "print([r.code for r in rules.choose(('DUP001', 'LEK001'), ())], len(rules.registered()))\n"
        "print(sorted(rules._homes()) == [r.code for r in rules.all_rules()])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    chosen, same = done.stdout.splitlines()
    assert chosen.startswith("['DUP001', 'LEK001']")
    assert int(chosen.split()[-1]) < 10
    assert same == "True"
