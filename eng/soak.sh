#!/usr/bin/env bash
# Breaks a real cluster at random for an hour, under clients, and judges by rules what became of the three daemons,
# their journals, the archive and the clients (tests/Lab/Soak.cs). Exit 0: every rule held. Needs root.
# Usage: eng/soak.sh [--minutes N] [--seed N] [--samples FILE]
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${GALERAGATE_BINARY:-}" ] || eng/native.sh artifacts/native
export GALERAGATE_BINARY=${GALERAGATE_BINARY:-$PWD/artifacts/native/galeragate}
# Whoever started this in the background of a shell let it ignore the signals by which it ends.
exec env --default-signal=HUP,INT,QUIT artifacts/bin/GaleraGate.Lab/release/lab soak "$@"
