# Everyday commands. Needs Python >= 3.11, git and make (GNU make 3.81 or newer).

PORT ?= 8888
START := notebooks/00_start_here/start_here.ipynb
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq -c constraints.txt

# What of JupyterLab only a teacher needs (nbgrader's menu, Create Assignment) is left out of `make lab`;
# `jupyter lab` has it.
FOR_LEARNERS := $(CURDIR)/.jupyter$(if $(JUPYTER_CONFIG_PATH),:$(JUPYTER_CONFIG_PATH))

.DEFAULT_GOAL := help
.PHONY: help lab test lint build check book lite update pins clean browser FORCE

help: ## show this list
	@echo "The LSTM course"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/    make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		awk -F'|' '{ printf "%-18s%s\n", $$1, $$2 }'

lab: $(VENV)/.installed ## open the course in JupyterLab (PORT=8888, BROWSER=none on a server)
	@test -e $(START) || echo "$(START) is missing: run 'make build'" >&2
	@PATH="$(CURDIR)/$(BIN):$$PATH" JUPYTER_CONFIG_PATH="$(FOR_LEARNERS)" OPENBLAS_NUM_THREADS="$${OPENBLAS_NUM_THREADS:-1}" \
		exec "$(CURDIR)/$(BIN)/python" -m jupyterlab \
		--port=$(PORT) --ServerApp.root_dir="$(CURDIR)" \
		--LabApp.default_url=/lab/tree/$(START) \
		$(if $(filter none,$(BROWSER)),--no-browser) \
		$$(test "$$(id -u)" != 0 || echo --allow-root)

test: $(VENV)/.tested browser ## install what the tests need and run them all
	@$(BIN)/python -m pytest -q -n 2

lint: $(VENV)/.tested ## lint, format, types, and which room imports which
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

build: $(VENV)/.installed ## make the notebooks from the masters in solutions/
	@$(BIN)/autograder build

check: $(VENV)/.installed ## fail where a committed notebook is not what its master gives
	@$(BIN)/autograder build --check

book: $(VENV)/.book ## make the web book in build/book (all notebooks run: the first time 20 minutes)
	@$(BIN)/python docs/book/build.py $(if $(LITE),--lite $(LITE))
	@echo "Open build/book/index.html; its search needs a server: $(BIN)/python -m http.server -d build/book"

lite: $(VENV)/.book ## make the edition that runs in a browser, in build/lite
	@$(BIN)/python docs/lite/build.py
	@echo "Now: $(BIN)/python -m http.server -d build/lite, and open localhost:8000/lab/index.html"

update: $(VENV)/.installed ## take the newest course and keep what you have written
	@$(BIN)/autograder update

pins: ## renew constraints.txt from the bounds in pyproject.toml
	@$(find_python); \
	tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && "$$python" -m venv "$$tmp/venv" && \
	"$$tmp/venv/bin/python" -m pip install -qq --upgrade setuptools -e '.[test]' && \
	sed -n '/^#/p' constraints.txt > "$$tmp/pins" && \
	"$$tmp/venv/bin/python" -m pip freeze --all --exclude-editable | \
		grep -v '^pip==' | tr _ - | LC_ALL=C sort -f >> "$$tmp/pins" && \
	cp "$$tmp/pins" constraints.txt
	@echo "constraints.txt renewed; now run: make test"

clean: ## remove .venv and caches; never a notebook
	@rm -rf $(VENV) .pytest_cache .import_linter_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
	@find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# --- how it gets there ----------------------------------------------------------------------------

# Sets $python to the first Python that is new enough (PYTHON=... is tried first).
find_python = for python in $(if $(PYTHON),"$(PYTHON)") python3 python3.13 python3.12 python3.11 python ""; do \
		test -z "$$python" || "$$python" -c \
			'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	done; \
	if test -z "$$python"; then \
		echo "The course needs Python 3.11 or newer, and none was found." >&2; \
		echo "Install one (https://www.python.org) or say where it is: make lab PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip' 2>/dev/null; then \
		echo "$$python cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; \
	fi

# A package index that does not answer for a moment looks like versions that do not fit: try again.
patiently = $(1) || { echo "Trying again in 20 s …"; sleep 20; $(1); } || { sleep 60; $(1); }

# A virtual environment knows its own place: when the folder was moved or copied, it is made anew.
ifneq ($(shell cat $(VENV)/.installed 2>/dev/null),$(CURDIR))
$(VENV)/.installed: FORCE
endif

# The extensions of nbgrader, jupytext and ipywidgets enable themselves. What JupyterLab is told here
# is not to ask about news and not to look for updates: the course needs no network while it is used.
# And to save a slider and its picture with the notebook: else they would be gone when it is opened
# again.
LAB_SETTINGS := $(VENV)/share/jupyter/lab/settings/overrides.json
OVERRIDES := {"@jupyterlab/apputils-extension:notification": \
	{"checkForUpdates": false, "fetchNews": "false"}, \
	"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": true}}

$(VENV)/.installed: pyproject.toml constraints.txt Makefile
	@$(find_python); \
	test "$$(cat $@ 2>/dev/null)" = "$(CURDIR)" || "$$python" -m venv --clear $(VENV)
	@echo "Installing the course into $(VENV): a minute or two, this once …"
	@$(call patiently,$(PIP) -e .)
	@mkdir -p $(dir $(LAB_SETTINGS)) && printf '%s\n' '$(OVERRIDES)' > $(LAB_SETTINGS)
	@printf '%s\n' "$(CURDIR)" > $@

$(VENV)/.tested: $(VENV)/.installed
	@echo "Installing what the tests need into $(VENV) …"
	@$(call patiently,$(PIP) -e '.[test]')
	@touch $@

FOR_BOOK := .[book,lite]# a comma of its own would end an argument of call
$(VENV)/.book: $(VENV)/.installed
	@echo "Installing what the book needs into $(VENV) …"
	@$(call patiently,$(PIP) -e '$(FOR_BOOK)')
	@touch $@

# The tests that drive a real JupyterLab need Chromium or Chrome. It comes from the system's package
# manager, and only where that asks for no password.
HAVE_BROWSER = { command -v chromium || command -v chromium-browser || command -v google-chrome || \
	test -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; } >/dev/null 2>&1
browser:
	@if $(HAVE_BROWSER); then exit 0; fi; \
	if test "$$(id -u)" = 0; then as_root=; else as_root='sudo -n'; fi; \
	if command -v brew; then brew install --quiet --cask google-chrome; \
	elif ! $$as_root true; then false; \
	elif command -v apt-get; then \
		$$as_root apt-get -qq update; \
		DEBIAN_FRONTEND=noninteractive $$as_root apt-get -qq install -y chromium; \
	elif command -v dnf; then $$as_root dnf -q install -y chromium; \
	elif command -v pacman; then $$as_root pacman -S --noconfirm chromium; \
	fi </dev/null >/dev/null 2>&1; \
	$(HAVE_BROWSER) || echo "Left out: the tests in a browser. To run them too, install Chromium" \
		"(apt install chromium, dnf install chromium, brew install --cask google-chrome)."
