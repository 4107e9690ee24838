#!/usr/bin/env bash
# Builds the packages of an earlier release from its own commit, once; upgrade tests start from them.
# Usage: eng/released.sh VERSION   Prints their folder.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
declare -A commits=([0.1.0]=919ad946fdfe1b958ec21402f92c22fbe0011c95)
out=$PWD/artifacts/released/$version
if [ ! -e "$out/SHA256SUMS" ]; then
    commit=${commits[$version]}
    git cat-file -e "$commit^{commit}" || { echo "this clone has no history: git fetch --unshallow" >&2; exit 1; }
    tree=$(mktemp -d)
    trap 'rm -rf "$tree"' EXIT
    git archive "$commit" | tar -x -C "$tree"
    (
        cd "$tree"
        SOURCE_DATE_EPOCH=$(cd "$OLDPWD" && git log -1 --format=%ct "$commit")
        export SOURCE_DATE_EPOCH
        dotnet build src/Daemon -c Release --nologo -v quiet && eng/packages.sh amd64
    ) > "$tree/log" 2>&1 || { tail -n 20 "$tree/log" >&2; exit 1; }
    mkdir -p "${out%/*}" && rm -rf "$out" && cp -r "$tree/artifacts/packages" "$out"
fi
echo "$out"
