#!/usr/bin/env bash
# docs.sh [CONFIGURATION]: writes the documents that are made from the source.
set -euo pipefail
cd "$(dirname "$0")/.."
for page in options.md galeragate.8; do
    artifacts/bin/GaleraGate.Daemon/release/galeragate document "$page" > "docs/$page"
done
DIAGRAMS_REWRITE=1 dotnet test tests/Domain.Tests -c "${1:-Release}" --no-build --nologo \
    --filter "FullyQualifiedName~DiagramTests|FullyQualifiedName~EventDocumentTests" | tail -n 1
