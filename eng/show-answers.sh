#!/usr/bin/env bash
# Prints this host's server's answers to SHOW in states that matter to a gate, one line of JSON each: the state, and
# every variable as the server spells it. Starts a cluster of one in a folder of its own and removes it at the end.
# The tests judge the recorded output: tests/Domain.Tests/Acceptance/answers.
set -euo pipefail
work=$(mktemp -d)
trap '[ -z "${server:-}" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$work"' EXIT
chmod 755 "$work"
mariadb-install-db --no-defaults --datadir="$work/data" --user=mysql --skip-test-db > "$work/install.log" 2>&1
chown -R mysql "$work"
mariadbd --no-defaults --user=mysql --datadir="$work/data" --socket="$work/s" --port=13306 --bind-address=127.0.0.1 \
    --wsrep-on=ON --wsrep-provider=/usr/lib/galera/libgalera_smm.so --wsrep-cluster-address=gcomm:// \
    --wsrep-node-address=127.0.0.1 --binlog-format=ROW --innodb-autoinc-lock-mode=2 > "$work/log" 2>&1 &
server=$!
sql() { mariadb --no-defaults -uroot -S "$work/s" -NBe "$1"; }
for _ in $(seq 600); do
    [ "$(sql "SHOW STATUS LIKE 'wsrep_local_state'" 2> /dev/null | cut -f 2)" = 4 ] && break
    sleep 0.1
done
answers() { # STATE
    sql "SHOW GLOBAL STATUS WHERE Variable_name LIKE 'wsrep%' OR Variable_name IN
            ('Threads_connected', 'Threads_running', 'Uptime');
        SHOW GLOBAL VARIABLES WHERE (Variable_name LIKE 'wsrep%' AND Variable_name <> 'wsrep_provider_options') OR
            Variable_name IN ('read_only', 'super_read_only', 'offline_mode', 'version')" |
        awk -F '\t' -v state="$1" '
            function text(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return "\"" s "\"" }
            { line = line (NR > 1 ? "," : "") text($1) ":" text($2) }
            END { print "{\"state\":" text(state) ",\"variables\":{" line "}}" }'
}
answers synced
sql "SET GLOBAL read_only = ON" && answers read-only && sql "SET GLOBAL read_only = OFF"
sql "SET GLOBAL wsrep_desync = ON" && sleep 1 && answers desynced
sql "SET GLOBAL wsrep_sst_method = 'xtrabackup-v2'" && answers desynced-xtrabackup
sql "SET GLOBAL wsrep_desync = OFF" && sleep 1
sql "SET GLOBAL wsrep_cluster_address = ''" && sleep 1 && answers disconnected
