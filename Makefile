# What one does here, by name. `make` lists it.
STACK ?= dev
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
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

setup: $(VENV)/ready ## the Python environment that Pulumi and everything here use

render: $(VENV)/ready ## every object of a stack: make render STACK=prod ARGS="--output yaml"
	@$(BIN)/python -m airflow_k8s.commands.render.command --stack $(STACK) $(ARGS)

diff: $(VENV)/ready ## what the checkout does to every stack, or one: make diff STACK=prod BASE=main
	@$(BIN)/python -m airflow_k8s.commands.diff.command $(if $(filter-out file,$(origin STACK)),--stack $(STACK)) $(if $(BASE),--base $(BASE)) $(if $(TO),--to $(TO)) $(ARGS)

dags: $(VENV)/ready ## the DAGs as Airflow reads them on a stack, down to the pods: make dags STACK=prod
	@$(BIN)/python -m airflow_k8s.commands.dags.command --stack $(STACK) $(ARGS)

# Every stack, unless one was named.
policy: $(VENV)/ready ## the rules over every stack, or one: make policy STACK=prod ARGS="--sarif policy.sarif"
	@$(BIN)/python -m airflow_k8s.commands.policy.command $(if $(filter-out file,$(origin STACK)),--stack $(STACK)) $(ARGS)

audit: $(VENV)/ready ## what checkov finds in every stack and in the chart as it comes
	@$(BIN)/python -m airflow_k8s.commands.audit.command $(ARGS)

rehearse: $(VENV)/ready ## a stack on a real control plane of its own: make rehearse STACK=prod FROM=main
	@$(BIN)/python -m airflow_k8s.commands.rehearse.command --stack $(STACK) $(if $(FROM),--from $(FROM)) $(ARGS)

up: $(VENV)/ready ## a stack brought up on its cluster, and watched: make up STACK=prod ARGS=--yes
	@$(BIN)/python -m airflow_k8s.commands.deploy.command up --stack $(STACK) $(ARGS)

down: $(VENV)/ready ## a stack taken down, but for what it protects
	@$(BIN)/python -m airflow_k8s.commands.deploy.command down --stack $(STACK) $(ARGS)

status: $(VENV)/ready ## how a stack is: components, runs, queues: make status STACK=prod
	@$(BIN)/python -m airflow_k8s.commands.deploy.command status --stack $(STACK) $(ARGS)

images: ## the two images, by Docker: make images TAG=1.0.0 REGISTRY=ghcr.io/my-org
	docker build --tag $(REGISTRY)/airflow:$(TAG) --file images/airflow/Dockerfile .
	docker build --tag $(REGISTRY)/tasks:$(TAG) --file images/tasks/Dockerfile .

drift: $(VENV)/ready ## what a stack's own cluster holds otherwise, inside the release too: make drift STACK=prod
	@$(BIN)/python -m airflow_k8s.commands.drift.command --stack $(STACK) $(ARGS)

e2e: $(VENV)/ready ## the pipeline on a real cluster, the kubeconfig's current one: up, kills, changes, down
	@$(BIN)/python -m dev.e2e $(ARGS)

tools: $(VENV)/ready ## actionlint, helm, Airflow, checkov and the control plane, found or built: minutes the first time
	@$(BIN)/python -m dev.toolchain

test: lint tools ## everything that needs no cluster: style, types, tests
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --quiet

# Each file has a control plane of its own, and 600 MiB for it.
test-engine: tools ## each stack through Pulumi's real engine, which has to be on PATH with its plugins
	$(BIN)/pytest tests/engine --numprocesses 2 --dist loadfile --quiet

lint: $(VENV)/ready ## style and types, and the workflows by actionlint (and shellcheck where it is)
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/basedpyright --pythonpath $(BIN)/python
	@$(BIN)/python -m dev.workflows

$(VENV)/ready: requirements.txt requirements-dev.txt
	@echo "making the environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@

bench: $(VENV)/ready ## how long render, diff and rehearse take, against their limits
	$(BIN)/python -m dev.benchmarks.render
	$(BIN)/python -m dev.benchmarks.diff
	$(BIN)/python -m dev.benchmarks.rehearsal

docs: $(VENV)/ready ## writes the settings into README.md and Pulumi.yaml, and the examples of make diff
	$(BIN)/python -m dev.docs.settings_reference
	$(BIN)/python -m dev.docs.diff_examples

lock: $(VENV)/ready ## pins what the Airflow image holds, as of its release, and what the audit runs
	cd images/airflow && UV_CUSTOM_COMPILE_COMMAND="make lock" ../../$(BIN)/uv pip compile --quiet \
	  --universal --python-version 3.11 --generate-hashes --exclude-newer $(AS_OF) \
	  --exclude-newer-package apache-airflow-providers-cncf-kubernetes=2026-10-25 \
	  requirements.in --output-file requirements.txt
	cd airflow_k8s/commands/audit && UV_CUSTOM_COMPILE_COMMAND="make lock" ../../../$(BIN)/uv pip compile --quiet \
	  --universal --python-version 3.11 --generate-hashes --exclude-newer $(CHECKOV_AS_OF) \
	  requirements.in --output-file requirements.txt

clean: ## forgets the environment and what was rendered
	rm -rf $(VENV) build
