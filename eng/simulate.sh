#!/usr/bin/env bash
# simulate.sh [CONFIGURATION [SECONDS]]: plays fresh simulated worlds for that long, and prints the seed of one that
# fails.
set -euo pipefail
cd "$(dirname "$0")/.."
SIMULATION_SECONDS=${2:-60} dotnet test tests/Simulation.Tests -c "${1:-Release}" --no-build --nologo \
    --filter FullyQualifiedName~fresh -l 'console;verbosity=detailed' | grep -E 'worlds|SIMULATION_SEED|ailed|assed'
