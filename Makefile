# What one does here, by name. `make` lists it.
STACK ?= dev
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two of them mostly wait for a control plane.
WORKERS := 4

.DEFAULT_GOAL := help
.PHONY: help setup render rehearse tools test lint bench docs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/ready ## the Python environment that Pulumi and everything here use

render: $(VENV)/ready ## every object of a stack: make render STACK=prod ARGS="--output yaml"
	@$(BIN)/python -m render --stack $(STACK) $(ARGS)

rehearse: $(VENV)/ready ## a stack on a real control plane of its own: make rehearse STACK=prod FROM=main
	@$(BIN)/python -m rehearsal --stack $(STACK) $(if $(FROM),--from $(FROM)) $(ARGS)

tools: $(VENV)/ready ## helm and the control plane, found or built: minutes the first time
	@$(BIN)/python -m tools

test: lint tools ## everything that needs no cluster: style, types, tests
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --quiet

lint: $(VENV)/ready ## style and types
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/basedpyright --pythonpath $(BIN)/python

$(VENV)/ready: requirements.txt requirements-dev.txt
	@echo "making the environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@

bench: $(VENV)/ready ## how long render and rehearse take, against their limits
	$(BIN)/python -m benchmarks.render
	$(BIN)/python -m benchmarks.rehearsal

docs: $(VENV)/ready ## writes the settings into README.md and Pulumi.yaml
	$(BIN)/python -m settings.reference

clean: ## forgets the environment and what was rendered
	rm -rf $(VENV) build
