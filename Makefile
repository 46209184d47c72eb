PYTHON ?= python3
SYSTEM_PACKAGES = chromium gettext fonts-noto-cjk poppler-utils

.PHONY: demo demo-reset test lint bench messages docs system-packages
.NOTPARALLEL:

demo: .venv/demo.installed  ## the whole study on this machine
	@.venv/bin/python -m trial_site.demo

demo-reset: .venv/demo.installed  ## the same, with a new study
	@.venv/bin/python -m trial_site.demo --reset

test: system-packages lint  ## everything CI runs
	.venv/bin/pytest -n 2 --dist worksteal

# Static checks read the settings and connect to nothing.
lint messages: export DATABASE_URL = postgres://nobody@localhost/nothing
lint messages: export BROKER_URL = memory://
lint messages: export EMAIL_URL = consolemail://
lint messages: export ALLOWED_HOSTS = localhost
lint messages: export SECRET_KEY := $(shell head -c 48 /dev/urandom | base64 -w 0)
lint: .venv/test.installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports

messages: .venv/test.installed  ## bring locale/ up to date with what the code says (needs gettext)
	.venv/bin/python -m django makemessages -l zh_Hans --no-location --no-wrap --settings trial_site.settings \
	  -i .venv -i var -i tests -i benchmarks

bench: .venv/test.installed
	@set -e; for each in benchmarks/*.py; do \
	  echo "$$each"; .venv/bin/python -m "benchmarks.$$(basename "$$each" .py)"; done

.venv/%.installed: requirements/%.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed.")'
	@test -x .venv/bin/pip || { echo "Making .venv"; $(PYTHON) -m venv .venv; }
	@echo "Installing the packages of $< (a minute or two the first time)"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The browser of the tests, its Chinese letters, and the tools that check translations.
system-packages:
	@missing=$$(for each in $(SYSTEM_PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$each 2>/dev/null | grep -q 'ok installed' || echo $$each; done); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" -ne 0 ]; then \
	  echo "The tests need system packages: sudo apt-get install" $$missing >&2; exit 1; fi; \
	echo "Installing" $$missing; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends $$missing
