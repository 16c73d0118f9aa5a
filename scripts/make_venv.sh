#!/bin/sh
# Makes the virtual environment: make_venv.sh DIRECTORY
set -eu
here=$(dirname "$0")
python=$("$here/find_python.sh")
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian keeps both in a package of their own.
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$here/apt_install.sh" "python$version-venv"
fi
echo "Making $1 with $("$python" --version)."
"$python" -m venv "$1"
# Older ones cannot read dependency groups.
"$1/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
