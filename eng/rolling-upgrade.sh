#!/usr/bin/env bash
# Upgrades a cluster of three from one Debian release's MariaDB, Galera and firewall tools to the next, node by node,
# while clients read and write all the time (tests/Lab/RollingUpgrade.cs). Each node's programs are in a root of that
# release; its data and its namespace stay. Exit code 0: no query failed, each gate matched its server's state, and no
# change of state was anomalous. Needs root and the output of `make build`; leaves nothing on the host.
# Usage: eng/rolling-upgrade.sh [SUITE...]   (default: bullseye bookworm trixie)
#        ROOTS=FOLDER keeps the roots there, for the next time
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${GALERAGATE_BINARY:-}" ] || eng/native.sh artifacts/native
export GALERAGATE_BINARY=${GALERAGATE_BINARY:-$PWD/artifacts/native/galeragate}
work=${ROOTS:-$(mktemp -d /tmp/galeragate-upgrade.XXXXXX)}
[ -n "${ROOTS:-}" ] || trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
wanted=mariadb-server,galera-4,rsync,socat,lsof,iproute2,iptables,nftables,ipset,conntrack,procps,psmisc,util-linux
[ $# -gt 0 ] || set -- bullseye bookworm trixie
roots=()
for suite in "$@"; do
    [ -d "$work/$suite" ] ||
        mmdebstrap --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' --include="$wanted" \
            "$suite" "$work/$suite" > "$work/install.log" 2>&1 ||
        { rm -rf "${work:?}/$suite"; tail -n 5 "$work/install.log" >&2; echo "no root of $suite" >&2; exit 1; }
    # The data belongs to the host's user, whatever its number in the root.
    chroot "$work/$suite" sh -c "groupmod -o -g $(id -g mysql) mysql; usermod -o -u $(id -u mysql) mysql" > /dev/null
    cp "$GALERAGATE_BINARY" "$work/$suite/usr/bin/galeragate"
    mkdir -p "$work/$suite/tmp/galeragate-lab"
    roots+=("$work/$suite")
done
mkdir -p /tmp/galeragate-lab
# The mounts belong to this command alone and end with it.
# shellcheck disable=SC2016
unshare --mount --propagation slave bash -c '
    for root in "$@"; do
        mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" && mount -t tmpfs tmpfs "$root/run" &&
            mount --bind /tmp/galeragate-lab "$root/tmp/galeragate-lab" || exit 1
    done
    exec artifacts/bin/GaleraGate.Lab/release/lab rolling-upgrade "$@"' upgrade "${roots[@]}"
