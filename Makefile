# Every command sets up what it needs: a venv from hash-locked requirements. See `make help`.
VENV ?= .venv
# The code under test is read thousands of times: let Python cache what it compiles, whatever the machine's default is.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help test demo demo-loop check lint format types layers schemas setup setup-base lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1|/' | column -t -s '|'

# A file stays with one worker, so that an import of seconds or a table is made once (xdist's groups have no effect with
# pytest 9.2). A worker that hangs says where and goes; none takes its place, for then xdist would wait for ever.
test: setup ## run the unit suite (ARGS="-k name" chooses; GOLDEN=write rewrites golden files)
	@$(VENV)/bin/pytest -n auto --maxprocesses 8 --dist loadfile --max-worker-restart 0 -o faulthandler_timeout=240 \
		-m "not slow" $(ARGS)

demo: setup-base ## run the main job on the example application (HEAD=unchanged: a pull request that breaks nothing)
	@$(VENV)/bin/python examples/demo.py $(if $(HEAD),--head $(HEAD))

demo-loop: setup ## the whole loop on the example application: complaints, a ranked list, fixtures, a gated fix, and does it hold?
	@$(VENV)/bin/python examples/demo_loop.py

check: lint format types layers schemas ## lint, format, types, layers and schemas, without changing a file

lint: setup ## ruff's rules
	$(VENV)/bin/ruff check .

format: setup ## is every file formatted? (`.venv/bin/ruff format` formats)
	$(VENV)/bin/ruff format --check .

types: setup ## mypy --strict
	$(VENV)/bin/mypy

layers: setup ## import-linter: layers point one way
	$(VENV)/bin/lint-imports

schemas: setup ## do schemas/ say what the code says?
	$(VENV)/bin/python -m gate_action.schemas --check

setup: ## everything that developing needs, in VENV (default .venv)
	@sh .ci/venv $(VENV) dev

setup-base: # what the gate itself needs, without extras; nothing to do where `setup` ran
	@sh .ci/venv $(VENV) base

lock: ## resolve the locks anew (needs uv; UPGRADE=--upgrade moves every pin)
	@sh .ci/lock $(UPGRADE)

clean: ## remove the venvs and everything generated
	@rm -rf .venv .venv-tools .venv-phoenix .venv-mlflow .venv-clients .gate build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
