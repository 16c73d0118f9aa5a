#!/bin/sh
# Prints the path of a Python that ModelDB runs on, or says what to do.
set -eu
for name in "${PYTHON:-python3}" python3 python3.11 python3.12 python3.13; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
        command -v "$name"
        exit 0
    fi
done
found=$("${PYTHON:-python3}" --version 2>&1 || true)
echo "ModelDB needs Python 3.11, 3.12 or 3.13, and found: ${found:-none}." >&2
echo "Install one (on Debian: apt-get install python3), or name it: make PYTHON=/path/to/python3.12 ..." >&2
exit 1
