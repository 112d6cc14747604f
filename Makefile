# The workshop. `make report` and `make test` need Python 3.11 or newer and nothing else.

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: help report test test-claims test-verdicts test-theory test-simulations test-oldest \
	calibrate searches tables lint bench clean

help:
	@echo "make report   judge the catalogue at the quick budget and write report.html (minutes;"
	@echo "              WORKERS=N processes, PYTHON=... for another interpreter)"
	@echo "make test     run the tests"
	@echo "make test-oldest  run fast tests with the oldest versions that pyproject.toml allows"
	@echo "make calibrate  judge laws of known means, 2000 runs each (half an hour), and print a table"
	@echo "make searches  search for violations of Furusho's sure bounds, 100,000 times each (minutes)"
	@echo "make tables   train the networks of Susanna's tables anew, at all depths: a quarter of an hour"
	@echo "              for what theory/weight_paths/tables/c10k.csv does not hold"
	@echo "make lint     ruff, mypy and the import contracts"
	@echo "make bench    yardsticks against other libraries (installs them)"
	@echo "make clean    remove the environment and what was measured"

# An environment is remade when what it should hold changes; the stamp is its proof of completion.
.venv/%: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing what Touchstone needs into .venv (a minute or two; PyTorch is 200 MB)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable '.[$*]'
	touch $@

report: .venv/all
	$(BIN)/touchstone report --workers $(WORKERS) --out report.html

# Four parts, two at a time and the longest first, so that neither core waits for long at the end:
# one after another they take more than a quarter of an hour.
JUDGED := claims command_line engine evidence

test: .venv/development
	$(MAKE) --no-print-directory --keep-going --jobs 2 \
		test-claims test-verdicts test-theory test-simulations

test-claims:
	$(BIN)/python -m pytest $(JUDGED:%=tests/verify/%)

test-verdicts:
	$(BIN)/python -m pytest tests/verify $(JUDGED:%=--ignore=tests/verify/%)

test-theory:
	$(BIN)/python -m pytest tests/theory

test-simulations:
	$(BIN)/python -m pytest tests --ignore=tests/verify --ignore=tests/theory

# What each dependency is used for, in a few minutes. Old versions of libraries warn of new ones of
# what they use themselves, which says nothing of Touchstone.
FAST := tests/theory/lowering/test_half_step.py tests/theory/test_closed_form.py \
	tests/theory/test_domains.py tests/theory/notation tests/theory/test_notebook.py \
	tests/numerics/simulation tests/verify/model tests/verify/ledger/test_store.py \
	tests/verify/engine/test_executors.py tests/verify/engine/test_cluster.py \
	tests/verify/judging/test_judge.py tests/verify/report/test_page.py \
	tests/verify/report/test_plot.py tests/verify/command_line/test_imports.py \
	tests/verify/test_touchstone_pytest.py
OLDEST := .venv-oldest/bin/python

test-oldest:
	test -x $(OLDEST) || $(PYTHON) -m venv .venv-oldest
	$(OLDEST) tests/oldest.py >.venv-oldest/constraints.txt
	$(OLDEST) -m pip install --quiet --disable-pip-version-check \
		--constraint .venv-oldest/constraints.txt torch
	$(OLDEST) -m pip install --quiet --disable-pip-version-check \
		--constraint .venv-oldest/constraints.txt --editable '.[all,cluster]' pytest pytest-xdist
	$(OLDEST) -m pytest -W ignore::DeprecationWarning $(FAST)

calibrate: .venv/development
	$(BIN)/python tests/verify/zoo.py --workers $(WORKERS)

searches: .venv/development
	$(BIN)/python tests/verify/searches.py

tables: .venv/all
	$(BIN)/python -m numerics.weight_paths.trained.record theory/weight_paths/tables/c10k.csv

lint: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/peers
	$(BIN)/python -m pytest -o addopts= --import-mode=importlib tests/benchmarks

clean:
	rm -rf .venv .venv-oldest build *.egg-info report.html report.json touchstone.sqlite*
