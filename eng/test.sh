#!/usr/bin/env bash
# Runs every test project that is built and ends with one line: N passed, N failed. Skipped tests are named and counted.
set -uo pipefail
cd "$(dirname "$0")/.."
configuration=${1:-Release}
passed=0 failed=0 skipped=0 broken=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# What people run is compiled ahead of time, and so is what the tests run: half of their time would go into starting it. A registry without the compiler
# leaves them the program as it was built.
platform=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
if dotnet publish src/Daemon -c "$configuration" -r "$platform" --self-contained false -p:PublishReadyToRun=true -o artifacts/published --nologo -v quiet; then
    export GALERAGATE_BINARY=$PWD/artifacts/published/galeragate
else
    echo "not compiled ahead of time: the tests take longer"
fi
for project in tests/*.Tests; do
    echo "== $project"
    dotnet test "$project" -c "$configuration" --no-build --nologo 2>&1 | tee "$log" | grep -vE '^(Test run for|A total of|Starting test|$)'
    summary=$(grep -E '^(Passed|Failed)!' "$log" | tail -n 1)
    number() { sed -n "s/.*$1: *\([0-9]*\).*/\1/p" <<< "$summary"; }
    if [ -n "$summary" ]; then
        passed=$((passed + $(number Passed))) failed=$((failed + $(number Failed))) skipped=$((skipped + $(number Skipped)))
    else
        broken=$((broken + 1))
    fi
    # A run that broke off has a summary of what it got to and is a failure all the same.
    grep -q 'Test Run Aborted' "$log" && broken=$((broken + 1))
done
failed=$((failed + broken))
if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
