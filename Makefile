# make test is the one that a newcomer needs; the others are for those who change things.
.DEFAULT_GOAL := help
.PHONY: help test soak chaos growth simulate kill bench image lint generate web clean test-tools

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.14.0
TESTFLAGS ?=
SOAK ?= 1h
CHAOS ?= 10m
GROWTH ?= 10m
SEEDS ?= 120
KILLS ?= 100

help: ## these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

test: test-tools ## every test, with what they need installed first
	go test -count=1 $(TESTFLAGS) ./...

test-tools:
	@scripts/test-tools

soak: test-tools ## an hour of three replicas behind nginx while Strava, store and replicas fail by turns (SOAK=1h)
	SOAK=$(SOAK) nice -n 10 go test -count=1 -run '^TestSoak$$' -timeout 0 -v .

chaos: ## ten minutes of queries of which none may fail while one gateway, and three, are ended and started (CHAOS=10m)
	CHAOS=$(CHAOS) go test -count=1 -run '^Test(GrantSurvives|ReplicasShareAGrant)$$' -timeout 0 -v .

growth: ## ten minutes of everything that comes to a gateway, which must not grow by it (GROWTH=10m)
	GROWTH=$(GROWTH) go test -count=1 -run '^TestNothingGrows$$' -timeout 0 -v .

simulate: ## replicas of grant and copy in virtual time, under as many seeds, and the designs that it catches (SEEDS=120)
	cd tokens && SEEDS=$(SEEDS) go test -count=1 -run '^TestSimulation' -timeout 0
	cd mirror && SEEDS=$(SEEDS) go test -count=1 -run '^TestAnyInterleaving' -timeout 0

kill: ## the program is killed in the midst of fills, syncs, events and writes, so often (KILLS=100)
	KILLS=$(KILLS) go test -count=1 -run '^TestAKillAtAnyMoment$$' -timeout 0 -v .
	KILLS=$(KILLS) go test -count=1 -run '^Test(TheCopy|AFill)SurvivesKill$$' -timeout 0 -v ./mirror

bench: ## speed and size beside net/http, and for 1,000, 10,000 and 100,000 activities; a failure where they are out of bounds
	BENCH=1 go test -count=1 -run '^TestTargets$$' -v ./mirror
	go test -run '^$$' -bench . -benchmem -benchtime 5x ./fitness ./mirror
	BENCH=1 go test -count=1 -run '^TestSpeed$$' -v .

image: ## the Dockerfile built without a registry, and the image run as a careful platform does
	@scripts/image

lint: ## gofmt, vet and the linters
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo 'not formatted:'; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	go run $(GOLANGCI_LINT) run

generate: ## the code that gqlgen generates from graph/schema
	go generate .

web: ## the pages' bundle, built into web/dist
	npm --prefix web ci --no-audit --no-fund
	npm --prefix web run build

clean: ## what tests and tools have installed
	rm -rf web/node_modules testdata/clients/node_modules azuretable/testdata/azurite/node_modules \
		graph/testdata/schemalint/node_modules infra/testdata/parser/node_modules
