# Needs make, git and Python >= 3.11, nothing else. Every target sets up .venv by itself; `make help` lists them.

SHELL := /bin/sh
BIN := .venv/bin
READY := .venv/.ready
TYPES := build/types/copydesk
ROOMS := content server store tools
UV := $(shell command -v uv 2>/dev/null)

# The first interpreter that is new enough; expanded only when .venv has to be made.
PYTHON ?= $(shell for candidate in python3.11 python3 python3.14 python3.13 python3.12 python; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$candidate" && break; done)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo test pytest conformance tools-table system-packages bench agents lint types audit format lock clean torture

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

setup: $(READY) ## make .venv and link what the type checkers need

demo: $(READY) ## the whole story on a sample site: write, preview, publish, undo
	@$(BIN)/copydesk model fetch || echo "Without the model: the demo goes on with placeholder drafts." >&2
	@$(BIN)/copydesk demo

test: lint types pytest ## every check: ruff, mypy, pytest

# Node and npm come with the development dependencies: they are found in .venv/bin.
pytest: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest

conformance: $(READY) ## the official conformance suite of MCP against the real server, in both eras
	$(BIN)/python -m pytest tests/conformance

tools-table: $(READY) ## write the table of tools in README.md anew
	$(BIN)/python docs/tools_table.py

system-packages: ## install what some tests drive and no Python package carries (Debian, as root)
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends chromium hugo jekyll

torture: $(READY) ## break things on purpose for hours, and write docs/reliability.md
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/torture/report.py

bench: $(READY) ## measure speed and memory
	$(BIN)/python benchmarks/run.py

agents: $(READY) ## measure what the tools take of an agent's context, and write docs/agents.md
	$(BIN)/python benchmarks/agents.py

lint: $(READY) ## ruff check and ruff format --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy, strict, tests included
	$(BIN)/mypy

audit: $(READY) ## known vulnerabilities of what is installed (needs a vulnerability service; 3 if there is none)
	$(BIN)/python .ci/audit.py

format: $(READY) ## let ruff put the formatting right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY) ## renew requirements-dev.txt (needs uv)
	@test -n "$(UV)" || { echo "make lock needs uv on the PATH: python -m pip install uv" >&2; exit 1; }
	sed '/^$$/,$$d' requirements-dev.txt > build/requirements-dev.txt
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header \
		--upgrade --quiet | sed '1s/^/\n/' >> build/requirements-dev.txt
	mv build/requirements-dev.txt requirements-dev.txt

clean: ## remove everything that make made
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find $(ROOMS) package tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is younger than what it was made from: a changed dependency, lock or recipe sets up again.
$(READY): pyproject.toml requirements-dev.txt Makefile
	@test -x $(BIN)/python || $(MAKE) --no-print-directory .venv/bin/python
	@$(MAKE) --no-print-directory $(if $(UV),install-with-uv,install-with-pip) link-types
	@touch $@

.venv/bin/python:
ifneq ($(UV),)
	uv venv --quiet --python '>=3.11' .venv
else
	@test -n "$(PYTHON)" || { echo "copydesk needs Python 3.11 or newer, and none is on the PATH" >&2; exit 1; }
	$(PYTHON) -m venv .venv
endif

.PHONY: install-with-uv install-with-pip link-types
install-with-uv:
	uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	uv pip install --quiet --python $(BIN)/python --no-deps -e .

install-with-pip:
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .

# Type checkers cannot follow the editable install's import hook: they read this tree of links instead.
link-types:
	@rm -rf $(TYPES) && mkdir -p $(TYPES)
	@for file in package/*.py package/py.typed; do ln -s ../../../$$file $(TYPES)/; done
	@for room in $(ROOMS); do ln -s ../../../$$room $(TYPES)/; done
