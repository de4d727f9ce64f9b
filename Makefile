# Taskchat on one machine. Needs Python 3.11 or newer, make and the package registries. `make dev` installs what it runs
# into .venv and node_modules; the other targets also install the tools and the test tools.
# Arguments for pytest: make test-api ARGS="-k tasks", make test-api ARGS="--durations=30".
# Another Python: make PYTHON=python3.12.

BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
SETUP := sh scripts/setup.sh
OURS := api/pyproject.toml packages/dev-stack/pyproject.toml packages/offline-assistant/pyproject.toml
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock"

# Read and write UTF-8 in every locale.
export PYTHONUTF8 := 1
# What a shell has set for other projects would change what is installed, where, and how programs start. Where packages
# and passwords come from, and how to reach the registries, remains as it is.
FOREIGN := PYTHON[A-Z]+|PIP_.*|UV_.*|NPM_CONFIG_.*|PG[A-Z]+|GIT_[A-Z_]+|CONDA_.*|VIRTUAL_ENV.*|NODE_ENV|NODE_PATH|CDPATH|BASH_ENV|ENV
KEPT := PYTHON(UTF8|DONTWRITEBYTECODE|UNBUFFERED|PYCACHEPREFIX|FAULTHANDLER|BREAKPOINT)|PGPASS(WORD|FILE)|GIT_SSH.*|(PIP|UV|NPM_CONFIG)_(.*(INDEX|REGISTRY|PROXY|CERT|CACHE|TLS|TIMEOUT|RETR|CONFIG|AUTH|PASSWORD|OFFLINE|KEYRING|CREDENTIALS).*|FIND_LINKS|TRUSTED_HOST|INSECURE_HOST|CA|CAFILE|KEY|STRICT_SSL|FETCH_.*|MAXSOCKETS|LINK_MODE|CONCURRENT_.*)
unexport $(shell env | sed -nE 's/^([A-Za-z0-9_]+)=.*/\1/p' | grep -iE '^($(FOREIGN))$$' | grep -viE '^($(KEPT))$$')
ifneq ($(shell test -d "$${TMPDIR:-/}" || echo missing),)
unexport TMPDIR
endif

JOBS ?= $(shell nproc 2>/dev/null || echo 2)
WORKERS ?= 2
# The longest first.
PARTS := test-api test-dev-stack test-e2e test-auth-service test-poolers test-providers test-faults test-contract test-fuzz test-load check test-offline-assistant test-web

.DEFAULT_GOAL := help
.PHONY: help dev doctor test setup setup-dev check format migration contract release lock clean \
        test-api test-offline-assistant test-providers test-dev-stack test-auth-service test-web test-contract test-faults test-poolers test-load \
        test-e2e test-webkit lighthouse frames test-compose test-real-model test-fuzz fuzz fuzz-turns mutants bench bench-large bench-profile bench-replicas soak eval pictures

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-23s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev: setup-dev ## start the whole stack and print its URL; Ctrl-C stops it
	@exec $(BIN)/python -m taskchat_dev_stack

# Many shells export MAIL, their user's mailbox, so only the command line's counts.
doctor: setup-dev ## check settings, database, keys, mail and model; ASK_MODEL=1 lets the model call a tool, MAIL=you@example.com sends a test mail
	@$(BIN)/python -m taskchat_dev_stack.doctor $(if $(ASK_MODEL),--ask-model) $(if $(findstring command line,$(origin MAIL)),"--mail=$(MAIL)")

test: setup ## every check and every test, JOBS parts at a time; each part's output appears when it ends
	@sh scripts/install-poolers.sh
	@$(MAKE) --no-print-directory --jobs=$(JOBS) --output-sync=target --keep-going $(PARTS)
	@echo "make test: all green"

# --- set-up ---------------------------------------------------------------------------------

setup: ## install everything that the targets need; each of them does so too
	@$(SETUP) test "$(PYTHON)"

setup-dev: ## install what runs Taskchat, without the tools and the test tools
	@$(SETUP) dev "$(PYTHON)"

