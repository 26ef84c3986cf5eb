# The two commands are `make run` and `make test`; `make` alone lists them all.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?= 8000
SANDBOX_PORT ?= 8001
ARGS ?=
# Browsers and real processes mostly wait for one another: two tests for each core keep it busy.
TESTERS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))

BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq
BABEL := $(BIN)/pybabel --quiet
TRANSLATIONS := portal/translations
CLIENTS := tests/clients/node_modules/.installed
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard $(TRANSLATIONS)/*/LC_MESSAGES/messages.po))

.PHONY: help run test check check-format check-lint check-types check-floors check-audit
.PHONY: bench screenshots translations clean

help:
	@echo 'make run           portal, operators'"'"' sandbox and worker, with a demo merchant, until Ctrl-C'
	@echo 'make test          the whole test suite (ARGS="tests/payments -x" hands on to pytest)'
	@echo 'make check         format, lint, types, floors, dependency audit'
	@echo 'make bench         the speed table'
	@echo 'make screenshots   a picture of every page'
	@echo 'make translations  bring the catalogues up to date with the texts'
	@echo 'make clean         remove what the Makefile installed and built; instance/ stays'

# ---- run

# $(call refuse-if-taken,port,variable): said before anything is started, so that nothing has to be undone.
define refuse-if-taken
	@if (exec 3<>/dev/tcp/127.0.0.1/$(1)) 2>/dev/null; then \
		echo 'Port $(1) is taken by another program; choose another one: make run $(2)=<port>' >&2; exit 1; fi
endef

# $(call answers,port): true once HTTP is spoken there.
answers = (exec 3<>/dev/tcp/127.0.0.1/$(1) && printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3 \
	&& IFS= read -r -t 5 line <&3 && [[ $$line == HTTP/* ]]) 2>/dev/null

run: export PORTAL_ENV ?= development
run: export PUBLIC_URL ?= http://127.0.0.1:$(PORT)
run: export PORTAL_URL ?= $(PUBLIC_URL)
run: export SANDBOX_URL ?= http://127.0.0.1:$(SANDBOX_PORT)
run: export WEBHOOKS_ALLOW_PRIVATE ?= 1
run: export SANDBOX_PORT := $(SANDBOX_PORT)
# Procfile commands are found in the virtual environment without activating it.
run: export PATH := $(CURDIR)/$(BIN):$(PATH)

# honcho gives its first process the port of -p, and reads no .env here: the application does that itself, and
# leaves the last word to the environment. The demo's text waits in a process of its own until both sites answer;
# honcho takes the place of the shell, so that make's SIGTERM reaches it.
run: .venv/.run $(CATALOGUES)
	$(call refuse-if-taken,$(PORT),PORT)
	$(call refuse-if-taken,$(SANDBOX_PORT),SANDBOX_PORT)
	@mkdir -p instance
	@$(FLASK) db upgrade
	@demo=$$($(FLASK) demo); \
	( ( for _ in {1..150}; do \
		kill -0 $$$$ 2>/dev/null || exit 0; \
		if $(call answers,$(PORT)) && $(call answers,$(SANDBOX_PORT)); then \
			printf '\n%s\n\nReady. Ctrl-C stops everything.\n\n' "$$demo"; exit 0; fi; \
		sleep 0.2; done; \
		echo 'The portal or the sandbox does not answer; the lines above say why.' >&2 ) & ); \
	exec $(BIN)/honcho --env /dev/null start --port $(PORT)

# ---- test and check

test: .venv/.dev $(CATALOGUES) $(CLIENTS)
	@$(BIN)/python -m pytest --numprocesses=$(TESTERS) --dist=loadgroup $(ARGS)

check: check-format check-lint check-types check-floors check-audit

check-format: .venv/.dev
	@$(BIN)/ruff format --check

check-lint: .venv/.dev
	@$(BIN)/ruff check

check-types: .venv/.dev
	@$(BIN)/mypy

check-floors: .venv/.dev
	@$(BIN)/lint-imports --no-logo --no-cache

check-audit: .venv/.dev
	@$(BIN)/python .ci/audit

bench: .venv/.dev $(CATALOGUES)
	@$(BIN)/python -m tests.bench $(ARGS)

screenshots: .venv/.dev $(CATALOGUES)
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

# ---- translations: French stands in the code, English in the catalogue

translations: .venv/.run
	@$(BABEL) extract --mapping-file=$(TRANSLATIONS)/babel.cfg --keywords='_l lazy_gettext N_' --no-wrap \
		--add-location=file --sort-by-file --project=Cross --output-file=$(TRANSLATIONS)/messages.pot .
	@for language in en; do \
		$(BABEL) update --init-missing --no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date \
			--input-file=$(TRANSLATIONS)/messages.pot --output-dir=$(TRANSLATIONS) --locale=$$language; done
	@$(MAKE) --no-print-directory catalogues

.PHONY: catalogues
catalogues: $(CATALOGUES)

%.mo: %.po | .venv/.run
	@$(BABEL) compile --input-file=$< --output-file=$@

# ---- the virtual environment; a stamp says what is installed in it

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Cross needs Python 3.11 or newer, and $(PYTHON) is not; say where one is: make run PYTHON=python3.13' >&2; \
		exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.run: requirements.txt | $(BIN)/python
	@echo 'Installing what the portal needs (once, about a minute) ...'
	@$(PIP) --requirement requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.run
	@echo 'Installing what the tests and checks need (once, about a minute) ...'
	@$(PIP) --requirement requirements-dev.txt
	@touch $@

# Public clients of operators, from npm: the tests that run them are skipped, and say so, where there is no Node.js.
$(CLIENTS): tests/clients/package.json tests/clients/package-lock.json
	@if ! command -v node >/dev/null || ! command -v npm >/dev/null; then \
		echo 'Node.js and npm are not installed: the tests that run a public npm client will be skipped.'; \
	elif (cd $(dir $(@D)) && npm ci --ignore-scripts --fetch-retries=1 --no-audit --no-fund --loglevel=error >/dev/null); then \
		touch $@; \
	else \
		echo 'npm could not install the public npm clients: the tests that run one will be skipped.'; fi

clean:
	@rm -rf tests/clients/node_modules
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find portal tests migrations -name __pycache__ -prune -exec rm -rf {} +
	@find $(TRANSLATIONS) \( -name '*.mo' -o -name '*.pot' \) -delete
