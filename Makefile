# make sandbox: try the whole bot without a token or a key. make test: the tests. make tour: the story, played by itself.
# make chaos KILLS=200 [SEED=7] [DATABASE=sqlite]: kills the bot at every point, then compares the books.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: sandbox tour demo pictures docs test chaos fuzz mutants lint check clean

.venv/run: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev: .venv/run requirements-dev.txt requirements-postgres.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

sandbox: .venv/run  ## the local Discord, the local Wan and the real bot; prints the page's address
	$(BIN)/python -m sandbox play

tour: .venv/run  ## plays the story and judges it; pictures in tour/
	$(BIN)/python -m sandbox tour

pictures: .venv/dev  ## every card in both languages, into docs/pictures/; CARDS="result gallery" only those
	$(BIN)/python -m tests.pictures $(CARDS)

demo: .venv/dev  ## films a first request in the sandbox's page, into docs/pictures/demo.gif; needs Chromium
	$(BIN)/python -m tests.pictures.demo

docs: .venv/dev  ## writes the tables of docs/settings.md and docs/wan.md again, from the code
	$(BIN)/python -m tests.test_settings_docs
	$(BIN)/python -m tests.test_wan_docs

test: .venv/dev  ## every test
	$(BIN)/python -m pytest -n auto --dist worksteal

chaos: .venv/dev  ## kills at every point there is, on each database, and compares the books
	$(BIN)/python -m tests.chaos --kills $(or $(KILLS),200) $(if $(SEED),--seed $(SEED)) $(if $(DATABASE),--database $(DATABASE))

fuzz: .venv/dev  ## make fuzz [SECONDS=600] [WHAT=decoder] [SEED=7]: throws bent input at each part that reads any
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),600) $(if $(WHAT),--what $(WHAT)) $(if $(SEED),--seed $(SEED))

mutants: .venv/dev  ## make mutants [MUTANTS=200] [SEED=7]: changes one thing at a time in what decides over money and permissions
	$(BIN)/python -m tests.mutants --mutants $(or $(MUTANTS),200) $(if $(SEED),--seed $(SEED))

lint: .venv/dev  ## style, types, who may import whom, the Dockerfile
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

clean:
	rm -rf .venv tour
