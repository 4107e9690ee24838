#!/usr/bin/env bash
# Compiles the native program: one file, no runtime beside it, its debug symbols in galeragate.dbg.
# Usage: eng/native.sh OUT [PLATFORM]   (default: the host's own)
# Fails at a trimming or AOT warning that is not from a package listed here: ADR 22 has why those do no harm.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$1
platform=${2:-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')}
known='^/_/src/(JasperFx|Marten|Weasel\.Storage)/'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet publish src/Daemon -c Release -r "$platform" -o "$out" --nologo -v quiet > "$log" 2>&1 ||
    { grep -E 'error' "$log" >&2 || cat "$log" >&2; exit 1; }
if grep -E 'warning' "$log" | grep -vE "$known" >&2; then
    echo "these warnings are new: see ADR 22" >&2
    exit 1
fi
rm -f "$out"/*.xml "$out"/*.pdb
