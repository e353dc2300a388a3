# `make` lists the tasks. Everything they need is installed into .venv, the control plane into the user's cache.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
OLDEST := $(VENV)-oldest
NEWEST := $(VENV)-newest
SPARK  := $(VENV)-spark
DIST   := $(VENV)-dist

# What is installed, with checksums; `make lock` writes these files
LOCK        := requirements.txt
OLDEST_LOCK := tests/oldest-locked.txt
SPARK_LOCK  := tests/spark-locked.txt
DIST_LOCK   := release/requirements.txt

# Python code that is linted
CODE := kubectl_kfaccess release tests tools

# Two workers, each with an API server of its own; the tests of one file stay together and share it.
PARALLEL ?= -n 2 --dist loadfile

# What `make test` leaves out; .ci/slow.txt also says when CI runs it
SLOW := $(shell awk '/^[a-z]/ { print $$1 }' .ci/slow.txt)

.DEFAULT_GOAL := help
.PHONY: help demo test quick lint types oldest newest lock cluster slow $(SLOW) conformance bench fuzz stress pages examples defaults shipped dist clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# $(call install,ENVIRONMENT,LOCK) brings pip itself and setuptools as well, so the project is built with
# --no-build-isolation: an isolated build would download the newest setuptools.
define install
	$(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --require-hashes --requirement $(2)
	$(1)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
endef

$(STAMP): setup.cfg pyproject.toml $(LOCK)
	$(call install,$(VENV),$(LOCK))

demo: $(STAMP) ## install into .venv and run the main commands on the embedded demo cluster
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./examples/demo.sh

test: $(STAMP) lint types ## lint, types, and every test that is not slow, the real control plane included
	$(BIN)/python -m tests.controlplane build
	$(BIN)/python -m pytest $(PARALLEL) -m 'not slow'
	$(MAKE) --no-print-directory oldest

quick: $(STAMP) ## the tests that need no control plane
	$(BIN)/python -m pytest $(PARALLEL) -m 'not server and not slow' -q

lint: $(STAMP) ## ruff: rules and format
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: $(STAMP) ## mypy, strict on the package, the release and the tools
	$(BIN)/mypy

# Of the tests with a server, those in which the oldest libraries log in, ask and read: what an answer means is
# decided by code that does not depend on them, and was tested on the newest ones.
oldest: $(OLDEST)/.installed ## the command-line tests, and those of YAML and connections, on the oldest dependencies
	$(OLDEST)/bin/python -m pytest tests/commands tests/demo tests/output tests/live/test_lists.py \
	  tests/live/test_whoami.py tests/live/test_explain_as_tenant.py tests/sources/cluster tests/sources/kubeconfig \
	  tests/sources/files tests/robustness/test_command_lines.py $(PARALLEL) -m 'not slow' -q

$(OLDEST)/.installed: setup.cfg pyproject.toml $(OLDEST_LOCK)
	$(call install,$(OLDEST),$(OLDEST_LOCK))

newest: ## the tests that need no server, on the newest of everything that the package index has
	$(PYTHON) -m venv $(NEWEST)
	$(NEWEST)/bin/python -m pip install --quiet --upgrade pip
	$(NEWEST)/bin/python -m pip install --quiet --upgrade --upgrade-strategy eager --editable '.[dev]'
	$(NEWEST)/bin/python -m pip freeze --exclude-editable
	$(NEWEST)/bin/python -m pytest $(PARALLEL) -m 'not server and not slow' -q
	@echo 'These are the tests that need no server. When they pass, `make lock` can lock these versions.'

lock: $(STAMP) ## lock the newest versions that setup.cfg allows (UPGRADE= keeps those that are locked)
	$(LOCKED) --extra dev --output-file $(LOCK) setup.cfg
	$(LOCKED) --extra test --constraint tests/oldest.txt --output-file $(OLDEST_LOCK) setup.cfg
	$(LOCKED) --extra spark --output-file $(SPARK_LOCK) setup.cfg
	$(LOCKED) --extra dist --constraint $(LOCK) --output-file $(DIST_LOCK) setup.cfg

UPGRADE ?= --upgrade
# One file for every supported Python and platform; it names no package index
LOCKED = $(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-annotate \
  --no-emit-index-url --custom-compile-command 'make lock' $(UPGRADE)

cluster: $(STAMP) ## a real API server with the demo Kubeflow, until interrupted
	$(BIN)/python -m tests.controlplane serve --load kubectl_kfaccess/sources/demo

slow: $(SLOW) ## all targets of .ci/slow.txt, the shortest first

terminals: $(STAMP) ## TAB in real shells, in a real terminal
	$(BIN)/python -m pytest tests/live -m slow

installs: $(STAMP) ## every way to install, from an empty home directory
	$(BIN)/python -m pytest tests/packaging -m slow

worlds: $(STAMP) ## random worlds by the hundred against the newest server, and what kubectl apply and delete make of them
	KFACCESS_WORLDS=600 KFACCESS_DECISIONS=252000 KFACCESS_CHANGED_WORLDS=100 $(BIN)/python -m pytest tests/truth \
	  --ignore tests/truth/test_bundles.py --ignore tests/truth/test_closures.py

bundles: $(STAMP) ## 200 random bundles that the real kubectl applies, exactly as far as can-apply says
	KFACCESS_BUNDLES=200 $(BIN)/python -m pytest tests/truth/test_bundles.py

closures: $(STAMP) ## 300 random worlds, in which everybody reaches by steps what an oracle finds that asks the server
	KFACCESS_CLOSURES=300 $(BIN)/python -m pytest tests/truth/test_closures.py

seeds: $(STAMP) ## every seeded hole in the isolation of tenants, each found by audit on a real server
	$(BIN)/python -m pytest tests/isolation_seeds -m slow

changes: $(STAMP) ## what diff and the overlay say of changes, before and after the real kubectl makes them
	KFACCESS_CHANGED_WORLDS=300 $(BIN)/python -m pytest tests/truth/test_before_after.py
	KFACCESS_RELEASE_CHANGES=40 KFACCESS_DRAWN_DECISIONS=20000 $(BIN)/python -m pytest tests/live/test_diff.py

browser: $(STAMP) ## the page of report in a real Chromium: search, links, print, without scripts, axe-core (needs npm)
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m pytest tests/browser -m slow

spark: $(SPARK)/.installed ## the how-to's query of many clusters, asked with Spark (needs Java 17)
	$(SPARK)/bin/python -m pytest tests/databases -m slow

$(SPARK)/.installed: setup.cfg pyproject.toml $(SPARK_LOCK)
	$(call install,$(SPARK),$(SPARK_LOCK))

mesh-oracle: $(STAMP) ## 20,000 random sets of AuthorizationPolicies, against Istio's own translation run by Envoy
	$(BIN)/python -m pytest tests/planes/mesh -m slow
	$(BIN)/python -m tests.planes.mesh compare --worlds 20000 --ztunnel

mutants: $(STAMP) ## deliberate mistakes in the evaluator, each of which a test must catch
	$(BIN)/python -m tests.mutants

fuzz: $(STAMP) ## 20,000 random command lines, files and kubeconfigs (FUZZ='--seed 1 --only 7' runs one again)
	$(BIN)/python -m tests.fuzz $(FUZZ)

stress: $(STAMP) ## kills, many runs at once, a full disk, no home directory, clocks that jump
	$(BIN)/python -m tests.robustness.stress

conformance: $(STAMP) ## the truth tests on all four Kubernetes versions, a million decisions
	$(BIN)/python -m tests.truth

bench: $(STAMP) ## the budgets, on a real server with 2,000 profiles, and how times grow with large files
	$(BIN)/python -m tests.benchmarks

pages: $(STAMP) ## write everything that is made from the program: reference, man page, findings, steps, pictures, schemas
	$(BIN)/python -m tools.pages.schemas
	$(BIN)/python -m tools.pages.completion_words
	$(BIN)/python -m tools.pages.reference
	$(BIN)/python -m tools.pages.man_page
	$(BIN)/python -m tools.pages.findings
	$(BIN)/python -m tools.pages.steps
	$(BIN)/python -m tools.pages.examples
	$(BIN)/python -m tools.pages.pictures

examples: $(STAMP) ## run the examples in README.md and docs, and write what they print now
	$(BIN)/python -m tools.pages.examples

defaults: $(STAMP) ## print Kubernetes' default roles anew, from the real servers
	$(BIN)/python -m tools.kubernetes_defaults v1.33.13 v1.34.4 v1.35.4 v1.36.3 v1.37.2

KFACCESS_CORPUS ?= ../shared/corpus

shipped: $(STAMP) ## list the bindings and the tenants' roles that rendered releases of Kubeflow ship
	$(BIN)/python -m tools.shipped_bindings $(KFACCESS_CORPUS)
	$(BIN)/python -m tools.shipped_roles $(KFACCESS_CORPUS)

dist: $(DIST)/.installed ## the wheel, this platform's archive, what is in them, krew's manifest, checksums
	$(DIST)/bin/python -m release

$(DIST)/.installed: $(DIST_LOCK)
	$(PYTHON) -m venv $(DIST)
	$(DIST)/bin/python -m pip install --quiet --require-hashes --requirement $(DIST_LOCK)
	@touch $@

clean: ## remove what make made here
	rm -rf $(VENV) $(OLDEST) $(NEWEST) $(SPARK) $(DIST) build dist *.egg-info