lock: setup-dev ## resolve the dependencies and write the lock files (LOCK_FLAGS=--upgrade for newer versions)
	$(LOCK) $(LOCK_FLAGS) api/pyproject.toml packages/offline-assistant/pyproject.toml -o api/requirements.txt
	$(LOCK) $(LOCK_FLAGS) -c api/requirements.txt $(OURS) requirements.in -o requirements.txt
	$(LOCK) $(LOCK_FLAGS) -c requirements.txt $(OURS) requirements.in requirements-dev.in -o requirements-dev.txt
	$(LOCK) $(LOCK_FLAGS) -c requirements-dev.txt api/requirements-build.in -o api/requirements-build.txt
	$(LOCK) $(LOCK_FLAGS) requirements-node.in -o requirements-node.txt
	npm install --package-lock-only --loglevel=error
	npm install --prefix tests/support/postgres-17 --package-lock-only --loglevel=error
	npm install --prefix tests/mutants --package-lock-only --loglevel=error
	npm install --prefix tests/e2e/lighthouse --package-lock-only --loglevel=error

clean: ## remove what setup and builds created; keeps your data in .data
	rm -rf .venv node_modules auth-service/node_modules web/node_modules packages/shared-schema/node_modules tests/support/postgres-17/node_modules tests/mutants/node_modules tests/mutants/.work tests/e2e/lighthouse/node_modules web/dist web/.build test-results playwright-report

# --- checks ---------------------------------------------------------------------------------

check: setup ## lint, formatting and types of both languages
	@echo "check: Python"
	@$(BIN)/ruff check -q
	@$(BIN)/ruff format -q --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	@echo "check: TypeScript"
	@npx biome ci --error-on-warnings .
	@npm run --workspaces --if-present typecheck --silent

format: setup ## format both languages and fix what the linters can fix
	@$(BIN)/ruff check -q --fix-only
	@$(BIN)/ruff format -q
	@npx biome check --write --linter-enabled=false .

migration: setup ## a migration for a change to the models: make migration m="add due date"
	@PYTHONPATH=tests $(BIN)/python scripts/make_migration.py "$(m)"

contract: setup ## regenerate openapi.json and the TypeScript types
	@sh packages/shared-schema/generate.sh

release: setup ## prepare a release of what CHANGELOG.md lists under "Unreleased": make release v=0.2.0
	@PYTHONPATH=tests $(BIN)/python scripts/make_release.py "$(v)"
	@$(MAKE) --no-print-directory contract
	@echo "Prepared $(v). The remaining steps are in CONTRIBUTING.md, \"Release\"."

# --- tests ----------------------------------------------------------------------------------

test-contract: setup ## fresh generated files, real tokens, both services together
	@$(BIN)/pytest tests/contract $(ARGS)

test-api: setup ## the api over real HTTP, on a real Postgres, with a scripted model server
	@$(BIN)/pytest -n $(WORKERS) api/tests $(ARGS)

test-offline-assistant: setup ## the sentences and dialogues that the offline assistant understands, and its CPU time
	@$(BIN)/pytest packages/offline-assistant/tests $(ARGS)

test-providers: setup ## every case on a strict server for each model provider; prints a table
	@$(BIN)/pytest tests/conformance $(ARGS)

test-real-model: setup ## against real code: llama.cpp with a small model, LiteLLM and others; not part of make test
	@sh scripts/install-real-model.sh
	@$(BIN)/pytest --timeout 900 -o faulthandler_timeout=0 tests/real_model $(ARGS)

test-faults: setup ## turns interrupted at every point: killed processes and databases, broken connections
	@$(BIN)/pytest tests/faults $(ARGS)

test-poolers: setup ## Postgres over TLS, and through PgBouncer in transaction mode
	@sh scripts/install-poolers.sh
	@$(BIN)/pytest -rs tests/poolers $(ARGS)

test-compose: setup ## the containers; needs a Docker engine; not part of make test
	@$(BIN)/pytest -n 2 --dist loadfile --timeout 1200 -o faulthandler_timeout=0 tests/compose $(ARGS)  # each process has its own stack, and builds the images

