#!/usr/bin/env bash
# docs.sh [CONFIGURATION]: writes the documents that are generated from the source.
set -euo pipefail
cd "$(dirname "$0")/.."
program=artifacts/bin/GaleraGate.Daemon/release/galeragate
"$program" document options.md > docs/options.md
rm -f docs/man/*.8
for page in $("$program" document manuals); do "$program" document "$page" > "docs/man/$page"; done
DIAGRAMS_REWRITE=1 dotnet test tests/Domain.Tests -c "${1:-Release}" --no-build --nologo \
    --filter "FullyQualifiedName~DiagramTests|FullyQualifiedName~EventDocumentTests" | tail -n 1
