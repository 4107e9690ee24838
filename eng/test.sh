#!/usr/bin/env bash
# Runs every test project that is built and ends with one line: N passed, N failed. Lists and counts skipped tests.
set -uo pipefail
cd "$(dirname "$0")/.."
configuration=${1:-Release}
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The tests run what users run: the native program.
eng/sysroot.sh "$(dpkg --print-architecture)" > /dev/null ||
    { echo "Debian 11 cannot be had: linked against this host, which packages never are"; export SYSROOT=/; }
eng/native.sh artifacts/native || { echo "0 passed, 1 failed"; exit 1; }
export GALERAGATE_BINARY=$PWD/artifacts/native/galeragate
number() { sed -n "s/.*$1: *\([0-9]*\).*/\1/p" <<< "$summary"; }
for project in tests/*.Tests; do
    echo "== $project"
    # A shell that started this in the background made it ignore signals by which tests end programs.
    env --default-signal=HUP,INT,QUIT \
        dotnet test "$project" -c "$configuration" --no-build --nologo 2>&1 |
        tee "$log" | grep -vE '^(Test run for|A total of|Starting test|$)'
    summary=$(grep -E '^(Passed|Failed)!' "$log" | tail -n 1)
    # A run that was cut short still has a summary of what it completed, and counts as a failure.
    if [ -z "$summary" ] || grep -q 'Test Run Aborted' "$log"; then failed=$((failed + 1)); fi
    [ -n "$summary" ] || continue
    # No second try: a test that fails beside the others and passes alone needs a fix.
    passed=$((passed + $(number Passed))) skipped=$((skipped + $(number Skipped))) failed=$((failed + $(number Failed)))
done
also=""
if [ "$skipped" -gt 0 ]; then also=", $skipped skipped"; fi
echo "$passed passed, $failed failed$also"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
