# `make` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
# uv, else pip: pip is slower, but reads this machine's own configuration of indexes and certificates.
INSTALL = UV_HTTP_TIMEOUT=180 $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes $(2) -r $(1) \
	|| $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(1)

.PHONY: help lock audit sbom pin-images sandbox tour demo pictures docs test chaos fuzz mutants bench bench-compare bench-quick bench-store lint clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 17

# pip installs uv, by the lock's hashes. uv installs all else in a quarter of pip's time.
.venv/uv:
	$(PYTHON) -m venv .venv
	sed -n '/^uv==/,/# via/p' requirements-dev.txt > $@.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $@.txt
	touch $@

# Compiled here: a bot of the tests writes no compiled modules, and would compile them at each start.
.venv/run: .venv/uv requirements.txt
	$(call INSTALL,requirements.txt,--compile-bytecode)
	touch $@

.venv/dev: .venv/run requirements-dev.txt
	$(call INSTALL,requirements-dev.txt)
	touch $@

LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --universal --fork-strategy fewest --python-version 3.11 --custom-compile-command "make lock"
UPGRADED := $(if $(UPGRADE),$(if $(filter 1,$(UPGRADE)),--upgrade,--upgrade-package $(UPGRADE)))

lock: .venv/uv  ## write the locks from requirements*.in; UPGRADE=1 with newer indirect packages, UPGRADE=idna only that one
	$(LOCK) $(UPGRADED) requirements.in -o requirements.txt
	$(LOCK) $(UPGRADED) requirements-postgres.in -c requirements.txt -o requirements-postgres.txt
	$(LOCK) $(UPGRADED) requirements-dev.in -c requirements-postgres.txt -o requirements-dev.txt

PINNED := [a-z/]+:[a-z0-9.-]+@sha256:[0-9a-f]{64}
pin-images:  ## write the newest digest of each container image; needs Docker and its registry
	set -e; for image in $$(grep -hoE '$(PINNED)' Dockerfile compose.yaml); do \
	    digest=$$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' $${image%@*}); \
	    sed -i "s|$$image|$${image%@*}@$$digest|" Dockerfile compose.yaml; \
	done

audit: .venv/dev  ## ask the index for known vulnerabilities in the locked packages
	$(BIN)/python .ci/audit.py

SBOM ?= sbom.json
sbom: .venv/dev  ## list the packages of the container with their hashes, in CycloneDX's format, into sbom.json
	$(BIN)/cyclonedx-py requirements --output-reproducible --output-file $(SBOM) requirements-postgres.txt

sandbox: .venv/run  ## start the bot with a local Discord and a local Wan; print the page's address
	$(BIN)/python -m sandbox play

tour: .venv/run  ## play one request after another by itself and judge the results; images in tour/
	$(BIN)/python -m sandbox tour

pictures: .venv/dev  ## take an image of every card in both languages, into docs/pictures/; CARDS="result gallery" only those
	$(BIN)/python -m tests.pictures $(CARDS)

demo: .venv/dev  ## film a first request in the sandbox's page, into docs/pictures/demo.gif; needs Chromium
	$(BIN)/python -m tests.pictures.demo

docs: .venv/dev  ## write the tables of docs/architecture.md, metrics.md, models.md, operating.md, settings.md and wan.md again
	$(BIN)/python -m tests.test_architecture
	$(BIN)/python -m tests.test_settings_docs
	$(BIN)/python -m tests.test_wan_docs
	$(BIN)/python -m tests.test_models_docs
	$(BIN)/python -m tests.test_metrics_docs
	$(BIN)/python -m tests.test_operating_docs

test: .venv/dev  ## run the tests; TESTS=tests/cogs only those
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist worksteal -m "not alone" $(TESTS)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m alone $(TESTS)

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

bench-quick: .venv/dev  ## measure a few ratios in a quarter of a minute, and fail where one has doubled
	$(BIN)/python -m benchmarks.quick

bench-store: .venv/dev  ## measure each step of a job beside 1,000 to a million old jobs, on both databases, in about an hour
	$(BIN)/python -m benchmarks.store $(if $(SIZES),--sizes $(SIZES),--write)
	$(BIN)/python -m benchmarks.store --postgresql $(if $(SIZES),--sizes $(SIZES),--write)

lint: .venv/dev  ## check style, types, imports, and the files for Docker and GitHub
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

clean:  ## remove the environment and the tour's images
	rm -rf .venv tour
