# build: the static binary · fmt: format · lint: everything a reviewer should not have to say · test: what CI runs · bench: the benchmarks
.PHONY: build fmt lint test bench
COUNT ?= 1
LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

build:
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/belfry ./cmd/belfry

fmt:
	gofmt -s -w $$(git ls-files -co --exclude-standard '*.go')

lint:
	$(LINT) run

test:
	scripts/setup
	scripts/test

bench:
	go test -run '^$$' -bench . -benchmem -count=$(COUNT) -timeout 0 ./...
