# Everything a newcomer types. `make` alone lists it.
# One lock for users and one for developers; both are made from pyproject.toml by `make lock`.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST := $(BIN)/python -m pytest -q -n 2
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links --extra build

.DEFAULT_GOAL := help
.PHONY: help demo test test-services test-faults test-bluesky bench chaos lint format lock schemas docs wheel clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 26

demo: $(VENV)/.runtime ## watch one campaign go wrong and be corrected
	@$(BIN)/mowj demo

test: $(VENV)/.dev ## run the embedded tests, a few minutes
	@$(PYTEST) && echo "make test: passed"

test-services: $(VENV)/.dev ## run the tests that need or kill real services and processes, some minutes more
	@$(BIN)/python deploy/services.py run -- $(PYTEST) -m "slow_crash or services" && echo "make test-services: passed"

test-faults: $(VENV)/.dev ## run the long tests of broken links, frozen executors, full disks and secured brokers, ten minutes
	@$(BIN)/python deploy/services.py run postgres kafka rabbitmq redis toxiproxy -- $(PYTEST) -m faults && echo "make test-faults: passed"

test-bluesky: $(VENV)/.dev ## run the tests against a real Bluesky network of this machine's own; installs it once, by npm
	@$(BIN)/python deploy/services.py run bluesky -- $(PYTEST) -m bluesky && echo "make test-bluesky: passed"

bench: $(VENV)/.dev .run/bench/faststream/.installed ## measure speed beside raw clients; writes docs/benchmarks.md, some ten minutes
	@$(BIN)/python deploy/services.py run postgres kafka bluesky -- env OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.outgrown.report

chaos: $(VENV)/.dev ## kill everything under an outgrown Mowj, for half an hour; writes docs/reliability.md (CHAOS="--keyless --seed 7")
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.chaos --write $(CHAOS)

.run/bench/faststream/.installed:
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check --quiet install "faststream[confluent]>=0.7,<0.8" "pydantic>=2.11,<3" tzdata
	@touch $@

lint: $(VENV)/.dev ## check style, types and the import arrows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/.dev ## pin all dependencies with hashes, from pyproject.toml
	@$(PIP) install uv
	@$(COMPILE) --output-file locks/runtime.txt
	@$(COMPILE) --extra dev --extra outgrown --extra bluesky --extra email --output-file locks/dev.txt

schemas: $(VENV)/.dev ## pin the events' JSON Schemas anew after a compatible change
	@$(BIN)/python -m events.compatibility tests/schemas

docs: $(VENV)/.dev ## write the generated pages and the picture of the demo
	@$(BIN)/python -m events.reference docs/events.md
	@$(BIN)/python -m workers.views.loop_page docs/loop.md
	@$(BIN)/mowj demo --json --svg docs/demo.svg >/dev/null

wheel: $(VENV)/.dev ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation

clean: ## remove the environment, caches and build results
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: an environment is installed once per lock and pyproject. The developer's holds all that the user's does.
$(VENV)/.runtime: locks/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing Mowj into $(VENV) (once)"
	@$(PIP) install --require-hashes --requirement locks/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: locks/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing Mowj and its tests' tools into $(VENV) (once)"
	@$(PIP) install --require-hashes --requirement locks/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.runtime

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Mowj needs Python 3.11 or newer; install it, e.g. apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment; install its venv module, e.g. apt install python3-venv"; exit 1; }
