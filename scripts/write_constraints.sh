#!/bin/sh
# Writes constraints.txt: everything the extras and groups of pyproject.toml install, at the newest versions that fit
# together and run on Python 3.11, 3.12 and 3.13. Run it with the oldest of them: newer ones need no more packages.
set -eu
cd "$(dirname "$0")/.."
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
scripts/make_venv.sh "$directory/venv"
"$directory/venv/bin/python" -m pip install --quiet --upgrade pip
MODELDB_BUILD_WEB=0 "$directory/venv/bin/python" -m pip install --quiet \
    -e ".[all,postgres]" --group web --group dev
{
    echo "# What the extras and groups of pyproject.toml install (MLflow, measured beside, excepted), exactly. Written by: make constraints"
    "$directory/venv/bin/python" -m pip freeze --exclude-editable --exclude pip --exclude setuptools |
        grep -v " @ " | sed 's/+cpu$//'
} >"$directory/constraints.txt"
mv "$directory/constraints.txt" constraints.txt
echo "constraints.txt names $(grep -c == constraints.txt) packages."
