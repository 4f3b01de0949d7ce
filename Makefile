# Everything a developer or operator runs; `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

.PHONY: help venv dev stubs messages migrations lock demo test check soak bench clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

venv: .venv/runtime.stamp ## the virtual environment with logix-agent and logix-server

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "needs Python 3.11 or newer" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/runtime.stamp: requirements/build.lock requirements/server.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements/build.lock
	$(PIP) install --require-hashes -r requirements/server.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q agent common server
	@touch $@

dev: .venv/dev.stamp

.venv/dev.stamp: requirements/dev.lock .venv/runtime.stamp
	$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

demo: venv ## run the main job on this machine: five appliances, one server, a failing disk (ONCE=1: check and exit)
	@$(BIN)/python -m tools.demo $(if $(ONCE),--once)

test: dev ## the whole suite, on SQLite and on PostgreSQL
	@$(BIN)/python -m tools.run_tests

soak: dev ## long fault and load runs
	@$(BIN)/python -m tools.run_tests --soak

bench: dev ## measure against bare peers in the same run
	@$(BIN)/python -m tests.bench

check: dev ## style, types, boundaries, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/generate_stubs.py --check
	$(BIN)/python tools/compile_messages.py --check
	$(BIN)/python tools/check_migrations.py

stubs: dev ## generate protobuf and gRPC stubs from protos/
	$(BIN)/python tools/generate_stubs.py

messages: dev ## extract and compile the Turkish catalogues
	$(BIN)/python tools/compile_messages.py

lock: dev ## renew the lock files from pyproject.toml
	$(BIN)/python tools/lock.py

clean: ## remove what the other targets made
	rm -rf .venv .demo .run .mypy_cache .ruff_cache .pytest_cache .hypothesis
