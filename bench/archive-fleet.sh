#!/usr/bin/env bash
# Query times of an archive of a fleet: one node's events are shipped by a real daemon's journal and copied to as many
# nodes as asked for.
#   bench/archive-fleet.sh JOURNAL [NODES]
# JOURNAL is a journal's directory, the first 10 000 events of which are taken (bench-audit 12000 FOLDER makes
# FOLDER/journal); NODES is 200 unless told.
set -euo pipefail
journal=${1:?"a journal's directory"} nodes=${2:-200}
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
work=$(mktemp -d)
galeragate=$(cd "$(dirname "$0")/.." && pwd)/artifacts/bin/GaleraGate.Daemon/release/galeragate
chmod 755 "$work"
mkdir "$work/data" "$work/socket"
chown postgres "$work/data" "$work/socket"
as=(setpriv --reuid postgres --regid postgres --clear-groups)
"${as[@]}" "$bin/initdb" -D "$work/data" -U postgres -A trust --no-sync --locale=C.UTF-8 > /dev/null
"${as[@]}" "$bin/postgres" -D "$work/data" -k "$work/socket" -c listen_addresses= \
    -c max_wal_size=8GB -c shared_buffers=512MB > "$work/log" 2>&1 &
server=$!
trap 'kill -INT $server; wait $server || true; rm -rf "$work"' EXIT
until "$bin/pg_isready" -q -h "$work/socket"; do sleep 0.2; done
archive="Host=$work/socket;Username=postgres;Database=postgres;Command Timeout=600"
sql() { psql -h "$work/socket" -U postgres -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
timed() {
    local before
    before=$(date +%s%N)
    "${@:2}" > "$work/out"
    echo "$1: $((($(date +%s%N) - before) / 1000000)) ms, $(wc -l < "$work/out") lines"
}

"$galeragate" archive init --archive "$archive" > /dev/null
"$galeragate" run --dry-run --node n1 --journal "$journal" --archive "$archive" \
    --socket "$work/none" --defaults-extra-file /dev/null 2> /dev/null &
daemon=$!
until [ "$(sql "SELECT coalesce(max(version), 0) FROM galeragate.mt_events")" -ge 10000 ]; do sleep 0.2; done
kill $daemon
wait $daemon || true
sql "DELETE FROM galeragate.mt_events WHERE version > 10000; UPDATE galeragate.mt_streams SET version = 10000;
     INSERT INTO galeragate.mt_streams (id, version) SELECT 'node/galera/n' || g, 10000
      FROM generate_series(2, $nodes) g;
     INSERT INTO galeragate.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers)
     SELECT nextval('galeragate.mt_events_sequence'), gen_random_uuid(), 'node/galera/n' || g, version, data, type,
        timestamp, mt_dotnet_type, jsonb_set(headers, '{node}', to_jsonb('n' || g))
     FROM galeragate.mt_events, generate_series(2, $nodes) g WHERE stream_id = 'node/galera/n1';
      ANALYZE galeragate.mt_events" > /dev/null
echo "$nodes nodes x 10000 events, $(sql "SELECT pg_size_pretty(pg_total_relation_size('galeragate.mt_events'))")"
at=$(sql "SELECT to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM galeragate.mt_events
    WHERE stream_id = 'node/galera/n7' AND version = 5000")
end=$(date -u -d "$at + 1 minute" +%Y-%m-%dT%H:%M:%SZ)
timed "galeragate --version, which is what a start costs" "$galeragate" --version
timed "archive status" "$galeragate" archive status --archive "$archive"
timed "events of a minute, one node" "$galeragate" audit events --archive "$archive" --node n7 \
    --since "$at" --until "$end"
timed "events of a minute, all nodes" "$galeragate" audit events --archive "$archive" --since "$at" --until "$end"
timed "why, one node" "$galeragate" audit why 5000 --archive "$archive" --node n7
timed "at, one node" "$galeragate" audit at "$at" --archive "$archive" --node n7
timed "failovers, one node" "$galeragate" audit failovers --archive "$archive" --node n7
timed "failovers, all nodes" "$galeragate" audit failovers --archive "$archive"
