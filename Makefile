# Everything works in .venv; nothing outside this folder is touched.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-dev
PYTEST := -m pytest --numprocesses=auto --dist=loadfile --durations=15 -ra

.PHONY: demo test coverage check serve bench messages train evaluate clean

demo: $(STAMP)
	$(BIN)/minsheng demo

$(STAMP): pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: make demo PYTHON=python3.12" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(TEST_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --editable .[dev,bench]
	touch $@

check: $(TEST_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/python $(PYTEST)

coverage: $(TEST_STAMP)
	rm -f .coverage .coverage.*
	$(BIN)/python -m coverage run $(PYTEST)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

serve: $(STAMP)
	$(BIN)/minsheng serve

bench: $(TEST_STAMP)
	for name in crawl model index similar known_item fuzz_queries divergence rules_speed claims watch demo_seeds pipeline console; do $(BIN)/python -m benchmarks.$$name --quick || exit 1; done

train: $(TEST_STAMP)
	$(BIN)/python -m models.training --config models/training/teacher.yml
	$(BIN)/python -m models.training --config models/training/teacher-2.yml
	$(BIN)/python -m models.training --config models/training/student.yml
	$(BIN)/python -m models.training.stance --config models/training/stance.yml
	$(BIN)/python -m models.training.export --model var/training/student/model --output models/weights/civic
	$(BIN)/python -m models.training.stance_export --output models/weights/civic
	$(BIN)/python -m models.training.likeness --model models/weights/civic
	$(BIN)/python -m models.evaluation --model models/weights/civic --calibrate

evaluate: $(TEST_STAMP)
	$(BIN)/minsheng evaluate

clean:
	rm -rf build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The English of the console: collect its texts, keep what is translated, compile. Then translate what is new.
messages: $(TEST_STAMP)
	$(BIN)/pybabel -q extract -F babel.toml --no-location --sort-output --no-wrap -o .messages.pot .
	$(BIN)/pybabel -q update -i .messages.pot -d console/locale -D console --no-fuzzy-matching --no-wrap --ignore-obsolete
	rm .messages.pot
	$(BIN)/pybabel -q compile -d console/locale -D console
