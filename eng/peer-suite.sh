#!/usr/bin/env bash
# Runs MariaDB's own Galera tests with a galeragate on each server that they start (tests/Lab/PeerSuite.cs). Reports a
# test that fails only with galeragate, an anomalous change of state, an answer that is not recognized, and a gate that
# was open on an unfit server for longer than the rules allow. All tests together take hours.
# Usage: eng/peer-suite.sh [TEST...] [-- OPTION...]   (galera.galera_read_only; the options go to galeragate run)
set -euo pipefail
cd "$(dirname "$0")/.."
dpkg-query -W -f '${Status}' mariadb-test 2> /dev/null | grep -q "ok installed" ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends mariadb-test > /dev/null; }
[ -n "${GALERAGATE_BINARY:-}" ] || eng/native.sh artifacts/native
export GALERAGATE_BINARY=${GALERAGATE_BINARY:-$PWD/artifacts/native/galeragate}
exec artifacts/bin/GaleraGate.Lab/release/lab peer-suite "$@"
