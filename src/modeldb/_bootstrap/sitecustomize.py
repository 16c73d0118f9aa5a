"""Attaches a new Python process to the run that started it.

This directory is put at the front of PYTHONPATH for the processes a run starts; Python imports `sitecustomize` from
it before the program begins. Whatever `sitecustomize` the process would have had runs first, as if we were not here.
Any interpreter may find this file, so it uses nothing but what every one has, and says nothing when it cannot help.
"""

import os
import sys


def _without_us():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]


def _run_the_other_one():
    """Import the sitecustomize we stand in front of, if there is one."""
    ours = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401  for what it does
    except ImportError as error:
        if getattr(error, "name", None) != "sitecustomize":
            raise
        if ours is not None:
            sys.modules["sitecustomize"] = ours


def _is_wanted():
    if os.environ.get("MODELDB_AUTOLOG", "").lower() not in ("1", "true", "yes", "on"):
        return False
    before = ""
    for word in getattr(sys, "orig_argv", [])[1:]:
        if before == "-c":
            # A helper of the standard library and joblib that runs no user code.
            return "resource_tracker" not in word
        if before == "-m" or not word.startswith("-"):
            # Our own commands start what they need by themselves.
            name = os.path.basename(word)
            return name != "modeldb" and not name.startswith("modeldb.")
        before = word
    return True


def _attach():
    try:
        from modeldb.client import boot
    except ImportError:
        return  # another environment's Python, where ModelDB is not installed
    boot.attach()


_without_us()
try:
    _run_the_other_one()
finally:
    if _is_wanted():
        try:
            _attach()
        except Exception:
            if os.environ.get("MODELDB_STRICT") == "1":
                raise
