# The two commands of a newcomer are `make site` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help site serve setup test fast bench messages lock clean

help: ## Énumère les commandes / lists the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

site: $(VENV)/.site ## Vérifie et publie communities/ dans site/ / checks and builds
	@$(BIN)/cdp build
	@echo "Pour le regarder : make serve"

serve: $(VENV)/.site ## Montre le site sur http://127.0.0.1:8000 / live preview
	@$(BIN)/cdp serve

setup: $(VENV)/.site ## Prépare .venv et rien d'autre / prepares .venv

test: $(VENV)/.test ## Tous les tests / all tests
	@$(BIN)/python -m tests.system_setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

fast: $(VENV)/.test ## Les tests sans navigateur ni roue / quick part
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not slow"

bench: $(VENV)/.test ## Mesures de vitesse / benchmark
	$(BIN)/python -m tests.bench

messages: $(VENV)/.test ## Extrait et compile les textes / extracts and compiles messages
	$(BIN)/python -m tests.messages

lock: ## Refait les verrous de dépendances / pins the dependencies anew
	rm -rf $(VENV)-lock
	$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install -q uv
	$(VENV)-lock/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group site --group test pyproject.toml -o requirements/test.txt
	$(VENV)-lock/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group site pyproject.toml -c requirements/test.txt -o requirements/site.txt
	rm -rf $(VENV)-lock

clean: ## Efface ce qui se refait / removes what can be rebuilt
	rm -rf $(VENV) site .cdp dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "cdp demande Python 3.11 ou plus récent : make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.site: requirements/site.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installation des dépendances : une à trois minutes la première fois."
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/site.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.site
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@
