#!/bin/bash
# Runs every test: the interface's types and units, the tests that want the machine to themselves, then all others,
# two at a time. All parts run; the exit code says whether one failed. Arguments go to pytest.
set -u
cd "$(dirname "$0")/.."
python=${VENV:-.venv}/bin/python
# Hundreds of processes import scikit-learn; each would compile it anew.
unset PYTHONDONTWRITEBYTECODE
closing=$(mktemp)
trap 'rm -f "$closing"' EXIT
failed=0

part() {
    local name=$1
    shift
    echo "== $name"
    "$@" || { failed=1; echo "FAILED: $name"; }
}

interface() {
    "$python" web/build.py || return 1
    PATH=$("$python" -c "import runpy; print(runpy.run_path('web/build.py')['node_path']())") || return 1
    export PATH CI=1
    cd web || return 1
    node node_modules/typescript/bin/tsc --noEmit && node node_modules/vitest/vitest.mjs run
}

tests() {
    local log code
    log=$(mktemp)
    "$python" -m pytest "$@" 2>&1 | tee "$log"
    code=${PIPESTATUS[0]}
    tail -n 1 "$log" >>"$closing"
    rm -f "$log"
    # 5 is pytest's word for "no test was selected".
    [ "$code" = 0 ] || [ "$code" = 5 ]
}

part "the interface: types and units" eval '(interface)'
part "tests that want the machine to themselves" tests -m serial "$@"
part "all other tests" tests -m "not serial" -n "${WORKERS:-2}" "$@"
echo "== pytest's closing lines, serial and parallel"
cat "$closing"
exit $failed
