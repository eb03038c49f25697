# make figures | make test | make check | make clean: each sets up all that it needs, from Python >= 3.11 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= all

.PHONY: figures test check bench format lock clean

figures: $(VENV)/.ready
	$(BIN)/python workflow/run.py --cores $(CORES)

test: $(VENV)/.ready
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --ignore tests/workflow
	$(BIN)/python -m pytest tests/workflow

check: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

bench: $(VENV)/.ready
	PYTHONPATH=workflow $(BIN)/python benchmarks/skim.py
	PYTHONPATH=workflow $(BIN)/python benchmarks/memory.py
	PYTHONPATH=workflow $(BIN)/python benchmarks/nanoaod.py
	PYTHONPATH=workflow $(BIN)/python benchmarks/evaluation.py
	PYTHONPATH=workflow $(BIN)/python benchmarks/generation.py

format: $(VENV)/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/snakefmt Snakefile workflow

# The environment holds exactly the lock; uv is used if it is there. Bytecode is compiled now, or every job that
# imports TensorFlow would pay half a minute for it.
$(VENV)/.ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python >= 3.11 is needed, not " + sys.version)'
	@if command -v uv >/dev/null 2>&1; then \
	    uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
	    uv pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock; \
	else \
	    $(PYTHON) -m venv $(VENV) && \
	    PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock; \
	fi
	@touch $@

lock:
	uv pip compile --quiet --universal --no-header --no-emit-index-url --generate-hashes --python-version 3.11 \
	    --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .snakemake results/*
