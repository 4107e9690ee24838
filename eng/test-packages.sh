#!/usr/bin/env bash
# Installs the packages in a clean Debian root that has no .NET, with a real systemd as process 1 and a MariaDB. Starts
# the gate by its unit, upgrades it from 0.1.0 and to a newer version while a client connects all the time, freezes it
# until its watchdog fires, stops the server, removes and purges. Then a shorter run with the .rpm. Needs root and the
# output of `make packages`. Prints each step; the first that fails ends the script with exit code 1.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=$PWD/artifacts/packages
released=$(eng/released.sh 0.1.0)
root=$(mktemp -d /tmp/galeragate-packages.XXXXXX)
. eng/systemd-root.sh
say() { echo "== $*"; }
fail() {
    echo "WRONG: $*" >&2
    [ -z "$init" ] || inside journalctl -u galeragate -n 20 --no-pager >&2 || true
    exit 1
}
trap finish EXIT

say "what lintian and rpmlint say; exceptions stand with their reasons in packaging/"
lint() { lintian --fail-on error,warning --allow-root "$@" || fail "lintian"; }
lint "$packages"/galeragate_*.deb "$packages"/galeragate-mysqlchk_*.deb
# A package of symbols may contain nothing else, so no exceptions either.
lint --suppress-tags bogus-mail-host "$packages"/galeragate-dbgsym_*.deb
rpmlint -c packaging/rpm/rpmlint.toml "$packages"/*.rpm || fail "rpmlint"

say "gdb finds the debug symbols"
dpkg-deb -x "$packages"/galeragate_*_amd64.deb "$root/try"
dpkg-deb -x "$packages"/galeragate-dbgsym_*_amd64.deb "$root/try"
ask_gdb() {
    gdb -nx -batch -iex "set debug-file-directory $root/try/usr/lib/debug" -ex "$1" "$root/try/usr/bin/galeragate"
}
turn=$(ask_gdb 'info functions GateLoop__Turn' | grep -oE '[A-Za-z_]+_GateLoop__Turn' | sort -u)
ask_gdb "info line $turn" | grep '^Line .*/GateLoop.cs' || fail "gdb finds no symbols"
rm -rf "$root/try"

say "a clean Debian root with systemd, a MariaDB server and no .NET"
mmdebstrap --quiet --variant=minbase --include=systemd-sysv,dbus,mariadb-server,iptables,iproute2,ipset,procps,rpm \
    bookworm "$root"
cluster_of_one p
boot
inside sh -c '! command -v dotnet' || fail "there is a dotnet"
await() { # TENTHS WHAT COMMAND...
    local tenths=$1 what=$2
    shift 2
    for _ in $(seq "$tenths"); do "$@" && return 0; sleep 0.1; done
    fail "$what"
}
synced() { inside mariadb -Nse "SHOW STATUS LIKE 'wsrep_local_state'" 2> /dev/null | grep -q 4; }
await 300 "the server is not synced" synced

say "install on a host that never had it"
mkdir -p "$root/var/packages/old"
cp "$packages"/galeragate_*_amd64.deb "$packages"/galeragate-mysqlchk_*_all.deb "$root/var/packages/"
cp "$released"/galeragate_*_amd64.deb "$released"/galeragate-mysqlchk_*_all.deb "$root/var/packages/old/"
inside sh -c 'dpkg -i /var/packages/galeragate_*_amd64.deb /var/packages/galeragate-mysqlchk_*_all.deb'
inside galeragate --version | head -n 1
inside galeragate config check /etc/galeragate/galeragate.conf
[ "$(inside readlink -f /usr/sbin/mysqlchk_iptables)" = /usr/bin/galeragate ] || fail "mysqlchk_iptables is another"
inside systemd-analyze verify --man=no galeragate.service galeragate@3309.service
inside systemd-analyze security galeragate.service | tail -n 1
[ "$(inside systemctl is-active galeragate || true)" = inactive ] || fail "it was started before anybody configured it"

inside dpkg -P galeragate-mysqlchk galeragate > /dev/null

open() { inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/3308 && [ "$(head -c 5 <&3 | wc -c)" -eq 5 ]' 2> /dev/null; }
shut() { ! open; }
running() { inside systemctl show galeragate -p MainPID --value; }
configure() {
    inside sh -c "umask 027; printf '[client]\nuser=galeragate\npassword=secret\n' > /etc/galeragate/my.cnf"
    inside chgrp galeragate /etc/galeragate/my.cnf
    printf '%s\n' 'local-clients = true' 'defaults-extra-file = /etc/galeragate/my.cnf' \
        >> "$root/etc/galeragate/galeragate.conf"
}
start() {
    local began
    configure
    began=$(date +%s%N)
    inside systemctl enable --now galeragate || fail "the unit does not start"
    echo "ready after $((($(date +%s%N) - began) / 1000000)) ms"
    await 150 "the gate does not open" open
    inside ps -o user=,nlwp=,rss= -p "$(running)"
}
# Runs a command that replaces the daemon while a client connects all the time: no connection may be refused.
under_load() {
    local before client all refused
    before=$(running)
    rm -f "$root/var/enough"
    (
        refused=0 all=0
        while [ ! -e "$root/var/enough" ]; do all=$((all + 1)); open || refused=$((refused + 1)); done
        echo "$all $refused" > "$root/var/counted"
    ) &
    client=$!
    sleep 1
    inside "$@" > "$root/var/upgrade.log" 2>&1 || { cat "$root/var/upgrade.log" >&2; fail "the upgrade failed"; }
    sleep 4
    touch "$root/var/enough" && wait "$client"
    read -r all refused < "$root/var/counted"
    echo "$all connections, $refused refused; pid $before, then $(running)"
    [ "$before" != "$(running)" ] && [ "$(running)" != 0 ] || fail "the upgrade did not restart it"
    [ "$refused" -eq 0 ] || [ -n "${may_refuse:-}" ] || fail "a client was refused during the upgrade"
    inside galeragate audit events --type GateAdopted | grep -q GateAdopted || fail "the redirect was not taken over"
    inside galeragate audit verify
    grep -q local-clients "$root/etc/galeragate/galeragate.conf" || fail "the upgrade lost the configuration"
}
# What a package installed and its successor does not have must be gone.
nothing_left_of() { # LIST-OF-FILES-BEFORE LIST-OF-FILES-NOW
    local left=0 file
    while read -r file; do
        [ ! -e "$root$file" ] || { echo "$file" >&2; left=$((left + 1)); }
    done < <(comm -23 <(sort "$1") <(sort "$2"))
    [ "$left" -eq 0 ] || fail "$left files of the version before are left"
    echo "$(wc -l < "$1") files before, $(wc -l < "$2") now, none left over"
}
files_of() { dpkg-deb --fsys-tarfile "$1" | tar -t | sed -n 's:^\.\(/.*[^/]\)$:\1:p'; }

say "0.1.0, which brings its runtime"
inside sh -c 'dpkg -i /var/packages/old/*.deb' > /dev/null
inside mariadb -e "CREATE USER galeragate@localhost IDENTIFIED BY 'secret'"
inside mkdir -p /etc/systemd/system/mariadb.service.d
inside cp /usr/share/galeragate/mariadb-galeragate.conf /etc/systemd/system/mariadb.service.d/galeragate.conf
inside systemctl daemon-reload
start

say "upgrade from 0.1.0 while a client connects all the time"
# As unattended upgrades do: the operator's configuration stays.
under_load sh -c 'dpkg -i --force-confdef --force-confold /var/packages/*.deb'
files_of "$released"/galeragate_*_amd64.deb > "$root/var/before"
files_of "$packages"/galeragate_*_amd64.deb > "$root/var/now"
nothing_left_of "$root/var/before" "$root/var/now"
inside galeragate status | head -n 3
inside ps -o user=,nlwp=,rss= -p "$(running)"

say "upgrade to a newer version, the same way"
mkdir "$root/var/new" && dpkg-deb -R "$packages"/galeragate_*_amd64.deb "$root/var/new"
sed -i 's/^Version: .*/&+new/' "$root/var/new/DEBIAN/control"
dpkg-deb --root-owner-group -Zgzip -b "$root/var/new" "$root/var/packages/new.deb" > /dev/null
under_load dpkg -i /var/packages/new.deb

say "back to 0.1.0 and here again: the journal is whole for both"
# 0.1.0 does not recognize a rule that keeps the address. It makes its own, and clients are refused for about a second.
may_refuse=1 under_load sh -c 'dpkg -i --force-confdef --force-confold /var/packages/old/*.deb'
await 150 "the gate does not open under 0.1.0" open
under_load sh -c 'dpkg -i --force-confdef --force-confold /var/packages/galeragate*.deb'

say "a daemon that hangs: its lease ends, systemd's watchdog ends it, the next one opens again"
frozen=$(running)
inside kill -STOP "$frozen"
await 150 "a frozen daemon leaves the gate open" shut
restarted() { [ "$(running)" != "$frozen" ] && [ "$(running)" != 0 ]; }
await 600 "the watchdog did not end it" restarted
inside journalctl -u galeragate --no-pager | grep -i watchdog | head -n 2
await 150 "the gate does not open again" open
inside galeragate audit events --type LeaseLapsed | tail -n 1

say "the server's unit stops and starts: the gate is closed before and opens after"
inside systemctl stop mariadb
open && fail "the gate is open without a server"
inside systemctl start mariadb
await 300 "the gate does not open after the server has started" open
inside galeragate audit timeline --since -1m | tail -n 16
inside galeragate audit events --type GateClosed | tail -n 1 | grep -q held || fail "the server stopped before the gate"

say "the server stops as one unit and comes back as another, which knows nothing of the gate"
inside systemctl stop mariadb
inside sh -c 'sed "s/^Alias=.*//" /usr/lib/systemd/system/mariadb.service > /etc/systemd/system/mysql@bootstrap.service'
inside systemctl daemon-reload
inside systemctl start mysql@bootstrap
await 300 "the gate does not open after another unit started the server" open
inside galeragate audit events --type HoldLifted | tail -n 1 | grep -q 'the server has started since' \
    || fail "the hold was lifted by something else"
inside systemctl stop mysql@bootstrap
inside rm /etc/systemd/system/mysql@bootstrap.service
inside systemctl daemon-reload
inside systemctl start mariadb
await 300 "the gate does not open after the server has started" open

say "remove: the gate closes, configuration and journal stay"
inside sh -c 'dpkg -r galeragate-mysqlchk galeragate'
open && fail "the gate is open"
for kept in /etc/galeragate/galeragate.conf /etc/galeragate/my.cnf /var/lib/galeragate/journal; do
    [ -e "$root$kept" ] || fail "$kept is gone"
done
[ ! -e "$root/usr/sbin/mysqlchk_iptables" ] || fail "mysqlchk_iptables is still there"

say "purge: nothing is left"
inside dpkg -P galeragate
[ ! -e "$root/var/lib/galeragate" ] || fail "/var/lib/galeragate is left"
inside iptables -t nat -S | grep -q GALERAGATE && fail "rules are left"
inside getent passwd galeragate && fail "the user is left"
inside find / -xdev -name '*galeragate*' -not -path '/var/*' -not -path '/proc/*' \
    -not -path '/etc/systemd/system/mariadb.service.d/*' | grep . && fail "files are left"

say "the .rpm of 0.1.0, the upgrade from it, what is left when it goes"
cp "$released"/galeragate-[0-9]*.x86_64.rpm "$root/var/packages/old/galeragate.rpm"
cp "$packages"/galeragate-[0-9]*.x86_64.rpm "$root/var/packages/galeragate.rpm"
inside rpm -i --nodeps /var/packages/old/galeragate.rpm
start
under_load rpm -U --nodeps --force /var/packages/galeragate.rpm
inside rpm -qpl /var/packages/old/galeragate.rpm > "$root/var/before"
inside rpm -qpl /var/packages/galeragate.rpm > "$root/var/now"
nothing_left_of "$root/var/before" "$root/var/now"
inside rpm -e --nodeps galeragate
open && fail "the gate is open"
[ ! -e "$root/usr/lib/galeragate" ] || fail "/usr/lib/galeragate is left"
[ -e "$root/etc/galeragate/galeragate.conf.rpmsave" ] || fail "the configuration is gone"
say "all is well"
