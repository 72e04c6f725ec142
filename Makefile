# make demo   creates .venv and trains a network
# make test   creates .venv with the development tools and runs the tests
# make help   lists all targets

VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/bin/nnbuild
INSTALLED_DEV := $(VENV)/.installed-dev
INSTALLED_DOCS := $(VENV)/.installed-docs
PYTEST_ARGS ?=
# Number of test processes; each needs about 1.5 GB of memory for TensorFlow.
JOBS ?= 2
PYTEST := $(PY) -m pytest -q -n $(JOBS) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test slow coverage doctest lint format types docs wheel clean

help:
	@echo "make demo      create $(VENV), train a network on handwritten digits, write model and report to demo/"
	@echo "make test      create $(VENV), run tests and doctests (PYTEST_ARGS: further arguments; JOBS: number of processes)"
	@echo "make slow      run the slow tests, such as a training of every Keras layer"
	@echo "make coverage  run the tests and print the coverage"
	@echo "make doctest   run only the examples in docstrings"
	@echo "make lint      check rules and format with ruff"
	@echo "make format    fix rules and format with ruff"
	@echo "make types     check types with mypy"
	@echo "make docs      build the site from docs/; open build/docs/index.html"
	@echo "make wheel     build sdist and wheel in dist/"
	@echo "make clean     remove build output, but not $(VENV)"

demo: $(INSTALLED)
	@mkdir -p demo
	@$(VENV)/bin/nnbuild train digits_mlp --out demo/digits_mlp.nnb --report demo/digits_mlp.html

# Fast tests check results, not speed: XLA compiles without optimizations, in a fraction of the time. Slow ones optimize.
test: export XLA_FLAGS ?= --xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true
test: $(INSTALLED_DEV)
	@$(PYTEST) -m "not slow" $(PYTEST_ARGS)

slow: $(INSTALLED_DEV)
	@$(PYTEST) -m slow $(PYTEST_ARGS)

coverage: $(INSTALLED_DEV)
	@$(PYTEST) --cov --cov-report=term $(PYTEST_ARGS)

doctest: $(INSTALLED_DEV)
	@$(PY) -m pytest -q nnbuild $(PYTEST_ARGS)

lint: $(INSTALLED_DEV)
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check

format: $(INSTALLED_DEV)
	@$(PY) -m ruff check --fix --quiet || true
	@$(PY) -m ruff format

types: $(INSTALLED_DEV)
	@$(PY) -m mypy

# Always rebuilt: pages are generated from code and recipes.
docs: $(INSTALLED_DOCS)
	@$(PY) -m sphinx -q -W --keep-going --fresh-env docs build/docs
	@echo "Built the site: open build/docs/index.html"

wheel: $(INSTALLED_DEV)
	@$(PY) -m build --outdir dist .

clean:
	@rm -rf build dist *.egg-info .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# The command and the stamp files are newer than setup.cfg if its dependencies are installed.
$(INSTALLED): setup.cfg | $(VENV)/.created
	@echo "Installing nnbuild and TensorFlow in $(VENV): this takes some minutes the first time ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(INSTALLED_DEV): setup.cfg | $(VENV)/.created
	@echo "Installing nnbuild and its development tools in $(VENV): this takes some minutes the first time ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(INSTALLED) $@

$(INSTALLED_DOCS): setup.cfg | $(VENV)/.created
	@echo "Installing nnbuild and Sphinx in $(VENV): this takes some minutes the first time ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $(INSTALLED) $@

# The first suitable interpreter creates the environment.
PYTHON ?= python3 python3.13 python3.12 python3.11
$(VENV)/.created:
	@found=; for python in $(PYTHON); do \
	  if "$$python" -c '$(CHECK_PYTHON)' 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "nnbuild needs Python 3.11, 3.12 or 3.13 with its venv module. Tried:"; \
	  for python in $(PYTHON); do echo "  $$python: $$("$$python" -c '$(DESCRIBE_PYTHON)' 2>/dev/null || echo "not found")"; done; \
	  echo "On Debian or Ubuntu: sudo apt install python3.11 python3.11-venv (or 3.12, 3.13)."; \
	  echo "Elsewhere: https://www.python.org/downloads/, then: make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3.13"; \
	  exit 1; \
	fi >&2; \
	echo "Creating $(VENV) with $$found ($$("$$found" -c '$(DESCRIBE_PYTHON)'))"; \
	"$$found" -m venv $(VENV)
	@touch $@

CHECK_PYTHON := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
DESCRIBE_PYTHON := import sys, importlib.util as u; print("%d.%d.%d" % sys.version_info[:3] + ("" if u.find_spec("ensurepip") else ", without its venv module"))
