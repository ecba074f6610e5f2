PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-system check bench clean

demo: $(VENV)/installed
	$(BIN)/aisle demo

test: $(VENV)/tests
	$(BIN)/python -m pytest -m "not system"

test-system: $(VENV)/system
	@command -v chromium >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get -qq update && apt-get -qq install -y chromium postgresql >/dev/null; } \
	  || echo "chromium or postgresql is absent and cannot be installed here (root and apt-get are needed); its tests are skipped"
	$(BIN)/python -m pytest -m system

check: $(VENV)/checks
	$(BIN)/ruff check src tests benchmarks demo training
	$(BIN)/ruff format --check src tests benchmarks demo training
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/tests
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) dist build aisle-demo

$(VENV)/made:
	@echo "1/2 Making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml
	@echo "2/2 Installing aisle and the packages that it needs (about a minute)"
	@$(BIN)/python -m pip install --editable .
	@touch $@

$(VENV)/tests: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[test,serve]'
	touch $@

$(VENV)/system: $(VENV)/tests
	$(BIN)/python -m pip install --quiet --editable '.[test,serve,postgresql,system,torch]' torch==2.13.0
	touch $@

$(VENV)/checks: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[test,serve,check]'
	touch $@
