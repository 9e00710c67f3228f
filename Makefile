# One line per chore; `make` alone lists them. Anything that runs Python first makes sure .venv is there.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo train score serve test trial check fix bench peers lock clean

PY := .venv/bin/python
# At most four test processes: each may train a model with two threads.
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n < 4 ? n : 4)))
# A trial begins no test after so many seconds.
TRIAL_SECONDS ?= 21600
CODE := features models service training tests .ci
INSTALL := -m pip install -qq --disable-pip-version-check --no-input --require-hashes
PYTEST := $(PY) -m pytest -q -n $(JOBS) --dist loadscope

help: ## List what can be done here
	@echo "Usage: make <target>. Start with: make demo"; echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## Make .venv with the pinned packages; quick when nothing changed
	@:

.venv/.ready: requirements.lock .ci/setup.sh
	@PYTHON="$(PYTHON)" .ci/setup.sh

demo: setup ## Make a sample company, train, score and serve it on 127.0.0.1 (SERVE=0: end after scoring)
	@$(PY) -m service.demo

train: setup ## Train on a data folder: make train DATA=folder
	@test -n "$(DATA)" || { echo "Which data? make train DATA=folder" >&2; exit 2; }
	@$(PY) -m training train --data "$(DATA)"

score: setup ## Score everyone at risk on a day: make score DATA=folder AS_OF=YYYY-MM-DD [OUT=scores.csv]
	@test -n "$(DATA)" -a -n "$(AS_OF)" || { echo "Which data, which day? make score DATA=folder AS_OF=YYYY-MM-DD" >&2; exit 2; }
	@$(PY) -m service score --data "$(DATA)" --as-of "$(AS_OF)" $(if $(OUT),--out "$(OUT)")

serve: setup ## Serve the API with the model promoted last
	@$(PY) -m service serve

test: setup ## Run every test on small seeded data (what CI runs)
	@$(PYTEST)

trial: setup ## Run the same tests at full size; figures go to .retention/trial/
	@rm -rf .retention/trial && mkdir -p .retention/trial
	@failed=0; RETENTION_TRIAL=1 $(PYTEST) --no-loadscope-reorder --timeout 3600 --session-timeout $(TRIAL_SECONDS) \
	  --junitxml .retention/trial/tests.xml || failed=$$?; \
	$(PY) -m tests.trial .retention/trial; exit $$failed

bench: setup ## Measure speed at full size, one process at a time; figures go to .retention/bench/
	@for bench in tests/bench/bench_*.py; do $(PY) -m tests.bench.$$(basename $$bench .py); done

check: setup ## Lint, format, types, the rooms' import contract, and lock files in step
	@$(PY) -m ruff check $(CODE)
	@$(PY) -m ruff format --check $(CODE)
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) .ci/lock.py --check

fix: setup ## Let ruff mend and format what it can
	@$(PY) -m ruff check --fix $(CODE)
	@$(PY) -m ruff format $(CODE)

peers: setup ## Add what the benches compare with: CatBoost, scikit-survival; MLServer and BentoML beside .venv
	@$(PY) $(INSTALL) -r requirements-bench.lock
	@for peer in mlserver bentoml; do \
	  $(PY) -m venv .retention/peers/$$peer; \
	  .retention/peers/$$peer/bin/python $(INSTALL) -r requirements-$$peer.lock; \
	done

lock: setup ## Resolve the lock files anew from pyproject.toml
	@$(PY) .ci/lock.py --write

clean: ## Remove caches (keeps .venv, data and models)
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
