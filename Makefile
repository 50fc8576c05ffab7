# leadhub. `make help` lists what can be made.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO           ?= go
LINT_VERSION := 2.15.0
LINT         := .cache/bin/golangci-lint-$(LINT_VERSION)
FUZZTIME     ?= 10s
TESTFLAGS    ?=

# The version is the nearest tag, or the commit; outside git, "unknown".
VERSION    := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
BUILDFLAGS := -trimpath -ldflags '-X main.stamp=$(VERSION)'

# A checkout that belongs to another user must not stop a build.
GOFLAGS ?= -buildvcs=false
export GOFLAGS

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/leadhub
	$(GO) build $(BUILDFLAGS) -o bin/leadhub ./cmd/leadhub

.PHONY: demo
demo: build ## see it work: every payload in testdata through a hub, to stand-ins for Slack and a CRM (ONCE=1: end after the last)
	$(GO) build $(BUILDFLAGS) -o bin/leadhub-demo ./cmd/leadhub-demo
	@bin/leadhub-demo -hub bin/leadhub -testdata testdata $(if $(filter-out 0 no false,$(ONCE)),-once)

.PHONY: test
test: ## run the tests; needs Go and make, nothing else
	$(GO) test -timeout 5m $(TESTFLAGS) ./...

.PHONY: check
check: fmt-check lint tidy-check race ## everything a change must pass: format, lint, go.mod, tests with the race detector (needs gcc)

.PHONY: fmt
fmt: $(LINT) ## format the code
	$(LINT) fmt

.PHONY: fmt-check
fmt-check: $(LINT)
	$(LINT) fmt --diff

.PHONY: lint
lint: $(LINT) ## lint the code
	$(LINT) run ./...

.PHONY: tidy-check
tidy-check:
	$(GO) mod tidy -diff
	$(GO) mod verify

.PHONY: race
race: ## run the tests with the race detector, in random order (needs gcc)
	@command -v gcc clang >/dev/null || { echo 'make race: the race detector needs a C compiler: apt-get install gcc libc6-dev' >&2; exit 1; }
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -timeout 5m $(TESTFLAGS) ./...

.PHONY: bench
bench: build ## measure the hub beside its floors; ratios and targets in one table (ARGS=-json for JSON)
	$(GO) build $(BUILDFLAGS) -o bin/leadbench ./internal/bench/leadbench
	@bin/leadbench run -hub bin/leadhub $(ARGS)

.PHONY: bench-short
bench-short: ## the same with small numbers: shows that it works, not how fast
	@$(MAKE) --no-print-directory bench ARGS='-short $(ARGS)'

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME (10s)
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

.PHONY: clean
clean: ## remove what was built
	rm -rf bin .cache

# The linter is pinned, and built from source because that works wherever Go does. One that is
# installed already is used if it is that very version.
$(LINT):
	@mkdir -p $(@D)
	@have="$$($(GO) env GOPATH)/bin/golangci-lint"; \
	if [ -x "$$have" ] && "$$have" version 2>/dev/null | grep -qF 'version $(LINT_VERSION) '; then \
		cp "$$have" $@; \
	else \
		echo 'building golangci-lint $(LINT_VERSION), once: this takes some minutes'; \
		GOBIN=$(abspath $(@D)) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION); \
		mv $(@D)/golangci-lint $@; \
	fi
