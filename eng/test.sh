#!/usr/bin/env bash
# Runs every test project that is built and ends with one line: N passed, N failed. Lists and counts skipped tests.
set -uo pipefail
cd "$(dirname "$0")/.."
configuration=${1:-Release}
passed=0 failed=0 skipped=0 broken=0 unsteady=""
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The tests run what users run: the native program.
eng/sysroot.sh "$(dpkg --print-architecture)" > /dev/null ||
    { echo "Debian 11 cannot be had: linked against this host, which packages never are"; export SYSROOT=/; }
eng/native.sh artifacts/native || { echo "0 passed, 1 failed"; exit 1; }
export GALERAGATE_BINARY=$PWD/artifacts/native/galeragate
number() { sed -n "s/.*$1: *\([0-9]*\).*/\1/p" <<< "$summary"; }
run() { # PROJECT [FILTER]
    # A shell that started this in the background made it ignore signals by which tests end programs.
    env --default-signal=HUP,INT,QUIT \
        dotnet test "$1" -c "$configuration" --no-build --nologo ${2:+--filter "$2"} 2>&1 |
        tee "$log" | grep -vE '^(Test run for|A total of|Starting test|$)'
    summary=$(grep -E '^(Passed|Failed)!' "$log" | tail -n 1)
    # A run that was cut short still has a summary of what it completed, and counts as a failure.
    if [ -z "$summary" ] || grep -q 'Test Run Aborted' "$log"; then broken=$((broken + 1)); return 1; fi
}
for project in tests/*.Tests; do
    echo "== $project"
    run "$project" || true
    [ -n "$summary" ] || continue
    first=$(number Failed)
    passed=$((passed + $(number Passed))) skipped=$((skipped + $(number Skipped)))
    [ "$first" -gt 0 ] || continue
    # A failing seed of the simulation is a fault, whatever the next seed does.
    if grep -q 'SIMULATION_SEED=' "$log"; then failed=$((failed + first)); continue; fi
    # Three clusters side by side on two cores can disturb one another. A failed test runs once more with nothing next
    # to it. If it passes then, it is listed by name and needs a fix.
    names=$(sed -n 's/^ *Failed \(GaleraGate\.[A-Za-z0-9_.+]*\).*/\1/p' "$log" | sort -u)
    [ "$(wc -w <<< "$names")" -le 5 ] && [ -n "$names" ] || { failed=$((failed + first)); continue; }
    echo "== again, alone"
    again=0
    for name in $names; do
        run "$project" "FullyQualifiedName=$name" || { again=$first; break; }
        if [ "$(number Failed)" -gt 0 ]; then again=$((again + $(number Failed))); else unsteady="$unsteady $name"; fi
    done
    if [ "$again" -gt "$first" ]; then again=$first; fi
    failed=$((failed + again)) passed=$((passed + first - again))
done
for name in $unsteady; do echo "unsteady: $name failed beside the others and passed alone"; done
failed=$((failed + broken))
also=""
if [ "$skipped" -gt 0 ]; then also=", $skipped skipped"; fi
echo "$passed passed, $failed failed$also"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
