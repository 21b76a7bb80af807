# Seatwise. `make help` lists the targets. All of them run on a machine that has Python 3.11, make and git.

SHELL := /bin/bash
.SHELLFLAGS := -o errexit -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
DEMO := landing/.seatwise-demo
# Only for machines without uv; what it installs is pinned by requirements.lock.
UV := uv==0.13.9

# How a run is pointed at data. What is unset or blank stays unset: scripts/settings.py knows the defaults.
SETTINGS := SEATWISE_LANDING SEATWISE_AS_OF SEATWISE_WAREHOUSE SEATWISE_MEMORY_LIMIT SEATWISE_THREADS \
	SEATWISE_REPORTING_CURRENCY SEATWISE_PUBLISH_TO
$(foreach name,$(SETTINGS),$(if $($(name)),$(eval export $(name)),$(eval unexport $(name))))

# What dbt's own variables say is meant for another project; DBT_TARGET_PATH, where it leaves its files, does no harm.
$(foreach name,$(filter-out DBT_TARGET_PATH,$(filter DBT_%,$(.VARIABLES))),$(eval unexport $(name)))

# Tests always run on the demo, on its fixed date, away from the warehouse that readers have open and from what
# `make publish` reads of the last build.
ON_DEMO := env -u SEATWISE_LANDING -u SEATWISE_AS_OF -u SEATWISE_REPORTING_CURRENCY -u SEATWISE_PUBLISH_TO \
	SEATWISE_WAREHOUSE=target/test/warehouse DBT_TARGET_PATH=target/test/target

# Beside a build, which has its own files to itself.
AND_LINT := SEATWISE_WAREHOUSE=target/lint/warehouse DBT_TARGET_PATH=target/lint/target

LANDED := $(if $(SEATWISE_LANDING),,$(DEMO))

.PHONY: help
help: ## List the targets
	@echo "Seatwise: product usage, licence utilisation and account health from Service Ping."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  SEATWISE_LANDING       the folder of landed data, or s3://bucket/prefix (unset: the demo, made in landing/)"
	@echo "  SEATWISE_AS_OF         the date to speak for, YYYY-MM-DD (unset: today; the demo has its own)"
	@echo "  SEATWISE_WAREHOUSE     the folder of everything a run writes (unset: warehouse)"
	@echo "  SEATWISE_MEMORY_LIMIT  how much memory DuckDB may take (unset: 4GB)"
	@echo "  SEATWISE_THREADS       how many threads it may use (unset: 2)"
	@echo "  SEATWISE_REPORTING_CURRENCY  the currency of amounts that add up, such as USD (unset: none; the demo has its own)"
	@echo "  SEATWISE_PUBLISH_TO    a bucket that gets the marts too, s3://bucket/prefix (unset: none)"

.PHONY: build
build: $(VENV)/.installed $(LANDED) ## Check the landing, build, test, publish and sum up (on the demo, if no landing is set)
	@$(PYTHON) -m scripts build

.PHONY: preflight
preflight: $(VENV)/.installed $(LANDED) ## Read the headers of the landing, and say what is missing or damaged
	@$(PYTHON) -m scripts preflight

.PHONY: publish
publish: $(VENV)/.installed ## Publish the last complete build again
	@$(PYTHON) -m scripts publish

.PHONY: status
status: $(VENV)/.installed ## Say what is published and how old it is, what runs now, how builds ended, and sizes
	@$(PYTHON) -m scripts status

.PHONY: purge
purge: $(VENV)/.installed ## Remove all that is known of whom operations/purge_requests names: make purge [DRY_RUN=1]
	@$(PYTHON) -m scripts purge $(if $(DRY_RUN),--dry-run)

.PHONY: demo
demo: $(VENV)/.installed ## Make the demo's landing data anew
	@$(PYTHON) -m scripts demo --landing landing

.PHONY: export
export: $(VENV)/.installed ## Write what has changed for Salesforce and Gainsight since the last acknowledged run
	@$(PYTHON) -m scripts export

.PHONY: export-ack
export-ack: $(VENV)/.installed ## Acknowledge that a run was taken: make export-ack RUN=...
	@$(PYTHON) -m scripts export-ack "$(RUN)"

.PHONY: explain
explain: $(VENV)/.installed ## Take an account's score apart: make explain ACCOUNT=... [MONTH=YYYY-MM] [HTML=file]
	@$(PYTHON) -m scripts explain "$(ACCOUNT)" $(if $(MONTH),--month "$(MONTH)") $(if $(HTML),--html "$(HTML)")

.PHONY: dashboard
dashboard: $(VENV)/.installed ## Show what was published in a browser: make dashboard [PORT=8501]
	@$(PYTHON) -m scripts dashboard $(if $(PORT),--port "$(PORT)")

.PHONY: scorecard-diff
scorecard-diff: $(VENV)/.installed $(LANDED) ## Which accounts change colour with other seeds: make scorecard-diff SEEDS=folder
	@$(PYTHON) -m scripts scorecard-diff $(if $(SEEDS),--seeds "$(SEEDS)") $(if $(GIT),--git "$(GIT)")

.PHONY: benchmark
benchmark: $(VENV)/.installed ## Measure builds of growing landings against bare scans: make benchmark [LARGEST=4]
	@$(PYTHON) -m scripts benchmark $(if $(LARGEST),--largest "$(LARGEST)")