test-fuzz: setup ## a fixed set of requests generated from the api's OpenAPI document
	@$(BIN)/python tests/fuzz/run.py --seed 1 --examples 15

fuzz: setup ## other requests each time, for minutes (SEED=7 repeats a run; EXAMPLES=300 per operation)
	@$(BIN)/python tests/fuzz/run.py --examples $(or $(EXAMPLES),300) $(if $(SEED),--seed $(SEED))

fuzz-turns: setup ## random messages, failures, crashes and takeovers (RUNS=2000)
	@TASKCHAT_RUNS=$(or $(RUNS),2000) $(BIN)/pytest api/tests/chat/test_any_run.py -o faulthandler_timeout=0

mutants: setup ## change the code one place at a time and count what no test notices; hours (ONLY=chat/history, ONLY=outbox)
	@$(SETUP) tests/mutants
	@PYTHONPATH=tests $(BIN)/python tests/mutants/run.py "$(ONLY)"

test-load: setup ## whether the benchmark still runs, and its arithmetic
	@$(BIN)/pytest tests/load $(ARGS)

test-dev-stack: setup ## the embedded database, the roles, starting and stopping the stack
	@$(SETUP) tests/support/postgres-17
	@sh scripts/install-poolers.sh
	@$(BIN)/pytest -rs packages/dev-stack/tests $(ARGS)

test-auth-service: setup ## auth-service as a process, on a real Postgres
	@npm test --workspace auth-service --silent

test-web: setup ## the pages' logic: tokens, outbox, drafts
	@npm test --workspace web --silent

test-e2e: setup ## journeys in a real Chromium against the real stack
	@npm test --workspace tests/e2e --silent

test-webkit: setup ## the pages in a real WebKit; not part of make test
	@sh scripts/install-webkit.sh
	@TASKCHAT_TESTS=webkit npm test --workspace tests/e2e --silent -- --workers 1

lighthouse: setup ## Lighthouse's scores for sign-in and the chat on a phone; not part of make test (RUNS=3, FLAGS=...)
	@$(SETUP) tests/e2e/lighthouse
	@RUNS=$(or $(RUNS),3) FLAGS="$(FLAGS)" node tests/e2e/lighthouse/run.ts

frames: setup ## frames a second while a thousand tasks and a thousand messages scroll; not part of make test
	@TASKCHAT_TESTS=frames npm test --workspace tests/e2e --silent -- --workers 1

bench: setup ## measure the api against its limits and the usual way; writes docs/benchmarks (ARGS="--only 'ours, 20.*'", ARGS="--parts waits")
	@PYTHONPATH=tests $(BIN)/python -m load.run $(ARGS)

bench-profile: setup ## print where the time of a turn goes (ARGS="usual --messages 100 --calls 3")
	@PYTHONPATH=tests $(BIN)/python -m load.profile $(ARGS)

bench-replicas: setup ## drive 1 and 3 api replicas in containers until something gives; needs a Docker engine; writes docs/benchmarks (ARGS="--clients 2 4 8 --seconds 3")
	@PYTHONPATH=tests $(BIN)/python -m load.replicas $(ARGS)

soak: setup ## watch memory and latency at half of the api's capacity; writes docs/benchmarks (MINUTES=15)
	@PYTHONPATH=tests $(BIN)/python -m load.soak --minutes $(or $(MINUTES),15) $(ARGS)

eval: setup ## 46 task dialogues with the configured model (ONLY=words, ANSWERS=1)
	@PYTHONPATH=tests $(BIN)/python evals/evaluate.py $(if $(ONLY),--only "$(ONLY)") $(if $(ANSWERS),--answers)

pictures: setup ## retake the README's pictures, into docs/images
	@TASKCHAT_TESTS=pictures npm test --workspace tests/e2e --silent

bench-large: setup ## how much slower a large database is: 20 million messages, 18 GB of disk (SIZE=0.01 shrinks, DATA=folder keeps it)
	@PYTHONPATH=tests nice -n 10 $(BIN)/python -m load.large --size $(or $(SIZE),1) $(if $(DATA),--data "$(DATA)") $(if $(PLANS),--plans "$(PLANS)") $(ARGS)
