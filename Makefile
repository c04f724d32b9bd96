# The two commands are `make run` and `make test`. `make help` lists the rest.
# Variables: PYTHON (the interpreter), PORT, HOST, PLIMSOLL_VAR (data folder), TESTS (what to test, with pytest's options), WORKERS.

SHELL := /bin/sh
PYTHON ?=
TESTS ?=
# One more than there are cores, six at most: a test that waits for a browser or a worker leaves its core idle.
WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((cores < 5 ? cores + 1 : 6)))
export PYTHON

BIN := .venv/bin
SOURCES := accounts benchmarks config courses labs quizzes tests manage.py
PRODUCTION := DEBUG=false SECRET_KEY=checked-but-never-used-0123456789-abcdefghijklmnopqrstuvwxyz-ABC \
	DATABASE_URL=postgres://user:password@database.example.org/plimsoll REDIS_URL=redis://valkey.example.org/0 \
	ALLOWED_HOSTS=plimsoll.example.org

TEMPLATES := git ls-files -z -- 'templates/*.html'

.DEFAULT_GOAL := help
.PHONY: help run test check bench format audit assets watch packages

help:  ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '  make %-9s %s\n' "$$name" "$$what"; done

run:  ## Run the whole site on this machine; Ctrl-C stops it
	@./bootstrap
	@exec $(BIN)/python manage.py dev

test: ## Run every test on real servers (TESTS="tests/labs -k breaker" for some)
	@./bootstrap
	@exec $(BIN)/pytest -n $(WORKERS) --maxprocesses 6 --dist worksteal $(TESTS)

CHECKS := format lint types contracts templates dependencies migrations deployment spelling coverage

check: $(CHECKS:%=check-%) ## What CI checks; each alone too: check-format, -lint, -types, ... (-k shows all failures)

$(CHECKS:%=check-%): packages

check-format:
	$(BIN)/ruff format --check --quiet $(SOURCES) || { $(BIN)/ruff format --check $(SOURCES) 2>&1 | tail -1; exit 1; }

check-lint:
	$(BIN)/ruff check $(SOURCES)

check-types:
	$(BIN)/mypy $(SOURCES)

check-contracts:
	$(BIN)/lint-imports

check-templates:
	@$(TEMPLATES) | xargs -0 --no-run-if-empty $(BIN)/djade --check --target-version 5.2

check-dependencies:
	$(BIN)/deptry .

check-migrations:
	DATABASE_URL= $(BIN)/python manage.py makemigrations --check --dry-run

check-spelling:
	@./bootstrap spelling

check-coverage:
	$(BIN)/python manage.py lessons
	$(BIN)/python manage.py coverage

check-deployment:
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench:  ## Measure what the project promises of speed and memory
	@./bootstrap
	@exec $(BIN)/python -m benchmarks $(BENCHMARKS)

format:  ## Put code and templates into their form
	@./bootstrap packages
	$(BIN)/ruff check --fix-only --quiet $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
	@$(TEMPLATES) | xargs -0 --no-run-if-empty $(BIN)/djade --target-version 5.2 || true  # it says so when it changed something

audit:  ## Ask whether a locked package has a known weakness (needs the network)
	@./bootstrap packages
	$(BIN)/pip-audit --skip-editable

assets: ## Build the browser's scripts and styles
	@./bootstrap

watch:  ## Build them again at every change
	@./bootstrap packages watch

packages: ## Install the Python packages of uv.lock into .venv/
	@./bootstrap packages

