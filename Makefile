# Standfast. `make help` lists what there is; everything runs from one virtual environment in .venv.

.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
JOBS ?= 2
ONCE ?=
ONLY ?=
SCALE ?=
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
CODE := manage.py backoffice suppliers orders customercare tests

.PHONY: help demo test check lint types arch templates migrations security format chaos teeth bench realdata run worker seed lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## Start the whole shop with a declared incident; PORT=8000, ONCE=1 stops after the summary
	$(PY) manage.py demo --port $(PORT) $(if $(ONCE),--once)

test: $(READY) ## Run all tests; ARGS="-k voucher -x", JOBS=2
	$(PY) -m pytest -n $(JOBS) --dist loadscope $(ARGS)

check: $(READY) ## Everything that needs no test run: the six targets below
	@$(MAKE) --no-print-directory -k lint types arch templates migrations security

lint: $(READY) ## Style and likely mistakes (ruff)
	$(PY) -m ruff check $(CODE)
	$(PY) -m ruff format --check $(CODE)

types: $(READY) ## Types (mypy, strict)
	$(PY) -m mypy $(CODE)

arch: $(READY) ## Who may import whom (import-linter)
	$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

templates: $(READY) ## Templates (djlint)
	$(PY) -m djlint --lint --quiet templates

migrations: $(READY) ## No model without its migration, no warning of Django's own checks
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py check --fail-level WARNING

security: $(READY) ## Known dangerous calls (bandit)
	$(PY) -m bandit --quiet --configfile pyproject.toml --recursive --severity-level medium --confidence-level medium backoffice suppliers orders customercare

format: $(READY) ## Format the code
	$(PY) -m ruff check --fix $(CODE)
	$(PY) -m ruff format $(CODE)

chaos: $(READY) ## Kill real processes while messages leave; ONLY=F1,F5; SCALE=small takes 3 minutes at most
	$(PY) -m tests.chaos $(if $(ONLY),--only $(ONLY)) $(if $(SCALE),--scale $(SCALE))

teeth: $(READY) ## Take every guard away, one by one; the tests must notice
	$(PY) -m tests.teeth $(ONLY)

bench: $(READY) ## Measure against the floor of the same machine; ONLY=fanout, SCALE=
	$(PY) -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(SCALE),--scale $(SCALE))

realdata: $(READY) ## Run on the folder of real input
	$(PY) -m tests.realdata

run: $(READY) ## Web server for development
	DEBUG=1 $(PY) manage.py runserver $(PORT)

worker: $(READY) ## Celery worker with beat for development
	@mkdir -p "$${STANDFAST_STATE:-.standfast}"
	$(PY) -m backoffice.embedded run $(PY) -m celery -A backoffice worker --beat --schedule "$${STANDFAST_STATE:-.standfast}/beat" \
		--queues default,deliver --pool threads --concurrency 4 --loglevel INFO

seed: $(READY) ## Migrate and load the seeded shop
	$(PY) manage.py migrate
	$(PY) manage.py seed demo

lock: $(READY) ## Write requirements.lock anew from pyproject.toml
	@$(PY) -m uv --version >/dev/null 2>&1 || $(PY) -m pip install --quiet uv
	$(PY) -m uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --group dev pyproject.toml --output-file requirements.lock

clean: ## Delete the environment, the data of the embedded servers and all caches
	@if [ -x $(PY) ]; then $(PY) -m backoffice.embedded remove; fi
	rm -rf $(VENV) .standfast .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles

# uv is quick when it can be had; pip does the same. Both accept only what the lock's hashes name.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed and '$(PYTHON)' is not: name another one, e.g. make PYTHON=python3.12"; exit 1; }
	@[ -x $(PY) ] || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "'$(PYTHON)' cannot make virtual environments: install your system's python3-venv package."; exit 1; }
	@[ -x $(PY) ] || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements.lock names into $(VENV)"
	@{ $(PY) -m uv --version || $(PY) -m pip install --quiet --disable-pip-version-check uv; } >/dev/null 2>&1 && \
		$(PY) -m uv pip sync --quiet --python $(PY) --require-hashes requirements.lock || \
		$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@
