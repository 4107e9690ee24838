#!/usr/bin/env bash
# Mutants of the decisions, made by Stryker: eng/stryker.sh [FILE...], below src/Domain, such as Gate/GateMoves.cs or
# 'Gate/GateMoves.cs{400..900}' for a stretch of characters; without one, all of Gate and Galera, which takes hours on
# two cores. It works on a copy. Survivors are printed; the report is artifacts/stryker/mutation-report.json. Without
# properties (FAST=1) a mutant takes a second instead of twenty, and what survives wants a second run of its file.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$copy"
# A property tries hundreds of stories, and Stryker runs it again for each mutant that it meets.
[ -z "${FAST:-}" ] || sed -i 's/"test-case-filter": "/&FullyQualifiedName!~Properties\&/' "$copy/stryker-config.json"
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
