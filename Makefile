# make run: the app at http://localhost:8501.  make test: all checks.  make help: the rest.

PYTHON ?= python3
ADDRESS ?= localhost
PORT ?= 8501
DATA ?= ../shared/data/nyuv2
# Which build of torch a new .venv gets: cpu, cuda, none (deploy/set_up.py).
TORCH ?= cpu
# A process for each core; a module stays with one, because it shares servers and clusters.
# The order is that of tests/conftest.py: long modules first.
PYTEST_ARGS ?= --numprocesses 2 --dist loadscope --no-loadscope-reorder
LOCK_ARGS ?=
UV := 0.13.9
PIP_AUDIT := 2.10.1

BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check $(if $(CI),--quiet)

# An environment whose Python is gone (system upgraded, folder copied) is made anew.
$(shell test ! -e .venv || .venv/bin/python -c '' 2>/dev/null || rm -rf .venv)

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev setup-locked test lint format types imports tests bench soak lock licences audit
.PHONY: schema docs train clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  make %-12s %s\n' "$$name" "$$text"; done

run: setup ## serve the app (PORT=8501, ADDRESS=localhost; a new .venv: TORCH=cpu, cuda or none)
	$(BIN)/python -m cmn_core run --address $(ADDRESS) --port $(PORT)

test: setup-dev ## every check, quick ones first
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory types & types=$$!; \
		$(MAKE) --no-print-directory imports; imports=$$?; wait $$types && exit $$imports
	@$(MAKE) --no-print-directory tests

lint: setup-dev ## ruff: rules and format
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check

format: setup-dev ## rewrite the sources in the house format
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

types: setup-dev ## mypy on cmn_core and pages
	$(BIN)/python -m mypy

imports: setup-dev ## import-linter: imports point down the house
	$(BIN)/python -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

tests: setup-dev ## pytest on two cores (PYTEST_ARGS="-m 'not browser'")
	$(BIN)/python -m pytest $(PYTEST_ARGS)

bench: .venv/bench.stamp ## the scripts of benchmarks/ but those of soak
	@set -e; for script in benchmarks/*.py benchmarks/dispatch/*.py benchmarks/search/*.py; do \
		case "$$script" in */accessibility.py|*/best_known.py|*/chaos.py|*/fuzz.py|*/ui_load.py|*/recipes.py|*/steering.py) continue;; esac; \
		echo "== $$script"; $(BIN)/python "$$script"; done

soak: .venv/dev.stamp ## the long ones: 200 faults, 20,000 spoilt inputs, 30 sessions and 20 searches (2 to 3 hours)
	$(BIN)/python benchmarks/chaos.py --kills 200 --faults all
	$(BIN)/python benchmarks/fuzz.py --cases 20000
	$(BIN)/python benchmarks/ui_load.py --queued 20

setup-locked: .venv/bin/python ## .venv out of requirements.lock, hashes checked (LOCK_ARGS as for lock)
	$(PIP_INSTALL) --require-hashes $(LOCK_ARGS) -r requirements.lock
	@touch .venv/run.stamp

lock: setup ## write requirements.lock (LOCK_ARGS="-f FOLDER" of torch's CPU wheel)
	$(PIP_INSTALL) uv==$(UV)
	$(BIN)/python -m uv pip compile --quiet --generate-hashes --no-header --no-annotate \
		--python-version 3.11 $(LOCK_ARGS) --no-emit-index-url --no-emit-find-links \
		--output-file requirements.lock.new requirements.txt > /dev/null
	@grep -q '^torch==.*+cpu ' requirements.lock.new || { rm requirements.lock.new; echo "error:" \
		"this torch comes with CUDA; name the CPU wheel's place in LOCK_ARGS" >&2; exit 1; }
	mv requirements.lock.new requirements.lock

licences: setup ## write docs/licences.md
	$(BIN)/python deploy/licences.py > docs/licences.md.new
	mv docs/licences.md.new docs/licences.md

audit: setup ## known weaknesses of the packages in use (asks the package index)
	$(PIP_INSTALL) pip-audit==$(PIP_AUDIT)
	$(BIN)/python -m pip_audit --requirement requirements.txt

schema: setup ## write assets/design.schema.json and model.schema.json
	$(BIN)/python -c 'import json; from cmn_core.design import design_schema; \
		print(json.dumps(design_schema(), indent=2))' > assets/design.schema.json.new
	mv assets/design.schema.json.new assets/design.schema.json
	$(BIN)/python -c 'import json; from cmn_core.models.file import model_schema; \
		print(json.dumps(model_schema(), indent=2))' > assets/model.schema.json.new
	mv assets/model.schema.json.new assets/model.schema.json

docs: setup-dev ## the site of docs/ in site/, without the network
	$(BIN)/python deploy/gallery.py
	$(BIN)/python -m mkdocs build --quiet --strict

train: setup ## train the supernet on DATA (a folder with train.npz and val.npz); resumes
	$(BIN)/python -m cmn_core train --data $(DATA)

clean: ## remove .venv and caches
	rm -rf .venv site .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: .venv/run.stamp

setup-dev: .venv/dev.stamp

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) was not found;" \
		"install Python 3.11 or newer (Debian, Ubuntu: apt-get install python3 python3-venv)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is" \
		"$$($(PYTHON) --version 2>&1); Python 3.11 or newer is needed (make run PYTHON=python3.11)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "error: $(PYTHON) cannot make a virtual" \
		"environment; install it first (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@echo "Setting up .venv: one to three minutes, once."
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.txt constraints.txt | .venv/bin/python
	$(BIN)/python deploy/set_up.py $(TORCH)
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/run.stamp
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

.venv/bench.stamp: requirements-bench.txt .venv/run.stamp
	$(PIP_INSTALL) -r requirements-bench.txt
	@touch $@
