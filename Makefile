# The one entry. `make` lists what there is; CI runs `make setup check`.
.PHONY: help setup engine run test postgresql image image-sizes bundle compose-test fuzz sanitize check \
  bench generate check-generated check-breaking release-contract format lint python build
.DEFAULT_GOAL := help

# Tests that need many small files work in memory where they can.
export TMPDIR ?= $(shell test -w /dev/shm && echo /dev/shm || echo /tmp)

APT := libjemalloc-dev libnghttp2-dev libprotobuf-c-dev libsqlite3-dev zlib1g-dev protobuf-c-compiler \
  protobuf-compiler libprotobuf-dev pkg-config nghttp2-client nghttp2-server nghttp2-proxy \
  prometheus curl strace python3 python3-venv postgresql
# What builds and runs containers; iproute2, nftables and util-linux for namespaces of its own.
ENGINE := docker.io docker-compose mmdebstrap binutils iproute2 nftables openssl procps util-linux
VENV := .venv
PYTHON := $(VENV)/bin/python
DATA ?= .run/data
# One form of release for run, benches and image, so that none compiles what another has.
RELEASE := -c release --static-swift-stdlib
FUZZ_SECONDS ?= 60
FUZZ_SEED ?= $(shell printf '%d' 0x$$(git rev-parse --short=8 HEAD 2>/dev/null || echo 1))

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# Installs those of the named packages that are missing.
define install
@missing=""; for package in $(1); do \
  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
    || missing="$$missing $$package"; done; \
if [ -n "$$missing" ]; then echo "Installing:$$missing"; \
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends -o DPkg::Lock::Timeout=300 $$missing >/dev/null; fi
endef

setup: ## Install what is missing: Debian packages by name, and the tests' Python
	$(call install,$(APT))

engine: setup
	$(call install,$(ENGINE))

$(VENV)/.installed: Tests/Outside/requirements.txt
	@python3 -m venv $(VENV) && $(VENV)/bin/pip install -q -r Tests/Outside/requirements.txt
	@touch $@

python: setup $(VENV)/.installed

build: setup
	@swift build

run: setup ## Build (release), start the six services, play the main job, stay up
	@swift build $(RELEASE) --product onedoor
	@python3 Tests/Outside/play.py --program "$$(swift build $(RELEASE) --show-bin-path)/onedoor" --data $(DATA)

test: python ## Run every test, unit to six real processes with outside clients
	@swift build --build-tests
	@rm -rf .run/statements
	@ONEDOOR_STATEMENTS=$(CURDIR)/.run/statements swift test --skip-build
	@touch .run/statements/whole
	@$(PYTHON) -m pytest -q Tests/Outside

postgresql: python ## Prepare every statement on PostgreSQL; runs the tests that open stores, if need be
	@$(PYTHON) -m pytest -q -rP Tests/Outside/test_postgresql.py

image: engine ## Build the container image of Debian's packages alone, into .run/image
	@python3 Compose/tools/image.py build

image-sizes: ## Say what fills the image
	@python3 Compose/tools/image.py sizes

bundle: image ## Image, composition, watch files and documents with checksums, for places without a network
	@python3 Compose/tools/image.py bundle

compose-test: python image ## Run the composition in an engine of its own and play, break and watch it
	@$(PYTHON) Tests/Compose/run

fuzz: build ## Mutate inputs of every decoder for FUZZ_SECONDS (60); the commit is the seed
	@"$$(swift build --show-bin-path)/FuzzProbe" hunt $(FUZZ_SECONDS) $(FUZZ_SEED) .run/fuzz

sanitize: build ## Run tests of what has threads under thread sanitizer, others under address sanitizer
	@Tests/sanitize thread HostTests StorageTests ServiceTests GatewayTests ConnectTests HTTP2Tests \
	  MessagesTests
	@Tests/sanitize address HTTP2Tests MessagesTests StorageTests

check: check-generated check-breaking lint test compose-test fuzz ## What CI runs: generated code, format, every test, containers, a minute of fuzzing

bench: setup ## Measure against peers started beside; needs release builds
	@Tests/Benchmarks/run

generate: setup ## Make Swift and C from Proto/
	@Proto/generator/generate.sh

check-generated: python ## Fail if what is committed is not what Proto/ makes
	@Proto/generator/generate.sh --check
	@cd Proto && ../$(VENV)/bin/buf lint

check-breaking: python ## Fail if Proto/ would break what is released of it
	@cd Proto && ../$(VENV)/bin/buf breaking --against released.binpb

release-contract: python ## Take Proto/ as released; part of a release, never of a change
	@cd Proto && ../$(VENV)/bin/buf build --exclude-source-info -o released.binpb

format: ## Format in place
	@swift format --in-place --parallel --recursive Package.swift Sources Tests Proto/generator/Sources

lint: ## Fail on any deviation from .swift-format
	@swift format lint --strict --parallel --recursive Package.swift Sources Tests Proto/generator/Sources
