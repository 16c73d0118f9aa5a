# `make demo` and `make test` need Python 3.11 or later, git and make. Everything else they install into $(VENV),
# at the versions in constraints.txt, and what only tests need of the system through apt-get.

VENV ?= .venv
PYTHON ?= python3
export PYTHON VENV

BIN := $(VENV)/bin
# The interface is built by `web` below, where it can be seen, rather than inside pip.
PIP := MODELDB_BUILD_WEB=0 $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt

.PHONY: help demo test check format bench web constraints browser clean

help:
	@echo "make demo         record a few real scripts, show what can be asked, open the web interface"
	@echo "make test         run all tests"
	@echo "make check        check format, lint and types"
	@echo "make bench        measure what recording, storing and asking cost, beside MLflow"
	@echo "make web          build the web interface"
	@echo "make format       format the code"
	@echo "make constraints  write constraints.txt anew from the newest versions"
	@echo "make clean        delete everything made here, but no store"

demo: $(VENV)/.app web
	$(BIN)/modeldb demo

test: $(VENV)/.dev web browser
	scripts/test.sh

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/run_all.py

web: $(VENV)/.app
	$(BIN)/python web/build.py

browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || scripts/apt_install.sh chromium

constraints:
	scripts/write_constraints.sh

clean:
	rm -rf $(VENV) build dist web/node_modules src/modeldb/server/static
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	scripts/make_venv.sh $(VENV)

$(VENV)/.app: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing ModelDB and what it needs into $(VENV)."
	$(PIP) -e ".[all]" --group web
	@touch $@

$(VENV)/.dev: $(VENV)/.app
	@echo "Installing what its tests need."
	$(PIP) --group dev
	@touch $@

# MLflow wants older versions of what ModelDB uses, so it lives in an environment of its own.
$(VENV)/.bench: $(VENV)/.dev
	@echo "Installing MLflow, to measure beside it."
	scripts/make_venv.sh $(VENV)/peer
	$(VENV)/peer/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --group bench \
		&& touch $(VENV)/peer/ready \
		|| { rm -rf $(VENV)/peer; echo "MLflow cannot be installed here; its figures will be missing."; }
	@echo "Compiling what is imported, or some processes would be measured compiling it."
	-$(BIN)/python -m compileall -q src $(VENV)/lib >/dev/null 2>&1
	-test ! -e $(VENV)/peer/ready || $(VENV)/peer/bin/python -m compileall -q $(VENV)/peer/lib >/dev/null 2>&1
	@touch $@
