#!/usr/bin/env bash
# Tries every small fault in the Domain or in the journal: eng/stryker.sh [Domain|Infrastructure] [FILE...]. FILE is a
# path below that project such as Gate/GateMoves.cs, or 'Gate/GateMoves.cs{400..900}' for a range of characters; the
# default is all of the Domain, or all of Infrastructure/Journal. It works on a copy. Stryker makes the mutants, all in
# one file; it would start a test host for each (a night), so it gets a single test, and eng/stryker.cs tries the
# mutants with all tests that name a rule. Prints the survivors and the score of each file. docs/tested-on.md names the
# survivors that no test can tell from the code.
set -euo pipefail
cd "$(dirname "$0")/.."
# The analyzers take most of a build's time and find nothing in a mutant.
export RunAnalyzers=false
copy=$(mktemp -d)
trap '[ -z "${keeper:-}" ] || kill "$keeper" 2> /dev/null || true; rm -rf "$copy"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$copy"
project=Domain files=()
case ${1:-} in Domain | Infrastructure) project=$1; shift ;; esac
for file in "$@"; do files+=(--mutate "$file"); done
cd "$copy"
tests=$copy/artifacts/bin/GaleraGate.$project.Tests/release
mutated=$tests/GaleraGate.$project.dll
# Stryker puts the correct file back at its end.
keep() {
    until [ -e "$mutated.stryker-unchanged" ] && [ -e "$mutated" ] &&
        ! cmp -s "$mutated" "$mutated.stryker-unchanged" &&
        cp "$mutated" kept 2> /dev/null && sleep 1 && cmp -s "$mutated" kept; do sleep 0.2; done
}
keep &
keeper=$!
dotnet tool restore > /dev/null
cd "tests/$project.Tests"
dotnet stryker -O "$copy/out" ${files[@]+"${files[@]}"} > "$copy/stryker.log" ||
    { cat "$copy/stryker.log"; exit 2; }
wait "$keeper"
cd "$copy"
cp kept "$mutated"
dotnet run eng/stryker.cs -- "$project" "$tests" "$(find out -name mutation-report.json)"
