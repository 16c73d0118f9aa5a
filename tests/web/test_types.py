"""What the pages believe of the HTTP interface is what it answers."""

from __future__ import annotations

import subprocess
import sys

from .conftest import WEB


def test_the_types_are_those_of_the_structs() -> None:
    made = subprocess.run(
        [sys.executable, str(WEB / "scripts" / "api_types.py"), "--check"], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
