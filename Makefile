# make plan   sets up .venv and assesses the shipped Jinan case
# make test   sets up .venv and passes all checks and tests
# make docs   builds the documentation into site/, from where index.html opens without a connection

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: plan test docs pictures lint types imports tests demand jinan chromium clean

plan: .venv/plan
	$(BIN)/transitplan assess --out out

test: lint types imports tests

# A warning of the build, a link that leads nowhere for one, is an error.
docs: .venv/dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The pictures of the documentation, from real runs.
pictures: .venv/dev chromium
	$(BIN)/python docs/make_pictures.py

lint: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/dev
	$(BIN)/mypy

imports: .venv/dev
	$(BIN)/lint-imports

tests: .venv/dev chromium
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadfile  # else its threads wait busily

# The data that are made by commands, made again.
jinan: .venv/dev
	$(BIN)/python networks/jinan/build.py

demand: .venv/plan
	$(BIN)/transitplan demand networks/jinan --scenario all
	$(BIN)/transitplan demand networks/two_banks

# Browser tests need a Chromium: installed where that is allowed, skipped loudly where not.
chromium:
	@if ! command -v chromium >/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk gdal-bin >/dev/null; \
		fi; \
		command -v chromium >/dev/null || \
			echo "*** NO CHROMIUM: the browser tests will be SKIPPED; install chromium to run them ***"; \
	fi

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/plan: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable .
	@touch $@

.venv/dev: .venv/plan
	$(PIP) --editable '.[dev,docs]'
	@touch $@

clean:
	rm -rf .venv out site .mypy_cache .ruff_cache .pytest_cache
