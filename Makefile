# `make run` and `make test` are all a newcomer needs: on a fresh Debian with cargo and Python
# each one installs what it lacks, once. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test test-x402 demo-x402 lint bench

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 8

run: ## Set up, build and start every role in one process; ARGS="--listen 127.0.0.1:0 --json" are passed on
	@scripts/setup.sh
	@scripts/sandbox.sh
	@scripts/models.sh
	@echo "build: target/debug/aipaygen (the first time compiles every dependency, about ten minutes on two cores)"
	@cargo build --locked --quiet
	@exec target/debug/aipaygen serve $(ARGS)

test: ## Run the unit tests of every crate and the acceptance suite on both backends; FILTER='test(receipt)' narrows
	@scripts/setup.sh test
	@scripts/sandbox.sh
	@scripts/models.sh
	@scripts/test.sh $(if $(FILTER),-E "$(FILTER)" --no-tests=warn)

test-x402: ## Run the slow battery of x402: a real chain, official buyers and facilitators, and all that goes wrong
	@scripts/setup.sh test
	@scripts/sandbox.sh
	@scripts/test-x402.sh $(if $(FILTER),-E "$(FILTER)" --no-tests=warn)

demo-x402: ## Watch an agent with a wallet and no account pay for a run of Python, on a chain of its own
	@scripts/setup.sh test
	@scripts/sandbox.sh
	@echo "build: target/debug/aipaygen and the demonstration (the first time compiles every dependency)"
	@cargo build --locked --quiet --bin aipaygen --example demo-x402
	@exec target/debug/examples/demo-x402

lint: ## Check format, clippy with warnings denied, licences, bans and sources of dependencies
	@scripts/setup.sh lint
	@scripts/sandbox.sh
	@scripts/lint.sh

bench: ## Run the benchmarks of every crate and the load generator, in the release profile
	@scripts/setup.sh test
	@scripts/sandbox.sh
	@scripts/models.sh
	@scripts/bench.sh
