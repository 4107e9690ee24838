#!/usr/bin/env bash
# Runs Stryker's mutants of the decisions: eng/stryker.sh [FILE...]. FILE is a path below src/Domain such as
# Gate/GateMoves.cs, or 'Gate/GateMoves.cs{400..900}' for a range of characters. The default, all of Gate and Galera,
# takes hours on two cores. It works on a copy. Survivors are printed; the report is
# artifacts/stryker/mutation-report.json. FAST=1 runs the tests that name a rule alone, without properties: a mutant
# then takes 1 to 3 s instead of 20 s, and a file with survivors needs a second run without FAST=1. A mutant in a table
# (a static field) is tried by every test, so tables take longest.
set -euo pipefail
cd "$(dirname "$0")/.."
# The analyzers take most of a build's time and find nothing in a mutant.
export RunAnalyzers=false
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$copy"
# A property tries hundreds of stories, and Stryker runs it again for each mutant that it covers.
quick=$(printf '|FullyQualifiedName~%s' Tests.Galera Tests.Gate Tests.Scenarios Tests.Acceptance)
quick="(${quick#|})\\&FullyQualifiedName!~A_daemon_killed_at_any_point"
[ -z "${FAST:-}" ] ||
    sed -i "s/\"test-case-filter\": \"[^\"]*/\"test-case-filter\": \"$quick/" "$copy/stryker-config.json"
files=()
for file in "$@"; do files+=(--mutate "$file"); done
out=$PWD/artifacts/stryker
cd "$copy"
dotnet tool restore > /dev/null
cd tests/Domain.Tests
nice -n 19 dotnet stryker -f ../../stryker-config.json -O "$copy/out" ${files[@]+"${files[@]}"} |
    grep -aE '^\[Survived\]|^\[NoCoverage\]|^ *[-+] |score|tested'
mkdir -p "$out"
find "$copy/out" -name mutation-report.json -exec cp {} "$out/" \;
