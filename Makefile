# One command each; the first use installs everything that is locked.
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help run test fuzz proof check format bench bench-bookings lock clean
help:  ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/runtime  ## Start the simulators and the gateway on http://127.0.0.1:8000, ask an example
	.venv/bin/python -m mocks with -- .venv/bin/python -m gateway serve --example gateway/examples/1-front-door.graphql

test: .venv/dev check  ## Run every check and every test
	tests/install-chromium
	tests/install-postgres
	.venv/bin/python -m pytest -n 2

fuzz: .venv/dev  ## Compare compiled operations with graphql-core over many thousands of operations
	HYPOTHESIS_PROFILE=fuzz .venv/bin/python -m pytest -n 2 tests/execution/test_random.py

proof: .venv/dev  ## Prove that no booking is lost or doubled, at full size (an hour), write docs/faults.md
	tests/install-postgres
	.venv/bin/python -m tests.faults sqlite
	.venv/bin/python -m tests.faults postgres
	.venv/bin/python -m tests.faults undone
	.venv/bin/python -m tests.faults race
	.venv/bin/python -m tests.faults page

check: .venv/dev  ## Lint, types, import contracts, the committed schema
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m gateway schema --check

format: .venv/dev  ## Format the code, write schema/schema.graphql
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	.venv/bin/python -m gateway schema --write

bench: .venv/dev  ## Measure the request path beside its rivals, write docs/performance.md
	bench/install-wrk
	.venv/bin/python -m bench

bench-bookings: .venv/dev  ## Measure bookings a second, write docs/bookings-performance.md
	tests/install-postgres
	.venv/bin/python -m bench.bookings

lock:  ## Renew the lock files from pyproject.toml
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	cd tests/interop/ocpi && ../../../.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q --override overrides.txt requirements.in -o requirements.lock

clean:  ## Remove what was installed and made
	rm -rf .venv var build dist node_modules bench/*/node_modules tests/*/node_modules tests/*/*/node_modules

.venv/runtime: requirements.lock
	./install requirements.lock
	@touch $@

.venv/dev: requirements-dev.lock
	./install requirements-dev.lock
	@touch $@ .venv/runtime
