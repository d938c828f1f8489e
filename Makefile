# Two commands matter: `make demo` and `make test`. Everything else is one line to `.venv/bin/bloomfield`.
# What a command is asked besides its name goes in ARGS: make topics ARGS="read inventory.events".
.DEFAULT_GOAL := help
PYTHON ?= python3.11
READY := .venv/.ready

.PHONY: help demo test unit prove fresh check up down status chaos silences three-brokers outages guards bench topics schemas token lock

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  All commands: . .venv/bin/activate && bloomfield --help"

demo: $(READY) ## set up, start everything, buy something, audit the books
	@.venv/bin/bloomfield demo

test: $(READY) ## set up, then every test; leaves nothing running
	@.venv/bin/python -m pytest -n 3 $(ARGS)

unit: $(READY) ## the tests that need no server
	@.venv/bin/python -m pytest -n 2 -m unit $(ARGS)

prove: $(READY) ## every long proof, tests and all: about two hours; ARGS="chaos guards" and others
	@.venv/bin/python -m tests.proofs.prove $(ARGS)

fresh: $(READY) ## both of these on a minimal Debian 12, as root; ARGS=tests/e2e and others
	@.venv/bin/python -m tests.proofs.fresh_machine $(ARGS)

check: $(READY) ## format, lint, types
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy

up: $(READY) ## start servers, workers, connectors and the edge
	@.venv/bin/bloomfield up

down: $(READY) ## stop everything; data stays under var/
	@.venv/bin/bloomfield down

status: $(READY) ## what runs and whether it is ready; fails when something is not
	@.venv/bin/bloomfield status

chaos: $(READY) ## kill processes under load and check that nothing was lost or doubled
	@.venv/bin/bloomfield chaos

silences: $(READY) ## 40 kills: how long nothing is decided after each, as a distribution
	@.venv/bin/bloomfield silences $(ARGS)

three-brokers: $(READY) ## a cluster of three; the one that coordinates the workers is killed
	@.venv/bin/python -m tests.proofs.three_brokers $(ARGS)

outages: $(READY) ## each server, connector and the edge killed in turn under five shoppers
	@.venv/bin/python -m tests.proofs.outages $(ARGS)

guards: $(READY) ## take the engine's guards out, one by one, and see that the tests notice
	@.venv/bin/python -m tests.proofs.guards $(ARGS)

bench: $(READY) ## throughput and latency on this machine
	@.venv/bin/bloomfield bench

topics: $(READY) ## create the topics that are missing; ARGS=list and others
	@.venv/bin/bloomfield topics $(or $(ARGS),create)

schemas: $(READY) ## register the Avro schemas; ARGS=render and others
	@.venv/bin/bloomfield schemas $(or $(ARGS),register)

token: $(READY) ## print a staff token for /v1/admin
	@.venv/bin/bloomfield token $(ARGS)

lock: $(READY) ## resolve pyproject.toml anew into ops/requirements.lock
	@.venv/bin/uv pip compile -q --extra dev --generate-hashes --python-version 3.11 --no-header --no-annotate --no-emit-index-url pyproject.toml -o ops/requirements.lock

# The environment, made again only when what it is made from has changed.
$(READY): ops/requirements.lock pyproject.toml
	@PYTHON=$(PYTHON) sh ops/environment.sh && touch $@
