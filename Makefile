# Taskchat on one machine. Needs Python 3.11 or newer, make and the package registries;
# everything else is installed into .venv and node_modules by the first target you run.

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
UV := $(BIN)/uv
UV_VERSION := 0.13.8
LOCK := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help dev doctor test setup check format contract lock clean chromium \
        test-api test-offline-assistant test-providers test-dev-stack test-auth-service test-web test-contract test-faults test-poolers \
        test-e2e test-compose test-real-model test-fuzz fuzz fuzz-turns eval pictures

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev: setup ## set up, start the whole stack, print its URL; Ctrl-C stops it
	@exec $(BIN)/python -m taskchat_dev_stack

doctor: setup ## look at settings, database, keys, model; one line for each thing that stands in the way; ASK_MODEL=1 lets the model call a tool
	@$(BIN)/python -m taskchat_dev_stack.doctor $(if $(ASK_MODEL),--ask-model)

test: check test-contract test-offline-assistant test-api test-providers test-fuzz test-auth-service test-web test-dev-stack test-faults test-poolers test-e2e ## every check and every test
	@echo "make test: all green"

# --- set-up ---------------------------------------------------------------------------------

setup: .venv/.ready node_modules/.ready ## install everything that the other targets need

$(UV):
	@echo "setup: making .venv"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; $(PYTHON) is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv >/dev/null || { rm -rf .venv; \
	  echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)

.venv/.ready: requirements-dev.txt requirements-node.txt api/pyproject.toml packages/dev-stack/pyproject.toml packages/offline-assistant/pyproject.toml scripts/install-python-packages.sh | $(UV)
	@echo "setup: Python packages"
	@sh scripts/install-python-packages.sh
	@touch $@

node_modules/.ready: package-lock.json .npmrc .venv/.ready
	@echo "setup: npm packages"
	@npm ci --loglevel=error
	@touch $@

tests/support/postgres-17/node_modules/.ready: tests/support/postgres-17/package-lock.json .venv/.ready
	@echo "setup: PostgreSQL 17 for the tests of the roles"
	@npm ci --prefix tests/support/postgres-17 --loglevel=error
	@touch $@

lock: | $(UV) ## resolve the dependencies anew and write the lock files (set LOCK_FLAGS=--upgrade for newer ones)
	$(LOCK) $(LOCK_FLAGS) api/pyproject.toml packages/offline-assistant/pyproject.toml -o api/requirements.txt
	$(LOCK) $(LOCK_FLAGS) -c api/requirements.txt api/pyproject.toml packages/dev-stack/pyproject.toml packages/offline-assistant/pyproject.toml requirements-dev.in -o requirements-dev.txt
	$(LOCK) $(LOCK_FLAGS) -c requirements-dev.txt api/requirements-build.in -o api/requirements-build.txt
	$(LOCK) $(LOCK_FLAGS) requirements-node.in -o requirements-node.txt
	npm install --package-lock-only --loglevel=error
	npm install --prefix tests/support/postgres-17 --package-lock-only --loglevel=error

clean: ## remove what set-up and builds made; your data in .data stays
	rm -rf .venv node_modules packages/shared-schema/node_modules tests/support/postgres-17/node_modules web/dist web/.build test-results playwright-report

# --- checks ---------------------------------------------------------------------------------

check: setup ## lint and types of both languages
	@echo "check: Python"
	@$(BIN)/ruff check -q
	@$(BIN)/ruff format -q --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	@echo "check: TypeScript"
	@npx biome ci --error-on-warnings .
	@npm run --workspaces --if-present typecheck --silent

format: setup ## rewrite both languages in the house's format
	@$(BIN)/ruff check -q --fix
	@$(BIN)/ruff format -q
	@npx biome check --write .

contract: setup ## write openapi.json and the TypeScript types anew
	@sh packages/shared-schema/generate.sh

# --- tests ----------------------------------------------------------------------------------

test-contract: setup ## generated files are fresh; a real token fits; the two services work together
	@$(BIN)/pytest tests/contract

test-api: setup ## the api over real HTTP, on a real Postgres, with a scripted model server
	@$(BIN)/pytest api/tests

test-offline-assistant: setup ## what the offline assistant understands, does and answers, and how much work that is
	@$(BIN)/pytest packages/offline-assistant/tests

test-providers: setup ## every case on strict images of the providers people use; prints provider and case as a table
	@$(BIN)/pytest tests/conformance

test-real-model: setup ## against llama.cpp with a small model, LiteLLM and others, for real; no part of make test
	@sh scripts/install-real-model.sh
	@$(BIN)/pytest --timeout 900 -o faulthandler_timeout=0 tests/real_model

test-faults: setup ## a turn cut off at every point: killed processes, killed databases, broken connections
	@$(BIN)/pytest tests/faults

test-poolers: setup ## Postgres over TLS, and through PgBouncer in transaction mode
	@sh scripts/install-poolers.sh
	@$(BIN)/pytest -rs tests/poolers

test-compose: setup ## the containers, for real; needs a Docker engine, and is no part of make test
	@$(BIN)/pytest --timeout 1200 -o faulthandler_timeout=0 tests/compose  # its first test builds the images

test-fuzz: setup ## requests made up from the api's description, always the same ones; none may fail
	@$(BIN)/python tests/fuzz/run.py --seed 1 --examples 15

fuzz: setup ## the same for minutes, other ones each time (to repeat a run: SEED=…; EXAMPLES=300 of each operation)
	@$(BIN)/python tests/fuzz/run.py --examples $(or $(EXAMPLES),300) $(if $(SEED),--seed $(SEED))

fuzz-turns: setup ## messages, failures, crashes and takeovers made up for the whole service, other ones each time (RUNS=2000)
	@TASKCHAT_RUNS=$(or $(RUNS),2000) $(BIN)/pytest api/tests/chat/test_any_run.py -o faulthandler_timeout=0

test-dev-stack: setup tests/support/postgres-17/node_modules/.ready ## the embedded database, the roles, starting and stopping the whole stack
	@sh scripts/install-poolers.sh
	@$(BIN)/pytest -rs packages/dev-stack/tests

test-auth-service: setup ## auth-service as a process, on a real Postgres
	@npm test --workspace auth-service --silent

test-web: setup ## the pages' logic: tokens, messages on their way
	@npm test --workspace web --silent

test-e2e: setup ## journeys in a real Chromium against the real stack
	@npm test --workspace tests/e2e --silent

eval: setup ## 40 task dialogues with the configured model: right lists, needless calls, wrong claims (ONLY=words, ANSWERS=1)
	@PYTHONPATH=tests $(BIN)/python evals/evaluate.py $(if $(ONLY),--only "$(ONLY)") $(if $(ANSWERS),--answers)

pictures: setup ## the README's pictures anew, from the running pages, into docs/images
	@TASKCHAT_PICTURES=1 npm test --workspace tests/e2e --silent
