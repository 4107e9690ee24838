#!/usr/bin/env bash
# What one check costs: CPU of the whole process tree over a minute of steady running on a real node, at the interval of the shell script that
# galeragate descends from (1 s; the script was measured at 31 ms a check) and at its own (250 ms); and the memory it takes.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-60}
program=$(mktemp -d)
trap 'rm -rf "$program"; artifacts/bin/GaleraGate.Lab/release/lab down' EXIT
dotnet publish src/Daemon -c Release -r "linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')" --self-contained -p:PublishReadyToRun=true -o "$program" --nologo -v quiet
up=$(artifacts/bin/GaleraGate.Lab/release/lab up --nodes 1)
space=$(sed -n 's/^n1: ip netns exec \([^ ]*\) .*/\1/p' <<< "$up")
socket=$(sed -n 's/^n1: .*socket \([^;]*\);.*/\1/p' <<< "$up")
credentials=$(sed -n 's/^n1: .*credentials //p' <<< "$up")

# User and system time of the process, its threads and the children that have ended, in milliseconds.
busy() { awk '{ print ($14 + $15 + $16 + $17) * 10 }' /proc/"$1"/stat; }
for interval in 1s 250ms; do
    journal=$(mktemp -d)
    ip netns exec "$space" "$program/galeragate" run --node n1 --check-interval $interval --socket "$socket" --defaults-extra-file "$credentials" --journal "$journal" 2> /dev/null &
    pid=$!
    sleep 5
    before=$(busy $pid)
    sleep "$seconds"
    after=$(busy $pid)
    awk -v interval=$interval -v busy=$((after - before)) -v seconds="$seconds" -v rss="$(awk '/VmRSS/ {print $2}' /proc/$pid/status)" -v anon="$(awk '/RssAnon/ {print $2}' /proc/$pid/status)" \
        'BEGIN { checks = interval == "1s" ? seconds : seconds * 4; ms = busy / checks
                 printf "every %s: %.2f ms of CPU a check, %.1f times below the script'"'"'s 31 ms; memory %.0f MB resident, %.0f MB of it its own\n", interval, ms, 31 / ms, rss / 1024, anon / 1024 }'
    kill $pid
    wait $pid || true
    rm -rf "$journal"
done
