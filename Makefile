# Each line is one step that a person or CI takes; what takes more than a line stands in eng/.
CONFIGURATION ?= Release
.PHONY: tools build test lab demo drill bench bench-reaction docs site pictures packages test-packages test-roots \
	newcomer matrix peer-suite rolling-upgrade soak release mutants stryker fuzz rooms simulate format check clean

tools:   ; @eng/tools.sh
build:   ; @dotnet build GaleraGate.sln -c $(CONFIGURATION) --nologo -v quiet
test:    tools build ; @eng/test.sh $(CONFIGURATION)
lab:     tools build ; @artifacts/bin/GaleraGate.Lab/release/lab up
demo:    tools build ; @artifacts/bin/GaleraGate.Lab/release/lab demo $(if $(KEEP),--keep)
drill:   tools build ; @artifacts/bin/GaleraGate.Lab/release/lab drill
bench:   tools build ; @bench/cpu-per-check.sh ; artifacts/bin/GaleraGate.Bench.Firewall/release/bench-firewall ; \
	artifacts/bin/GaleraGate.Bench.Audit/release/bench-audit $(or $(EVENTS),1000000)
bench-reaction: tools build ; @artifacts/bin/GaleraGate.Bench.Reaction/release/bench-reaction $(or $(ROUNDS),20)
pictures: tools build ; @eng/pictures.sh
docs:    build ; @eng/docs.sh $(CONFIGURATION)
packages: ; @eng/tools.sh packages && eng/packages.sh $(ARCHITECTURES)
test-packages: ; @eng/tools.sh packages && eng/test-packages.sh
matrix:  build ; @eng/tools.sh packages && eng/matrix.sh $(SUITES)
peer-suite: build ; @eng/peer-suite.sh $(TESTS)
rolling-upgrade: build ; @eng/tools.sh packages && eng/rolling-upgrade.sh $(SUITES)
soak:    build ; @eng/soak.sh --minutes $(or $(MINUTES),60) $(if $(SEED),--seed $(SEED))
test-roots: ; @eng/tools.sh packages && eng/test-roots.sh
newcomer: ; @eng/tools.sh packages && eng/newcomer.sh
site:    ; @eng/site.sh
release: ; @eng/release.sh
mutants: ; @eng/mutants.sh
stryker: ; @eng/stryker.sh $(FILES)
fuzz:    ; @eng/fuzz.sh $(or $(TARGET),all) $(or $(SECONDS),600)
rooms:   ; @eng/rooms.sh $(COMMIT)
simulate: build ; @eng/simulate.sh $(CONFIGURATION) $(or $(SECONDS),60)
format:  ; @dotnet format GaleraGate.sln
check:   ; @dotnet format GaleraGate.sln --verify-no-changes && $(MAKE) test
clean:   ; @rm -rf artifacts
