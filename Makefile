# What one does here, by name. `make` lists it.
STACK ?= dev
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What `make setup` makes last.
READY := $(BIN)/airflow-platform
PLATFORM := ./airflow-platform
# More than cores: two workers mostly wait for a control plane.
WORKERS := 4
REGISTRY ?= airflow-platform
TAG ?= e2e
# Days after the release of the Airflow that images/airflow/requirements.in names.
AS_OF := 2026-06-01
# A day on which the packages of checkov were fit for use.
CHECKOV_AS_OF := 2026-11-20

.DEFAULT_GOAL := help
.PHONY: help setup render diff dags policy audit rehearse up down status drift images e2e tools test \
  test-engine lint bench docs lock clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## the Python environment that Pulumi and everything here use

render: $(READY) ## every object of a stack, on no cluster: make render STACK=prod
	@$(PLATFORM) render $(STACK)

diff: $(READY) ## what the checkout changes in every stack
	@$(PLATFORM) diff

rehearse: $(READY) ## a stack on a control plane with simulated nodes: make rehearse STACK=prod
	@$(PLATFORM) rehearse $(STACK)

policy: $(READY) ## the rules, for every stack
	@$(PLATFORM) policy

audit: $(READY) ## checkov's findings in every stack
	@$(PLATFORM) audit

dags: $(READY) ## the DAGs as Airflow reads them on a stack: make dags STACK=prod
	@$(PLATFORM) dags $(STACK)

up: $(READY) ## a stack brought up on its cluster: make up STACK=prod
	@$(PLATFORM) up $(STACK)

status: $(READY) ## the state of a stack on its cluster: make status STACK=prod
	@$(PLATFORM) status $(STACK)

drift: $(READY) ## what differs between a stack and its cluster: make drift STACK=prod
	@$(PLATFORM) drift $(STACK)

down: $(READY) ## a stack taken down; what is protected stays: make down STACK=prod
	@$(PLATFORM) down $(STACK)

images: ## the two images, by Docker: make images TAG=1.0.0 REGISTRY=ghcr.io/my-org
	docker build --tag $(REGISTRY)/airflow:$(TAG) --file images/airflow/Dockerfile .
	docker build --tag $(REGISTRY)/tasks:$(TAG) --file images/tasks/Dockerfile .

e2e: $(READY) ## the platform tested on a real cluster, the kubeconfig's current one
	@$(PLATFORM) dev e2e

tools: $(READY) ## actionlint, helm, Airflow, checkov and the control plane, found or built: minutes the first time
	@$(PLATFORM) dev tools

test: lint tools ## everything that needs no cluster: style, types, tests
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --quiet

# Each file has a control plane of its own, and 600 MiB for it.
test-engine: tools ## each stack through Pulumi's real engine, which has to be on PATH with its plugins
	$(BIN)/pytest tests/engine --numprocesses 2 --dist loadfile --quiet

lint: $(READY) ## style and types, and the workflows by actionlint (and shellcheck where it is)
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/basedpyright --pythonpath $(BIN)/python
	@$(PLATFORM) dev workflows

$(READY): requirements.txt requirements-tool.txt requirements-dev.txt pyproject.toml
	@echo "making the environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt \
	  -r requirements-tool.txt -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

bench: $(READY) ## how long render, diff and rehearse take, against their limits
	@$(PLATFORM) dev benchmarks

docs: $(READY) ## writes the settings into README.md and Pulumi.yaml, and the examples of make diff
	@$(PLATFORM) dev docs

lock: $(READY) ## pins what the Airflow image holds, as of its release, and what the audit runs
	cd images/airflow && UV_CUSTOM_COMPILE_COMMAND="make lock" ../../$(BIN)/uv pip compile --quiet \
	  --universal --python-version 3.11 --generate-hashes --exclude-newer $(AS_OF) \
	  --exclude-newer-package apache-airflow-providers-cncf-kubernetes=2026-10-25 \
	  requirements.in --output-file requirements.txt
	cd airflow_k8s/commands/audit && UV_CUSTOM_COMPILE_COMMAND="make lock" ../../../$(BIN)/uv pip compile --quiet \
	  --universal --python-version 3.11 --generate-hashes --exclude-newer $(CHECKOV_AS_OF) \
	  requirements.in --output-file requirements.txt

clean: ## forgets the environment and what was rendered
	rm -rf $(VENV) build
