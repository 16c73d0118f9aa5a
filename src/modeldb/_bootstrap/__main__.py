"""Prints the directory that, on PYTHONPATH, makes `MODELDB_AUTOLOG=1` record every Python process."""

from pathlib import Path

print(Path(__file__).resolve().parent)
