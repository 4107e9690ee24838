#!/usr/bin/env bash
# Query times of a fleet's archive: a real daemon's journal supplies one node's events, which are shipped and copied to
# as many nodes as requested.
#   bench/archive-fleet.sh JOURNAL [NODES [PROGRAM...]]
# JOURNAL is a journal's directory; its first 10 000 events are spread over four weeks (bench-audit 12000 FOLDER makes
# FOLDER/journal). NODES is 200 by default. The first PROGRAM, by default the native one, makes the archive and its read
# models; each further PROGRAM runs the same queries.
set -euo pipefail
journal=${1:?"a journal's directory"} nodes=${2:-200}
programs=("${@:3}")
[ ${#programs[@]} -gt 0 ] || programs=("$(cd "$(dirname "$0")/.." && pwd)/artifacts/native/galeragate")
galeragate=${programs[0]}
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
work=$(mktemp -d)
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
# Stretches one node's 80 minutes or so to four weeks, wall-clock times and monotonic times alike.
stretch=$(sql "SELECT 28 * 86400 / extract(epoch FROM max(timestamp) - min(timestamp)) FROM galeragate.mt_events
    WHERE version <= 10000")
sql "DELETE FROM galeragate.galeragate_closures; DELETE FROM galeragate.galeragate_snapshots;
     DELETE FROM galeragate.mt_events WHERE version > 10000; UPDATE galeragate.mt_streams SET version = 10000;
     UPDATE galeragate.mt_events e SET timestamp = f.first + (e.timestamp - f.first) * $stretch,
        headers = e.headers || jsonb_build_object(
            'at', to_char((f.first + (e.timestamp - f.first) * $stretch) AT TIME ZONE 'UTC',
                'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),
            'mono', round((e.headers ->> 'mono')::numeric * $stretch, 6))
      FROM (SELECT min(timestamp) AS first FROM galeragate.mt_events) f;
     INSERT INTO galeragate.mt_streams (id, version) SELECT 'node/galera/n' || g, 10000
      FROM generate_series(2, $nodes) g;
     INSERT INTO galeragate.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers)
     SELECT nextval('galeragate.mt_events_sequence'), gen_random_uuid(), 'node/galera/n' || g, version, data, type,
        timestamp + g * interval '1 second', mt_dotnet_type,
        headers || jsonb_build_object('node', 'n' || g, 'at',
            to_char((timestamp + g * interval '1 second') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))
     FROM generate_series(2, $nodes) g, galeragate.mt_events WHERE stream_id = 'node/galera/n1'
     ORDER BY g, version" > /dev/null
sql "VACUUM ANALYZE galeragate.mt_events" > /dev/null
echo "$nodes nodes x 10000 events, $(sql "SELECT pg_size_pretty(pg_total_relation_size('galeragate.mt_events'))")"
timed "archive rebuild" "$galeragate" archive rebuild --archive "$archive"
sql "VACUUM ANALYZE galeragate.galeragate_closures; " > /dev/null
sql "VACUUM ANALYZE galeragate.galeragate_snapshots" > /dev/null
echo "the read models: $(sql "SELECT pg_size_pretty(pg_total_relation_size('galeragate.galeragate_closures')
    + pg_total_relation_size('galeragate.galeragate_snapshots'))")"
of() {
    sql "SELECT to_char(($1) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM galeragate.mt_events
        WHERE stream_id = 'node/galera/n7' AND version = 5000"
}
at=$(of timestamp) hour=$(of "timestamp + interval '1 hour'")
for program in "${programs[@]}"; do
    echo "== $program"
    timed "galeragate --version, which is what a start costs" "$program" --version
    for try in first second; do
        echo "the $try time:"
        timed "archive status" "$program" archive status --archive "$archive"
        timed "failovers, one node" "$program" audit failovers --archive "$archive" --node n7
        timed "failovers, all nodes, the whole month" "$program" audit failovers --archive "$archive"
        timed "failovers, all nodes, an hour" "$program" audit failovers --archive "$archive" \
            --since "$at" --until "$hour"
        timed "timeline of an hour, all nodes" "$program" audit timeline --archive "$archive" \
            --since "$at" --until "$hour"
        timed "at, all nodes" "$program" audit at "$at" --archive "$archive"
        timed "at, one node" "$program" audit at "$at" --archive "$archive" --node n7
        timed "why, one node" "$program" audit why 5000 --archive "$archive" --node n7
    done
done
old=$(of "timestamp - interval '7 days'")
timed "retention: DELETE of what is older than a week before that" \
    sql "DELETE FROM galeragate.mt_events WHERE timestamp < '$old' RETURNING 1"
timed "and VACUUM" sql "VACUUM galeragate.mt_events"
