# Everyday verbs. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help build run test check format gen attacks bench soak powerfail clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

build: ## programs into build/bin
	cmake -B build -G Ninja && ninja -C build

run: ## a whole site on this machine (same as ./run)
	./run

check: ## the quick tests: build with gcc, unit and simulation
	./test unit

test: ## every test (same as ./test)
	./test

format: ## clang-format over the tree
	git ls-files '*.[ch]' | xargs clang-format -i

gen: ## generated files from their sources
	scripts/gen.sh

attacks: ## docs/attacks.md from the attacks themselves
	build/bin/wattward-sim attack all --markdown > build/attacks.md && mv build/attacks.md docs/attacks.md

bench: ## benchmarks, each printing ratios against a named baseline
	scripts/bench.sh

soak: ## a search with every fuzz target: SECONDS_EACH=600 make soak
	scripts/fuzz.sh $${SECONDS_EACH:-600}

powerfail: ## the store under every cut of power, with more seeds
	cmake -B build -G Ninja -DWATTWARD_TESTS=ON && ninja -C build && \
	    ctest --test-dir build -R powerfail --output-on-failure

clean: ## removes build/ (never var/, the site's state)
	rm -rf build
