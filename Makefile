# make app      the app on http://127.0.0.1:8501   (HOST=0.0.0.0 PORT=8600 change it)
# make demo     the same without a browser: two minutes of training, pictures in demo/
# make test     all tests, browser tests too where there is a Chromium: two side by side, then those with processes of their own
# make check    formatting, lint, imports, types; of the JavaScript too where there is npm
# make soak     the long tests        make bench   the benchmarks
# make checkpoints   train the shipped runs that are missing, and the frames made from them

HOST ?= 127.0.0.1
PORT ?= 8501
VENV ?= .venv
PY := $(VENV)/bin/python
# 1: the environment also sees the system's packages, such as the torch of a GPU server.
DDPM_SYSTEM_PACKAGES ?= 0
NPM := $(shell command -v npm 2>/dev/null)

.PHONY: app demo test soak check check-js bench checkpoints clean
.DEFAULT_GOAL := app

app: $(VENV)/app.stamp
	$(PY) -m streamlit run app.py --server.address $(HOST) --server.port $(PORT)

demo: $(VENV)/app.stamp
	$(PY) -m ddpm_core demo

test: $(VENV)/dev.stamp
	$(PY) scripts/chromium.py --install
	$(PY) -m pytest -n 2 --dist loadfile --durations=10 --ignore=tests/jobs --ignore=tests/browser
	$(PY) -m pytest --durations=10 tests/jobs tests/browser

soak: $(VENV)/dev.stamp
	$(PY) scripts/chromium.py --install
	$(PY) -m pytest -m soak

check: $(VENV)/dev.stamp check-js
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(VENV)/bin/lint-imports
	$(PY) -m mypy

# In CI (DDPM_REQUIRE_NODE=1) a missing npm is a failure, elsewhere these checks are skipped.
check-js: $(if $(NPM),node_modules/.stamp)
ifdef NPM
	npm run --silent check
else
	@echo "No npm found: install Node.js. The JavaScript checks $(if $(filter 1,$(DDPM_REQUIRE_NODE)),fail,are skipped)."
	@test "$(DDPM_REQUIRE_NODE)" != 1
endif

bench: $(VENV)/dev.stamp
	$(PY) -m benchmarks

checkpoints: $(VENV)/app.stamp
	$(PY) -m scripts.make_checkpoints
	$(PY) -m scripts.make_frames

clean:
	rm -rf $(VENV) node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/app.stamp: requirements.txt
	@VENV="$(VENV)" DDPM_SYSTEM_PACKAGES="$(DDPM_SYSTEM_PACKAGES)" sh scripts/venv.sh requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt
	@VENV="$(VENV)" DDPM_SYSTEM_PACKAGES="$(DDPM_SYSTEM_PACKAGES)" sh scripts/venv.sh requirements-dev.txt
	@touch $@ $(VENV)/app.stamp

node_modules/.stamp: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@
