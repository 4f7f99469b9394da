# `make` lists the targets.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help sandbox tour demo pictures docs test chaos fuzz mutants bench bench-compare bench-quick bench-store lint clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 17

.venv/run: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev: .venv/run requirements-dev.txt requirements-postgres.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

sandbox: .venv/run  ## start the bot with a local Discord and a local Wan; print the page's address
	$(BIN)/python -m sandbox play

tour: .venv/run  ## play one request after another by itself and judge the results; images in tour/
	$(BIN)/python -m sandbox tour

pictures: .venv/dev  ## take an image of every card in both languages, into docs/pictures/; CARDS="result gallery" only those
	$(BIN)/python -m tests.pictures $(CARDS)

demo: .venv/dev  ## film a first request in the sandbox's page, into docs/pictures/demo.gif; needs Chromium
	$(BIN)/python -m tests.pictures.demo

docs: .venv/dev  ## write the tables of docs/architecture.md, docs/settings.md and docs/wan.md again, from the code
	$(BIN)/python -m tests.test_architecture
	$(BIN)/python -m tests.test_settings_docs
	$(BIN)/python -m tests.test_wan_docs

test: .venv/dev  ## run the tests; TESTS=tests/cogs only those
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist worksteal $(TESTS)

chaos: .venv/dev  ## kill the bot at every point, on each database, and compare members' views with the ledger; KILLS=200 SEED=7 DATABASE=sqlite
	$(BIN)/python -m tests.chaos --kills $(or $(KILLS),200) $(if $(SEED),--seed $(SEED)) $(if $(DATABASE),--database $(DATABASE))

fuzz: .venv/dev  ## feed malformed input to each part that reads input; SECONDS=600 WHAT=decoder SEED=7
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),600) $(if $(WHAT),--what $(WHAT)) $(if $(SEED),--seed $(SEED))

mutants: .venv/dev  ## change one thing at a time in the code for money and permissions, and count what the tests notice; MUTANTS=200 SEED=7
	$(BIN)/python -m tests.mutants --mutants $(or $(MUTANTS),200) $(if $(SEED),--seed $(SEED))

bench: .venv/dev  ## measure the bot against the smallest possible bot, in 10 minutes, into docs/benchmarks.md; ONLY=ack,cpu_30 only those
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY),--write)

bench-compare: .venv/dev  ## measure the bot of another commit beside this one; REF=main ONLY=ack,cpu_30
	$(BIN)/python -m benchmarks --against $(REF) $(if $(ONLY),--only $(ONLY))

bench-quick: .venv/dev  ## measure a few ratios in half a minute, and fail where one has doubled
	$(BIN)/python -m benchmarks.quick

bench-store: .venv/dev  ## measure each step of a job beside 1,000 to a million old jobs, on both databases, in about an hour
	$(BIN)/python -m benchmarks.store $(if $(SIZES),--sizes $(SIZES),--write)
	$(BIN)/python -m benchmarks.store --postgresql $(if $(SIZES),--sizes $(SIZES),--write)

lint: .venv/dev  ## check style, types, imports and the Dockerfile
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

clean:  ## remove the environment and the tour's images
	rm -rf .venv tour
