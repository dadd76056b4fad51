# Every habit is a verb. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help run chat test check lint format types imports fmt bench studio lock settings-doc clean
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
# A tool's own module is run by this folder's Python, so that the checkout's packages come first on the path.

help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## Start Avery on http://127.0.0.1:8000 (installs what it needs the first time)
	@exec $(PY) -m api.cli serve

chat: $(VENV)/run.stamp ## Talk with Avery in this terminal
	@exec $(PY) -m api.cli chat

test: $(VENV)/dev.stamp ## Run every test that can run here
	$(PY) -m pytest $(ARGS)

check: lint format types imports ## Lint, format, types, and which package may import which (-k: all findings)

lint: $(VENV)/dev.stamp
	$(VENV)/bin/ruff check .

format: $(VENV)/dev.stamp
	$(VENV)/bin/ruff format --check .

types: $(VENV)/dev.stamp
	$(PY) -m mypy

imports: $(VENV)/dev.stamp
	$(PY) -c "from importlinter.cli import lint_imports_command as lint; lint(['--no-logo'])"

fmt: $(VENV)/dev.stamp ## Format, and mend what ruff can mend
	$(VENV)/bin/ruff check --fix-only --quiet .
	$(VENV)/bin/ruff format .

bench: $(VENV)/dev.stamp ## Measure a turn's cost, the latency, and an idle socket's memory
	$(PY) -m tests.bench $(ARGS)

studio: $(VENV)/dev.stamp ## Open the graph in LangGraph's studio (needs no key)
	LANGGRAPH_CLI_NO_ANALYTICS=1 $(VENV)/bin/langgraph dev $(ARGS)

settings-doc: $(VENV)/dev.stamp ## Write docs/settings.md's table anew from avery/settings.py
	$(PY) -m tests.architecture.settings_table

lock: $(VENV)/dev.stamp ## Resolve the dependencies anew and lock them with hashes
	$(VENV)/bin/uv pip compile --quiet --upgrade $(LOCK) --group build pyproject.toml -o requirements.lock
	$(VENV)/bin/uv pip compile --quiet --upgrade $(LOCK) --group build --group dev -c requirements.lock \
		pyproject.toml -o requirements-dev.lock

LOCK := --universal --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock"

clean: ## Remove the virtual environment and caches; .avery/ (your data) stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis avery.egg-info

# Installing ----------------------------------------------------------------------------------------------------------
# A stamp is newer than its lock once everything in the lock is installed: a second start runs no pip.

$(PY):
	@for python in python3.13 python3.12 python3.11 python3.14 python3 python; do \
		if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; then \
			if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then lame=$$python; continue; fi; \
			echo "Making $(VENV) with $$($$python --version) …"; \
			$$python -m venv --clear $(VENV) && exit 0; \
			rm -rf $(VENV); exit 1; \
		fi; \
	done; \
	if [ -n "$$lame" ]; then \
		echo "$$lame is there, but without its venv module. On Debian and Ubuntu: apt install $$lame-venv" >&2; \
	else \
		echo "Avery needs Python 3.11, 3.12, 3.13 or 3.14, and none is on the PATH. Get one from python.org, or:" >&2; \
		echo "  Debian, Ubuntu: apt install python3 python3-venv    macOS: brew install python@3.13" >&2; \
	fi; exit 1

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(PY)
	@echo "Installing what Avery needs (a minute, the first time) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(PY)
	@echo "Installing what Avery and her tests need …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(VENV)/run.stamp $@
