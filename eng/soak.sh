#!/usr/bin/env bash
# Breaks a real cluster at random for an hour while clients use it, and judges the three daemons, their journals, the
# archive and the clients by rules (tests/Lab/Soak.cs). Exit code 0: every rule held. Needs root.
# Usage: eng/soak.sh [--minutes N] [--seed N] [--samples FILE]
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${GALERAGATE_BINARY:-}" ] || eng/native.sh artifacts/native
export GALERAGATE_BINARY=${GALERAGATE_BINARY:-$PWD/artifacts/native/galeragate}
# A shell that started this in the background made it ignore the signals that end it.
exec env --default-signal=HUP,INT,QUIT artifacts/bin/GaleraGate.Lab/release/lab soak "$@"
