#!/usr/bin/env bash
# Installs the packages in a clean Debian root that has no .NET, with a real systemd as process 1 and a MariaDB: starts the gate by its unit, upgrades it
# while a client connects all the time, freezes it until its watchdog bites, stops the server, removes and purges. Needs root, mmdebstrap and what
# `make packages` has built; the same, shorter, with the .rpm. Prints each step; the first that is wrong ends it with exit 1.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=$PWD/artifacts/packages
root=$(mktemp -d /tmp/galeragate-packages.XXXXXX)
group=/sys/fs/cgroup/systemd/${root##*/}
say() { echo "== $*"; }
fail() { echo "WRONG: $*" >&2; inside journalctl -u galeragate -n 20 --no-pager >&2 || true; exit 1; }
inside() { nsenter -t "$init" -m -p -u -i -n -C env PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
finish() {
    if [ -n "${init:-}" ]; then kill -9 "$init" 2> /dev/null || true; fi
    for _ in $(seq 50); do rmdir -p "$group"/* "$group" 2> /dev/null || true; [ -d "$group" ] || break; find "$group" -depth -type d -exec rmdir {} + 2> /dev/null || true; sleep 0.1; done
    rm -rf "$root"
}
trap finish EXIT

# A root of its own for a systemd of its own: mounts, processes, network and control groups are all apart from the host's.
boot() {
    cat > "$root.sh" << 'BOOT'
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
if [ -d /sys/fs/cgroup/systemd ]; then
    mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
    mkdir -p "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
    mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
else
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
fi
ip link set lo up
mkdir -p "$root/old" && cd "$root" && pivot_root . old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c 'umount -l /old; exec /lib/systemd/systemd --show-status=no'
BOOT
    [ ! -d /sys/fs/cgroup/systemd ] || mkdir -p "$group"
    (
        [ ! -d "$group" ] || echo $BASHPID > "$group/cgroup.procs"
        exec setsid unshare --mount --pid --uts --ipc --net --cgroup --fork --kill-child bash "$root.sh" "$root" < /dev/null > /dev/null 2>&1
    ) &
    local unshared=$!
    for _ in $(seq 100); do
        init=$(pgrep -P "$unshared" || true)
        [ -n "$init" ] && [ "$(cat "/proc/$init/comm")" = systemd ] && inside systemctl is-system-running 2> /dev/null | grep -qE 'running|degraded' && break
        sleep 0.3
    done
    rm -f "$root.sh"
}

say "what lintian and rpmlint say; exceptions stand with their reasons in packaging/"
lintian --fail-on error,warning --allow-root "$packages"/*.deb || { echo "WRONG: lintian" >&2; exit 1; }
rpmlint -c packaging/rpm/rpmlint.toml "$packages"/*.rpm || { echo "WRONG: rpmlint" >&2; exit 1; }

say "a clean Debian root with systemd, a MariaDB server and no .NET"
mmdebstrap --quiet --variant=minbase --include=systemd-sysv,dbus,mariadb-server,iptables,iproute2,ipset,procps,rpm bookworm "$root"
cat > "$root/etc/mysql/mariadb.conf.d/99-galera.cnf" << 'CNF'
[mysqld]
wsrep_on=ON
wsrep_provider=/usr/lib/galera/libgalera_smm.so
wsrep_cluster_address=gcomm://
wsrep_cluster_name=p
binlog_format=ROW
innodb_autoinc_lock_mode=2
CNF
boot
inside systemctl is-system-running || true
inside sh -c '! command -v dotnet' || fail "there is a dotnet"
for _ in $(seq 100); do inside mariadb -Nse "SHOW STATUS LIKE 'wsrep_local_state'" 2> /dev/null | grep -q 4 && break; sleep 0.3; done

say "install"
mkdir "$root/var/packages"
cp "$packages"/galeragate_*_amd64.deb "$packages"/galeragate-mysqlchk_*_all.deb "$root/var/packages/"
inside sh -c 'dpkg -i /var/packages/galeragate_*_amd64.deb /var/packages/galeragate-mysqlchk_*_all.deb'
inside getent passwd galeragate
inside galeragate --version | head -n 1
inside galeragate config check /etc/galeragate/galeragate.conf
inside readlink -f /usr/sbin/mysqlchk_iptables
inside systemd-analyze verify --man=no galeragate.service galeragate@3309.service
inside systemd-analyze security galeragate.service | tail -n 1
[ "$(inside systemctl is-active galeragate || true)" = inactive ] || fail "it was started before anybody configured it"

say "configure and start"
inside mariadb -e "CREATE USER galeragate@localhost IDENTIFIED BY 'secret'"
inside mkdir -p /etc/systemd/system/mariadb.service.d
inside cp /usr/share/galeragate/mariadb-galeragate.conf /etc/systemd/system/mariadb.service.d/galeragate.conf
inside systemctl daemon-reload
open() { inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/3308 && head -c 5 <&3 > /dev/null' 2> /dev/null; }
configure() {
    inside sh -c "umask 027; printf '[client]\nuser=galeragate\npassword=secret\n' > /etc/galeragate/my.cnf; chgrp galeragate /etc/galeragate/my.cnf"
    inside sh -c "printf 'local-clients = true\ndefaults-extra-file = /etc/galeragate/my.cnf\n' >> /etc/galeragate/galeragate.conf"
}
await() { local until=$1 what=$2; shift 2; for _ in $(seq "$until"); do "$@" && return 0; sleep 0.1; done; fail "$what"; }
shut() { ! open; }
running() { inside systemctl show galeragate -p MainPID --value; }
configure
began=$(date +%s%N)
inside systemctl enable --now galeragate || fail "the unit does not start"
echo "ready after $((($(date +%s%N) - began) / 1000000)) ms"
await 150 "the gate does not open" open
inside galeragate status | head -n 3
inside ps -o user=,nlwp=,rss= -p "$(running)"

say "upgrade while a client connects all the time"
mkdir "$root/var/new" && dpkg-deb -R "$packages"/galeragate_*_amd64.deb "$root/var/new"
sed -i 's/^Version: .*/&+new/' "$root/var/new/DEBIAN/control"
dpkg-deb --root-owner-group -Zgzip -b "$root/var/new" "$root/var/packages/new.deb" > /dev/null
before=$(running)
(refused=0 all=0; while [ ! -e "$root/var/enough" ]; do all=$((all + 1)); open || refused=$((refused + 1)); done; echo "$all $refused" > "$root/var/counted") &
client=$!
sleep 1
inside dpkg -i /var/packages/new.deb
sleep 4
touch "$root/var/enough" && wait "$client"
read -r all refused < "$root/var/counted"
echo "$all connections, $refused refused; pid $before, then $(running)"
[ "$before" != "$(running)" ] || fail "the upgrade did not restart it"
[ "$refused" -eq 0 ] || fail "a client was refused during the upgrade"
inside galeragate audit events --type GateAdopted | tail -n 1 | grep -q GateAdopted || fail "the redirect was not taken over"
inside sh -c 'grep -q local-clients /etc/galeragate/galeragate.conf' || fail "the upgrade lost the configuration"

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
await 300 "the gate does not open behind the server" open
inside galeragate audit timeline --since -1m | tail -n 16
inside galeragate audit events --type GateClosed | tail -n 1 | grep -q held || fail "the gate was not closed before the server stopped"

say "remove: the gate closes, configuration and journal stay"
inside sh -c 'dpkg -r galeragate-mysqlchk galeragate'
open && fail "the gate is open"
for kept in /etc/galeragate/galeragate.conf /etc/galeragate/my.cnf /var/lib/galeragate/journal; do [ -e "$root$kept" ] || fail "$kept is gone"; done
[ ! -e "$root/usr/sbin/mysqlchk_iptables" ] || fail "mysqlchk_iptables is still there"

say "purge: nothing is left"
inside sh -c 'dpkg -P galeragate galeragate-mysqlchk'
for gone in /etc/galeragate /var/lib/galeragate /usr/lib/galeragate /usr/share/galeragate; do [ ! -e "$root$gone" ] || fail "$gone is still there"; done
inside iptables -t nat -S | grep -q GALERAGATE && fail "rules are left"
inside getent passwd galeragate && fail "the user is left"
inside find / -xdev -name '*galeragate*' -not -path '/var/*' -not -path '/proc/*' -not -path '/etc/systemd/system/mariadb.service.d/*' | grep . && fail "files are left"

say "the .rpm: its scripts run, the gate works, an upgrade takes it over, it goes and leaves what was configured"
cp "$packages"/galeragate-[0-9]*.rpm "$root/var/packages/galeragate.rpm"
inside rpm -i --nodeps /var/packages/galeragate.rpm
inside getent passwd galeragate
configure
inside systemctl start galeragate || fail "the unit does not start"
await 150 "the gate does not open" open
before=$(running)
inside rpm -U --nodeps --force /var/packages/galeragate.rpm
[ "$before" != "$(running)" ] && [ "$(running)" != 0 ] || fail "the upgrade did not restart it"
open || fail "the upgrade closed the gate"
inside rpm -e --nodeps galeragate
open && fail "the gate is open"
[ ! -e "$root/usr/lib/galeragate" ] && [ -e "$root/etc/galeragate/galeragate.conf.rpmsave" ] || fail "not what an erased .rpm leaves"
say "all is well"
