# `make` lists the tasks. Everything they need is installed into .venv, the control plane into the user's cache.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
OLDEST := $(VENV)-oldest
DIST   := $(VENV)-dist

# Two workers, each with an API server of its own; the tests of one file stay together and share it.
PARALLEL ?= -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo test quick lint types check oldest cluster conformance mutants bench defaults dist clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMP): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## install into .venv and run the main commands on the embedded demo cluster
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./examples/demo.sh

test: $(STAMP) lint types ## lint, types, and every test, the real control plane included
	$(BIN)/python -m tests.controlplane build
	$(BIN)/python -m pytest $(PARALLEL)
	$(MAKE) --no-print-directory oldest

quick: $(STAMP) ## the tests that need no control plane
	$(BIN)/python -m pytest $(PARALLEL) -m 'not server' -q

lint: $(STAMP) ## ruff: rules and format
	$(BIN)/ruff check kubectl_kfaccess release tests
	$(BIN)/ruff format --check kubectl_kfaccess release tests

types: $(STAMP) ## mypy, strict on the package
	$(BIN)/mypy

oldest: $(OLDEST)/.installed ## the command-line tests on the oldest supported dependencies
	$(OLDEST)/bin/python -m pytest tests/commands tests/demo tests/output tests/live $(PARALLEL) -q

$(OLDEST)/.installed: setup.cfg tests/oldest.txt
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --upgrade pip
	$(OLDEST)/bin/python -m pip install --quiet --editable '.[test]' --constraint tests/oldest.txt
	@touch $@

cluster: $(STAMP) ## a real API server with the demo Kubeflow, until interrupted
	$(BIN)/python -m tests.controlplane serve --load kubectl_kfaccess/sources/demo

conformance: $(STAMP) ## the truth tests on all four Kubernetes versions, a million decisions
	$(BIN)/python -m tests.truth

mutants: $(STAMP) ## deliberate mistakes in the evaluator, each of which a test must catch
	$(BIN)/python -m tests.mutants

bench: $(STAMP) ## the budgets, on a real server with 2,000 profiles
	$(BIN)/python -m tests.benchmarks

defaults: $(STAMP) ## print Kubernetes' default roles anew, from the real servers
	$(BIN)/python -m tests.make_defaults v1.33.13 v1.34.4 v1.35.4 v1.36.3

dist: $(DIST)/.installed ## the wheel, and this platform's archive and manifest for krew
	$(DIST)/bin/python -m release

$(DIST)/.installed: release/requirements.txt
	$(PYTHON) -m venv $(DIST)
	$(DIST)/bin/python -m pip install --quiet --require-hashes --requirement release/requirements.txt
	@touch $@

clean: ## remove what make made here
	rm -rf $(VENV) $(OLDEST) $(DIST) build dist *.egg-info
