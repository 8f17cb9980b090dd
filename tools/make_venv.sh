#!/bin/sh
# make_venv.sh PYTHON FOLDER: a virtual environment, also on a Debian whose Python came without the venv package.
set -u
python=$1 folder=$2
[ -x "$folder/bin/python" ] && "$folder/bin/python" -m pip --version >/dev/null 2>&1 && exit 0
rm -rf "$folder"
"$python" -m venv "$folder" 2>/dev/null && exit 0
rm -rf "$folder"
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "$python has no venv: installing Debian's python3-venv ..."
    apt-get update -qq >/dev/null 2>&1
    apt-get install -y -qq python3-venv >/dev/null 2>&1
    "$python" -m venv "$folder" && exit 0
    rm -rf "$folder"
fi
echo "error: $python cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2
exit 2
