#!/usr/bin/env bash
# Installs the packages in a clean Debian root that has no .NET, against a MariaDB in it; runs the gate, upgrades it while a client connects all the time,
# removes and purges it. Needs root, mmdebstrap and what `make packages` has built. Prints each step; the first that is wrong ends it with exit 1.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=$PWD/artifacts/packages
root=$(mktemp -d /tmp/galeragate-packages.XXXXXX)
space=ggpackages-$$
say() { echo "== $*"; }
fail() { echo "WRONG: $*" >&2; exit 1; }
inside() { ip netns exec "$space" chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }
finish() {
    for pid in $(ip netns pids "$space" 2> /dev/null); do kill -9 "$pid" 2> /dev/null || true; done
    ip netns del "$space" 2> /dev/null || true
    for mount in proc sys dev; do umount -l "$root/$mount" 2> /dev/null || true; done
    rm -rf "$root"
}
trap finish EXIT

say "a clean Debian root with a MariaDB server and no .NET"
mmdebstrap --quiet --variant=minbase --include=mariadb-server,iptables,iproute2,ipset,procps bookworm "$root"
for mount in proc sys dev; do mount --rbind "/$mount" "$root/$mount" && mount --make-rslave "$root/$mount"; done
ip netns add "$space" && ip -n "$space" link set lo up
inside sh -c '! command -v dotnet' || fail "there is a dotnet"

say "install"
cp "$packages"/galeragate_*_amd64.deb "$packages"/galeragate-mysqlchk_*_all.deb "$root/tmp/"
inside sh -c 'dpkg -i /tmp/galeragate_*_amd64.deb /tmp/galeragate-mysqlchk_*_all.deb'
inside getent passwd galeragate
inside galeragate --version | head -n 1
inside galeragate config check /etc/galeragate/galeragate.conf
inside readlink -f /usr/sbin/mysqlchk_iptables

say "start, with a MariaDB that is a Galera cluster of one"
inside sh -c 'mkdir -p /run/mysqld && chown mysql: /run/mysqld; mariadbd --user=mysql --bind-address="*" --wsrep-on=ON --wsrep-provider=/usr/lib/galera/libgalera_smm.so --wsrep-cluster-address=gcomm:// --wsrep-cluster-name=p --binlog-format=ROW --innodb-autoinc-lock-mode=2 > /tmp/mariadb.log 2>&1 &'
for _ in $(seq 100); do inside mariadb -Nse "SHOW STATUS LIKE 'wsrep_local_state'" 2> /dev/null | grep -q 4 && break; sleep 0.3; done
inside mariadb -e "CREATE USER galeragate@localhost IDENTIFIED BY 'secret'"
inside sh -c "umask 077; printf '[client]\nuser=galeragate\npassword=secret\n' > /etc/galeragate/my.cnf"
start() { inside sh -c 'galeragate run --local-clients > /tmp/galeragate.log 2>&1 & echo $! > /tmp/galeragate.pid'; }
open() { inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/3308 && head -c 5 <&3 > /dev/null' 2> /dev/null; }
await_open() { for _ in $(seq 100); do open && return 0; sleep 0.1; done; inside cat /tmp/galeragate.log; fail "the gate does not open"; }
began=$(date +%s%N)
start
until inside galeragate status > /dev/null 2>&1 || [ $? -eq 1 ]; do sleep 0.02; done
echo "answers on its control socket after $((($(date +%s%N) - began) / 1000000)) ms"
await_open
inside galeragate status | head -n 3

say "upgrade while a client connects all the time"
mkdir "$root/new" && dpkg-deb -R "$packages"/galeragate_*_amd64.deb "$root/new"
sed -i 's/^Version: .*/&+new/' "$root/new/DEBIAN/control"
dpkg-deb --root-owner-group -Zgzip -b "$root/new" "$root/tmp/new.deb" > /dev/null
(refused=0 all=0; while [ ! -e "$root/tmp/enough" ]; do all=$((all + 1)); open || refused=$((refused + 1)); done; echo "$all $refused" > "$root/tmp/counted") &
client=$!
sleep 1
inside sh -c 'dpkg -i /tmp/new.deb'
inside sh -c 'kill -USR2 "$(cat /tmp/galeragate.pid)"; while kill -0 "$(cat /tmp/galeragate.pid)" 2> /dev/null; do sleep 0.02; done'
start
sleep 4
touch "$root/tmp/enough" && wait "$client"
read -r all refused < "$root/tmp/counted"
echo "$all connections, $refused refused"
[ "$refused" -eq 0 ] || fail "a client was refused during the upgrade"
inside galeragate audit events --type GateAdopted | tail -n 1 | grep -q GateAdopted || fail "the redirect was not taken over"

say "remove: the gate closes, configuration and journal stay"
inside sh -c 'kill -TERM "$(cat /tmp/galeragate.pid)"; while kill -0 "$(cat /tmp/galeragate.pid)" 2> /dev/null; do sleep 0.02; done'
inside sh -c 'dpkg -r galeragate-mysqlchk galeragate'
open && fail "the gate is open"
for kept in /etc/galeragate/galeragate.conf /etc/galeragate/my.cnf /var/lib/galeragate/journal; do [ -e "$root$kept" ] || fail "$kept is gone"; done
[ ! -e "$root/usr/sbin/mysqlchk_iptables" ] || fail "mysqlchk_iptables is still there"

say "purge: nothing is left"
inside sh -c 'dpkg -P galeragate galeragate-mysqlchk'
for gone in /etc/galeragate /var/lib/galeragate /usr/lib/galeragate; do [ ! -e "$root$gone" ] || fail "$gone is still there"; done
inside iptables -t nat -S | grep -q GALERAGATE && fail "rules are left"
inside getent passwd galeragate && fail "the user is left"
say "all is well"
