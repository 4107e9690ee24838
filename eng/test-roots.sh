#!/usr/bin/env bash
# Tries the packages on the oldest and the newest supported Debian: MariaDB 10.5 with iptables 1.8.7, and 11.8 with
# 1.8.11. In each, a cluster of one node and its daemon run in namespaces of their own. A client from another namespace
# gets in on 3308, is refused while read_only is ON, and gets in again. The arm64 program then has to answer under qemu
# what the amd64 program answers. Needs root and the output of `make packages`; leaves nothing on the host.
# Usage: eng/test-roots.sh [SUITE...]   (default: bullseye trixie, and arm64)
set -euo pipefail
cd "$(dirname "$0")/.."
packages=$PWD/artifacts/packages
work=$(mktemp -d /tmp/galeragate-roots.XXXXXX)
chmod 755 "$work"
init='' client=''
say() { echo "== $*"; }
fail() {
    echo "WRONG: $*" >&2
    tail -n 20 "$root/var/log/daemon.log" "$root/var/log/server.log" >&2 2> /dev/null || true
    exit 1
}
finish() {
    [ -z "$init" ] || kill -9 "$init" 2> /dev/null || true
    [ -z "$client" ] || kill -9 "$client" 2> /dev/null || true
    wait 2> /dev/null || true
    rm -rf "$work"
}
trap finish EXIT
await() { # TENTHS WHAT COMMAND...
    local tenths=$1 what=$2
    shift 2
    for _ in $(seq "$tenths"); do "$@" && return 0; sleep 0.1; done
    fail "$what"
}
inside() {
    nsenter -t "$init" -m -p -u -i -n --root --wd \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
}
outside() { nsenter -t "$client" -n "$@"; }

