#!/usr/bin/env bash
# Fuzzes the readers of input from outside: eng/fuzz.sh [TARGET|all] [SECONDS]. The program's own assemblies are
# instrumented (SharpFuzz), AFL++ looks for inputs that take new paths, and each target checks more than the absence of
# exceptions: tests/Fuzzing. Seeds come from the tests' fixtures. One line for each target shows what was run. Failures
# are in artifacts/fuzz/TARGET/faults.log, and the inputs found in artifacts/fuzz/TARGET/out, from which the next run
# continues.
set -euo pipefail
cd "$(dirname "$0")/.."
only=${1:-all} seconds=${2:-600}
if ! command -v afl-fuzz > /dev/null; then
    [ "$(id -u)" -eq 0 ] || { echo "as root: apt-get install afl++" >&2; exit 1; }
    apt-get update -qq && apt-get install -y -qq --no-install-recommends afl++ > /dev/null
fi
dotnet tool restore > /dev/null
dotnet build tests/Fuzzing -c Release --nologo -v quiet > /dev/null
work=$PWD/artifacts/fuzz
# The build must stay unchanged, so a copy is instrumented.
rm -rf "$work/bin"
mkdir -p "$work"
cp -r artifacts/bin/GaleraGate.Fuzzing/release "$work/bin"
for assembly in GaleraGate.Domain GaleraGate.Infrastructure galeragate; do
    dotnet sharpfuzz "$work/bin/$assembly.dll"
done
export AFL_SKIP_BIN_CHECK=1 AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 DOTNET_TieredPGO=0 DOTNET_gcServer=0
failed=0
for target in $("$work/bin/fuzzing" list); do
    [ "$only" = all ] || [ "$only" = "$target" ] || continue
    at=$work/$target
    rm -rf "$at/seeds"
    mkdir -p "$at/seeds" "$at/out"
    "$work/bin/fuzzing" seeds "$target" "$at/seeds"
    nice -n 19 afl-fuzz -i "$at/seeds" -o "$at/out" -m none -t 5000 -V "$seconds" \
        "$work/bin/fuzzing" run "$target" > "$at/afl.log" 2>&1 ||
        { tail -n 3 "$at/afl.log"; failed=$((failed + 1)); continue; }
    # Keeps what also fails in a program that is not instrumented: one input of each kind.
    faults=0 plain=artifacts/bin/GaleraGate.Fuzzing/release/fuzzing
    shopt -s nullglob
    crashes=("$at"/out/default/crashes/id*) hangs=("$at"/out/default/hangs/id*)
    "$plain" try "$target" ${crashes[@]+"${crashes[@]}"} > "$at/faults.log" 2>&1 || faults=$?
    for input in ${hangs[@]+"${hangs[@]}"}; do
        if timeout 20 "$plain" try "$target" "$input" > /dev/null 2>&1; then continue; fi
        faults=$((faults + 1))
        echo "$input: it fails, or has not ended after 20 s" >> "$at/faults.log"
        break
    done
    grep -a -A 3 "^$at/out" "$at/faults.log" | cut -c 1-400 || true
    failed=$((failed + faults))
    number() { sed -n "s/^$1 *: *//p" "$at/out/default/fuzzer_stats"; }
    printf '%-15s %9s runs in %5s s, %5s inputs that take a path of their own (%s of the map), %s faults\n' "$target" \
        "$(number execs_done)" "$(number run_time)" "$(number corpus_count)" "$(number bitmap_cvg)" "$faults"
done
# What a killed process left in memory.
for left in /dev/shm/galeragate-fuzzing-*; do [ -d "/proc/${left##*-}" ] || rm -rf "$left"; done
[ "$failed" -eq 0 ]
