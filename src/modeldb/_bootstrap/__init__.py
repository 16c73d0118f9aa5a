"""A directory for PYTHONPATH: `python -m modeldb._bootstrap` prints it."""