# Creates a root with the packages in it, and namespaces whose first process is a shell; they end with it.
boot() {
    root=$work/$1
    # apt finds what the packages depend on, or rejects them.
    mmdebstrap --variant=minbase --include=mariadb-server,ipset,conntrack \
        --customize-hook="cp $packages/galeragate_*_amd64.deb $packages/galeragate-mysqlchk_*.deb \$1/var" \
        --customize-hook='chroot "$1" sh -c "apt-get install -qq --no-install-recommends /var/*.deb"' \
        "$1" "$root" > "$work/install.log" 2>&1 || { tail -n 20 "$work/install.log" >&2; fail "no root of $1"; }
    unshare --mount --pid --uts --ipc --net --fork --kill-child -- bash -c '
        mount --make-rprivate / && mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" &&
        mount -t sysfs sysfs "$0/sys" && mount -t tmpfs tmpfs "$0/run" &&
        exec chroot "$0" sleep infinity' "$root" 2> "$work/boot.log" &
    local unshared=$!
    settled() { init=$(pgrep -P "$unshared") && [ "$(cat "/proc/$init/comm")" = sleep ]; }
    await 50 "no namespaces" settled
    unshare --net sleep infinity &
    client=$!
    apart() { [ "$(readlink "/proc/$client/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
    await 50 "no client's namespace" apart
    ip link add name node netns "$init" type veth peer name client netns "$client"
    inside ip link set lo up
    inside ip address add 10.78.0.1/24 dev node
    inside ip link set node up
    outside ip address add 10.78.0.2/24 dev client
    outside ip link set client up
}

start_server() {
    inside install -d -o mysql -g mysql /run/mysqld
    inside mariadbd --user=mysql --bind-address=0.0.0.0 --skip-name-resolve --wsrep-on=ON \
        --wsrep-provider=/usr/lib/galera/libgalera_smm.so --wsrep-cluster-address=gcomm:// --wsrep-cluster-name=roots \
        --wsrep-node-address=10.78.0.1 --binlog-format=ROW --innodb-autoinc-lock-mode=2 \
        > "$root/var/log/server.log" 2>&1 &
    synced() { inside mariadb -Nse "SHOW STATUS LIKE 'wsrep_local_state'" 2> /dev/null | grep -q 4; }
    await 600 "the server is not synced" synced
    inside mariadb -e "CREATE USER galeragate@localhost IDENTIFIED BY 'secret'; CREATE USER app IDENTIFIED BY 'app'"
}

# A session from the other end of the link with this root's client; each one is new.
gets_in() {
    nsenter -t "$init" -m -p --root --wd --net="/proc/$client/ns/net" env -i PATH=/usr/bin \
        mariadb -h 10.78.0.1 -P 3308 -u app -papp --connect-timeout=2 -Nse 'SELECT 1' > /dev/null 2>&1
}
refused() { ! gets_in; }

try_on() {
    say "$1"
    boot "$1"
    start_server
    inside sh -c 'ldd --version | head -n 1; mariadbd --version; iptables --version; galeragate --version | head -n 1'
    inside sh -c "umask 077; printf '[client]\nuser=galeragate\npassword=secret\n' > /etc/galeragate/my.cnf"
    refused || fail "3308 is open before there is a daemon"
    inside sh -c 'echo $$ > /run/pid; exec galeragate run --defaults-extra-file /etc/galeragate/my.cnf' \
        > "$root/var/log/daemon.log" 2>&1 &
    await 100 "the client does not get in" gets_in
    echo "a client gets in"
    inside galeragate doctor --defaults-extra-file /etc/galeragate/my.cnf | grep -v '^OK' || true
    inside mariadb -e 'SET GLOBAL read_only = ON'
    await 50 "the client gets in although read_only is ON" refused
    inside galeragate status | head -n 3 || true
    inside mariadb -e 'SET GLOBAL read_only = OFF'
    await 100 "the client does not get in again" gets_in
    echo "it was refused while read_only was ON, and gets in again"
    inside galeragate audit failovers
    inside galeragate audit verify
    inside sh -c 'kill $(cat /run/pid)'
    ended() { ! inside sh -c 'kill -0 $(cat /run/pid)' 2> /dev/null; }
    await 50 "the daemon does not stop" ended
    refused || fail "the client gets in after the daemon's stop"
    inside galeragate firewall purge > /dev/null
    ! inside sh -c 'iptables -t nat -S; ip6tables -t nat -S; ipset list -n' | grep GALERAGATE || fail "rules are left"
    kill -9 "$init" "$client"
    wait 2> /dev/null || true
    init='' client=''
    rm -rf "$root"
}

# Both programs, each with its own libraries, give the same answer about a node and about a journal of 0.1.0.
try_arm64() {
    say "arm64, under qemu"
    root=$work/arm64
    mmdebstrap --quiet --variant=extract --architectures=arm64 --include=libc6,libssl1.1 bullseye "$root" \
        http://deb.debian.org/debian 2> /dev/null
    mkdir "$work/amd64"
    dpkg-deb -x "$packages"/galeragate_*_arm64.deb "$root"
    dpkg-deb -x "$packages"/galeragate_*_amd64.deb "$work/amd64"
    cp -r tests/Infrastructure.Tests/Journal/Released/0.1.0 "$work/journal"
    local number question
    for number in 1 2 3 4 5; do
        sed -n "$((number * 100))p" tests/Domain.Tests/Acceptance/captures/rolling-restart-3.jsonl |
            jq -c '.variables // {error}' > "$work/observation-$number.json"
    done
    arm64() { qemu-aarch64-static -L "$root" "$root/usr/bin/galeragate" "$@"; }
    amd64() { "$work/amd64/usr/bin/galeragate" "$@"; }
    arm64 --version | head -n 1
    ask() {
        local exit_arm64=0 exit_amd64=0
        arm64 "$@" > "$work/answer-arm64" 2>&1 || exit_arm64=$?
        amd64 "$@" > "$work/answer-amd64" 2>&1 || exit_amd64=$?
        diff "$work/answer-amd64" "$work/answer-arm64" || fail "galeragate $*: the answers differ"
        [ "$exit_arm64" = "$exit_amd64" ] || fail "galeragate $*: exit $exit_arm64, on amd64 $exit_amd64"
        echo "galeragate ${*/"$work/"/}: $(wc -l < "$work/answer-arm64") lines, exit $exit_arm64, as on amd64"
    }
    ask --version
    for question in "$work"/observation-*.json; do ask check --input "$question"; done
    ask check --json --input "$work/observation-1.json"
    for question in events failovers timeline stats verify; do ask audit "$question" --journal "$work/journal"; done
}

if [ $# -gt 0 ]; then
    for suite in "$@"; do if [ "$suite" = arm64 ]; then try_arm64; else try_on "$suite"; fi; done
else
    try_on bullseye
    try_on trixie
    try_arm64
fi
say "all is well"
