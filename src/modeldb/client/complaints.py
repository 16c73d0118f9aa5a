"""What ModelDB has to say for itself: one line on standard error at worst, the rest in the store's log."""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

from modeldb.client.secrets import mask_text


def log(directory: Path, where: str, error: BaseException) -> None:
    """Append a failure of ours to the log in this directory."""
    head = f"{time.strftime('%Y-%m-%d %H:%M:%S')} pid {os.getpid()} {where}"
    text = mask_text("".join(traceback.format_exception(error)))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with open(directory / "errors.log", "a", encoding="utf-8") as file:
            file.write(f"{head}\n{text}\n")
    except OSError:
        pass  # a store that cannot be written to has been complained about already


def warn(message: str) -> None:
    """Say something to the user that they need to know."""
    try:
        print(f"modeldb: {message}", file=sys.stderr)
    except (OSError, ValueError, AttributeError):
        pass  # no standard error, or a closed one


def not_recorded(error: Exception) -> None:
    """Say that this script is not recorded, and why."""
    warn(f"{error} The script runs unrecorded.")
