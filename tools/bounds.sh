#!/bin/sh
# The tests of what leans on optional libraries, in a venv of its own with the lowest or the newest versions allowed.
# usage: tools/bounds.sh lowest|newest        (a CI job: make bounds)
set -eu
cd "$(dirname "$0")/.."
case "${1:-}" in
lowest) versions='great-expectations==1.24.0 datasets==4.0.0 mlflow-skinny==3.10.0' upgrade= ;;
newest) versions='great-expectations>=1.24,<2 datasets>=4,<6 mlflow-skinny>=3.10,<4' upgrade=--upgrade ;;
*) echo "usage: tools/bounds.sh lowest|newest" >&2; exit 2 ;;
esac
venv=.venv-bounds-$1
trap 'rm -rf "$venv"' EXIT
sh tools/make_venv.sh "$PWD/.venv/bin/python" "$venv"
# Versions are words of their own: none of them holds a space.
# shellcheck disable=SC2086
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check $upgrade -e '.[dev,expectations,mlflow-server]' scikit-learn $versions
"$venv/bin/python" -m pip list --disable-pip-version-check 2>/dev/null | grep -i -E '^(great|datasets|mlflow|pandas|pyarrow|polars)'
"$venv/bin/python" -m pytest -q -p no:cacheprovider tests/audit/gx tests/audit/reading tests/audit/cleaning/test_clean_saved.py \
	tests/reports/gx tests/reports/test_tracking_mlflow.py tests/reports/gating/test_registry_mlflow.py tests/reports/test_pytest_plugin.py
