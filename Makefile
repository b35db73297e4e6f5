# Every line is a thin call of the `yuebao` command; the environment is made on first use.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PERIOD ?= latest
AUDIT  := benchmarks/audit
export GX_ANALYTICS_ENABLED = false
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help book month check serve publish rollback test audit clean lock

help:            ## say what can be made
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 20

book: $(VENV)/ready            ## build the latest edition into _build/html
	@$(BIN)/yuebao build

month: $(VENV)/ready           ## build the edition of PERIOD=YYYY-MM
	@$(BIN)/yuebao build --period $(PERIOD)

check: $(VENV)/ready           ## check the data only, with Great Expectations' Data Docs
	@$(BIN)/yuebao check --period $(PERIOD) --docs

serve: $(VENV)/ready           ## read the built site at http://127.0.0.1:8000/
	@$(BIN)/yuebao serve

publish: $(VENV)/ready         ## put the built edition on the web root DEST=folder, in one step
	@$(BIN)/yuebao publish $(DEST) --period $(PERIOD)

rollback: $(VENV)/ready        ## bring back what was on the web root DEST=folder before
	@$(BIN)/yuebao rollback $(DEST)

test: $(VENV)/ready-test       ## run all the tests, the linter and the type checker
	@$(BIN)/python -m pytest

audit: book $(AUDIT)/node_modules/.package-lock.json    ## Lighthouse and axe on the built pages; fails outside the budget
	@$(BIN)/python $(AUDIT)/audit.py $(ARGS)

clean:           ## remove everything made but the environment
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache

lock: $(VENV)/ready-test       ## resolve the dependencies again (needs the network)
	@$(BIN)/python -m pip install --quiet uv
	@for part in "" test; do \
	  $(BIN)/uv pip compile pyproject.toml $${part:+--extra $$part} --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet \
	    --output-file requirements$${part:+-$$part}.lock; done

$(AUDIT)/node_modules/.package-lock.json: $(AUDIT)/package-lock.json
	@command -v npm >/dev/null || { echo "the audit needs Node.js 20 or later and npm: apt-get install nodejs npm" >&2; exit 1; }
	npm ci --prefix $(AUDIT) --ignore-scripts --silent
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/ready-test: requirements-test.lock $(VENV)/ready
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-test.lock
	@touch $@
