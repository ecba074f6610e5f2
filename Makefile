PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check
WORKERS ?= auto
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist loadfile \
  --no-loadscope-reorder

export ORT_DISABLE_TELEMETRY := 1

.PHONY: demo test test-system check bench everything clean

demo: $(VENV)/installed
	$(BIN)/aisle demo

test: $(VENV)/tests
	$(BIN)/python -m pytest -m "timed and not system"
	$(PYTEST) -m "not timed and not system"

test-system: $(VENV)/system
	@command -v chromium >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get -qq update && apt-get -qq install -y chromium postgresql >/dev/null; } \
	  || echo "chromium or postgresql is absent and cannot be installed here (root and apt-get are needed); its tests are skipped"
	$(PYTEST) -m system

check: $(VENV)/checks
	$(BIN)/ruff check src tests benchmarks demo training
	$(BIN)/ruff format --check src tests benchmarks demo training
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/tests
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) dist build aisle-demo

# One pip call each; the marks of all that a call installs are touched.

$(VENV)/made:
	@echo "1/2 Making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml
	@echo "2/2 Installing aisle and the packages that it needs (about a minute)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/tests: $(VENV)/made pyproject.toml
	$(PIP) --quiet --editable '.[test,serve]'
	touch $(VENV)/installed $@

$(VENV)/checks: $(VENV)/made pyproject.toml
	$(PIP) --quiet --editable '.[test,serve,check]'
	touch $(VENV)/installed $(VENV)/tests $@

$(VENV)/system: $(VENV)/made pyproject.toml
	$(PIP) --quiet --editable '.[test,serve,postgresql,system,torch]' torch==2.13.0
	touch $(VENV)/installed $(VENV)/tests $@

everything: $(VENV)/made pyproject.toml
	$(PIP) --quiet --no-compile --editable '.[dev,serve,postgresql,torch]' torch==2.13.0
	touch $(VENV)/installed $(VENV)/tests $(VENV)/checks $(VENV)/system
