# Everything a person or CI runs here. Each target installs what it needs first; a rerun of that costs a moment.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
INSTALL := requirements/install.sh

# Tests running side by side, one more than two cores since many wait for a health check; and anything more for pytest:
# make test PYTEST="-k ledger -x"
JOBS ?= 3
PYTEST ?=
# Measurements; the other files beside them are what they share.
BENCH ?= $(sort $(filter-out tests/bench/plot.py,$(shell grep -l __main__ tests/bench/*.py)))

# Set in many images. Tests and the demo start Python a thousand times: each start would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/.venv/bin:$(PATH)
export BATS_LIB_PATH := $(CURDIR)/.tools/node/node_modules

# Files of the repository, also those not committed yet, that match a pattern.
files = $(shell git ls-files --cached --others --exclude-standard --deduplicate -- $(1))

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Deploy, a bad release, automatic rollback, rollback by hand: on three servers of this machine
	@$(INSTALL) run node
	@$(PYTHON) tests/support/demo.py run

.PHONY: demo-up demo-down demo-status
demo-up: ## Start the demo fleet and keep it, for use with -i inventory/demo
demo-down: ## Stop the demo fleet and remove it
demo-status: ## Say what runs on the demo fleet
demo-up demo-down demo-status:
	@$(INSTALL) run node
	@$(PYTHON) tests/support/demo.py $(@:demo-%=%)

# A file's tests stay on one worker, so that what they share is made once.
RUN_TESTS = $(PYTHON) -m pytest -n $(JOBS) --dist loadfile
# Files in their order: what takes long begins first, and the many short ones fill up the workers to the end.
IN_ORDER = --no-loadscope-reorder

.PHONY: test-tools
test-tools:
	@$(INSTALL) run node test

.PHONY: test
test: test-tools ## What a change is tried with: all tests but the slow ones
	$(RUN_TESTS) $(IN_ORDER) -m 'not slow' $(PYTEST)
	bats tests/shell

.PHONY: test-slow
test-slow: test-tools ## The slow ones: faults at every point, load while servers restart
	$(RUN_TESTS) -m slow $(PYTEST)

.PHONY: test-all
test-all: test-tools ## All tests on this machine: test and test-slow
	$(RUN_TESTS) $(IN_ORDER) $(PYTEST)
	bats tests/shell

.PHONY: molecule
molecule: ## Scenarios on containers with systemd, sshd and PM2; some of them: S="reboot first_deploy"
	@$(INSTALL) run node test molecule
	@cd tests && ../$(PYTHON) -m support.containers test --jobs $(JOBS) $(S)

.PHONY: bench
bench: ## Measure on this machine what is in tests/bench; one of them: BENCH=tests/bench/wheel_staging.py
	@$(INSTALL) run node test
	@for bench in $(BENCH); do \
		printf '\n== %s\n' "$$bench"; PYTHONPATH=module_utils:tests $(PYTHON) "$$bench"; \
	done

.PHONY: lint
lint: lint-python lint-types lint-rooms lint-compat lint-yaml lint-ansible lint-shell lint-workflows ## All static checks; pre-commit runs the same ones

.PHONY: lint-tools
lint-tools:
	@$(INSTALL) run test lint

.PHONY: lint-python
lint-python: lint-tools ## Errors, style and layout of Python
	ruff check
	ruff format --check

.PHONY: lint-types
lint-types: lint-tools ## Types of the package and of the controller's plugins
	mypy

.PHONY: lint-rooms
lint-rooms: lint-tools ## Which room of the package imports which: the contract is in pyproject.toml
	PYTHONPATH=module_utils lint-imports

.PHONY: lint-compat
lint-compat: lint-tools ## Code that runs on the servers keeps to Python 3.9
	vermin --quiet --no-tips --violations --target=3.9- library module_utils playbooks/plugin_utils/starter.py

.PHONY: lint-yaml
lint-yaml: lint-tools ## YAML as such
	yamllint --strict .

.PHONY: lint-ansible
lint-ansible: lint-tools ## Playbooks and roles, production profile
	ansible-lint

.PHONY: lint-shell
lint-shell: lint-tools ## Shell scripts; those made from templates are checked, rendered, by a test
	shellcheck $(call files,'*.sh' '*.bash' '*.bats' .ci/run)

.PHONY: lint-workflows
lint-workflows: lint-tools ## Workflows of GitHub Actions: pinned actions, rights, what strangers can put in
	zizmor --offline --no-progress --quiet .

.PHONY: venv
venv: ## Install all of the above's tools into .venv and .tools, and nothing else
	@$(INSTALL) run node test lint

.PHONY: lock
lock: venv ## Pin requirements anew after a change of *.in or package.json; UPGRADE=--upgrade takes newer versions
	for set in run test lint molecule aws server; do \
		uv pip compile --no-config --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
			--custom-compile-command 'make lock' requirements/$$set.in --output-file requirements/$$set.txt; \
	done
	npm --prefix requirements/node install --package-lock-only

.PHONY: clean
clean: ## Stop the demo fleet and remove all that make made
	@if [ -d .demo ] && [ -x $(PYTHON) ]; then $(PYTHON) tests/support/demo.py down; fi
	rm -rf .venv .tools .cache .demo .demo-run .demo-run.lock .ansible .hypothesis .pytest_cache .ruff_cache .mypy_cache .import_linter_cache build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
