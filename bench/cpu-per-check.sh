#!/usr/bin/env bash
# What one check costs on a real node, at the interval of the shell script that galeragate descends from (1 s; the
# script was measured at 31 ms a check) and at galeragate's own (250 ms). Prints the CPU time of all threads over a
# minute and the memory at its end. Usage: bench/cpu-per-check.sh [PROGRAM...] (default: the native program; several are
# measured one after the other)
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-60}
lab=artifacts/bin/GaleraGate.Lab/release/lab
programs=("$@")
if [ ${#programs[@]} -eq 0 ]; then
    eng/native.sh artifacts/native
    programs=("$PWD/artifacts/native/galeragate")
fi
trap '$lab down' EXIT
up=$($lab up --nodes 1)
space=$(sed -n 's/^n1: ip netns exec \([^ ]*\) .*/\1/p' <<< "$up")
socket=$(sed -n 's/^n1: .*socket \([^;]*\);.*/\1/p' <<< "$up")
credentials=$(sed -n 's/^n1: .*credentials //p' <<< "$up")

# CPU milliseconds: of all its threads, to the nanosecond, and of its children that have ended, in ticks of 10 ms.
busy() {
    cat /proc/"$1"/task/*/schedstat | awk -v children="$(awk '{ print ($16 + $17) * 10 }' "/proc/$1/stat")" \
        '{ sum += $1 } END { print sum / 1e6 + children }'
}
memory() { awk -v name="$2:" '$1 == name { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }
for interval in 1s 250ms; do
    for program in "${programs[@]}"; do
        journal=$(mktemp -d)
        ip netns exec "$space" "$program" run --node n1 --check-interval $interval --socket "$socket" \
            --defaults-extra-file "$credentials" --journal "$journal" 2> /dev/null &
        pid=$!
        # The gate is open and the start is complete.
        sleep 15
        before=$(busy $pid)
        sleep "$seconds"
        awk -v interval=$interval -v busy="$(busy $pid)" -v before="$before" -v seconds="$seconds" \
            -v program="$program" \
            -v rss="$(memory $pid VmRSS)" -v own="$(memory $pid RssAnon)" 'BEGIN {
                checks = interval == "1s" ? seconds : seconds * 4
                ms = (busy - before) / checks
                printf "every %s: %.2f ms of CPU a check, ", interval, ms
                printf "%.0f times below the script'"'"'s 31 ms; ", 31 / ms
                printf "%d MB resident, %d MB of it its own (%s)\n", rss, own, program }'
        kill $pid
        wait $pid || true
        rm -rf "$journal"
    done
done