# A check that fails does not keep the next ones from running; the end says which did, and how long each took.
define CHECKS
	failed=0; sums=(); \
	check() { \
		local name="$$1" start=$$SECONDS result=passed; shift; \
		echo "-- $$name"; \
		"$$@" || { result=FAILED; failed=1; }; \
		sums+=("$$(printf '%-12s %-6s %5d s' "$$name" "$$result" $$((SECONDS - start)))"); \
	}; \
	told() { local code=0; wait "$$2" || code=$$?; cat "$$1"; return $$code; }; \
	sum_up() { echo; printf '%s\n' "$${sums[@]}"; exit $$failed; };
endef

.PHONY: lint
lint: $(VENV)/.installed ## Check the style of Python, YAML and SQL
	@$(CHECKS) \
	check "ruff" $(BIN)/ruff check; \
	check "ruff format" $(BIN)/ruff format --check; \
	check "yamllint" $(BIN)/yamllint --strict .; \
	check "sqlfluff" $(ON_DEMO) $(AND_LINT) $(PYTHON) tests/lint_sql.py lint --processes 0 --disable-progress-bar models tests; \
	sum_up

.PHONY: test
test: $(VENV)/.installed $(DEMO) ## Check style, a full build of the demo with its tests, and what pytest does quickly
	@$(CHECKS) \
	mkdir -p target/test; \
	$(MAKE) lint > target/test/lint.txt 2>&1 & lint=$$!; \
	check "dbt build" $(MAKE) test-build; \
	check "lint" told target/test/lint.txt $$lint; \
	check "publish" $(MAKE) test-publish; \
	check "pytest" $(MAKE) test-python; \
	sum_up

.PHONY: test-build
test-build: $(VENV)/.installed $(DEMO)
	@$(ON_DEMO) $(BIN)/dbt --no-use-colors build --no-partial-parse

# What make build does with such a build.
.PHONY: test-publish
test-publish: $(VENV)/.installed
	@$(ON_DEMO) $(PYTHON) -m scripts publish

# On the build that test-build leaves.
BUILT := target/test/warehouse/build/seatwise.duckdb
PYTEST = $(ON_DEMO) TESTS_DEMO_BUILT=$(BUILT) $(BIN)/pytest -n 2 --dist loadfile

.PHONY: test-python
test-python: $(VENV)/.installed $(DEMO)
	@[ -e $(BUILT) ] || $(MAKE) test-build
	@$(PYTEST) -n 3 -m "not slow and not deep"

.PHONY: test-slow
test-slow: $(VENV)/.installed $(DEMO) ## Run the tests that build much: whole commands, bad input, renewals, publications
	@[ -e $(BUILT) ] || $(MAKE) test-build
	@$(PYTEST) -m "slow and not deep"

IN_BROWSER = $(BIN)/pytest tests/browser

.PHONY: test-browser
test-browser: $(VENV)/.installed ## Drive the dashboard in a browser: figures, links, downloads, accessibility (needs chromium)
	@[ -e $(BUILT) ] || $(MAKE) test-build
	@$(IN_BROWSER)

.PHONY: screenshots
screenshots: $(VENV)/.installed ## Take the pictures of the documentation anew (needs chromium)
	@[ -e $(BUILT) ] || $(MAKE) test-build
	@$(IN_BROWSER) -k draws_without_a_fault --pictures docs/pictures

.PHONY: test-deep
test-deep: $(VENV)/.installed $(DEMO) ## Run the tests that take long: loads in steps, more random landings, a bucket
	@[ -e $(BUILT) ] || $(MAKE) test-build
	@$(PYTEST) -m deep

.PHONY: mutate
mutate: $(VENV)/.installed ## Change models and seeds a little, one change at a time, and see whether tests notice: make mutate [SAMPLE=0.1]
	@$(PYTHON) -m scripts mutate $(if $(SAMPLE),--sample "$(SAMPLE)",--page)

.PHONY: docs
docs: $(VENV)/.installed ## Write the description of every table and column as one page, target/docs/static_index.html
	@$(BIN)/dbt --quiet parse --target-path target/docs
	@$(BIN)/dbt --quiet docs generate --static --no-compile --empty-catalog --target-path target/docs
	@echo "docs: target/docs/static_index.html"

.PHONY: lock
lock: $(VENV)/.uv ## Write requirements.lock from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements.lock

.PHONY: clean
clean: ## Remove what runs leave behind, but neither the landing nor what was published
	@rm -rf target logs .pytest_cache .ruff_cache .hypothesis
	@rm -rf "$${SEATWISE_WAREHOUSE:-warehouse}/build"
	@find scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(DEMO): $(wildcard scripts/demo/*.py) | $(VENV)/.installed
	@$(PYTHON) -m scripts demo --landing landing

# The environment, made anew only when the lock changes. uv comes from pip where the machine has none.
$(VENV)/.installed: requirements.lock | $(VENV)/.uv
	@echo "Installing what requirements.lock lists ..."
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	@touch $@

$(VENV)/.uv:
	@python=$$(for name in python3.11 python3 python; do \
		"$$name" -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2> /dev/null \
			&& echo "$$name" && break; \
	done) || { echo "make: Python 3.11 with its venv module is needed: no python3.11 or python3 here is one" >&2; exit 1; }; \
	"$$python" -m venv --clear $(VENV) \
		|| { echo "make: $$python cannot make $(VENV): is its venv package (python3.11-venv) installed?" >&2; exit 1; }
	@if command -v uv > /dev/null; then ln -sf "$$(command -v uv)" $(BIN)/uv; \
		else $(PYTHON) -m pip install --quiet --disable-pip-version-check $(UV); fi
	@touch $@
