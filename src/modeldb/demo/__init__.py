"""`modeldb demo`: real scripts on real data, recorded, and the questions one would ask afterwards.

`scripts/` holds what is recorded: plain training scripts that know nothing of ModelDB and are copied to where the demo
runs. `stage.py` records them, `edits.py` is what somebody changes in one of them between its runs, `tour.py` asks.
"""
