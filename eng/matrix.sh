#!/usr/bin/env bash
# Runs the tests that need a real cluster and a real firewall in roots of other Debian releases, each with its own
# MariaDB server, Galera, iptables, nftables and glibc, and with the package installed by apt. The tests therefore run
# what that release's users run; only the test runner is the host's. Prints for each release its versions and the test
# results, and keeps the servers' answers to SHOW in artifacts/matrix.
# Needs root and the output of `make packages` and `make build`; leaves nothing else on the host.
# Usage: eng/matrix.sh [SUITE...]   (default: bullseye bookworm trixie sid)
#        TESTS=FILTER eng/matrix.sh  (default: everything about the gate and its rules)
set -euo pipefail
cd "$(dirname "$0")/.."
packages=$PWD/artifacts/packages
tests=$PWD/artifacts/bin/GaleraGate.EndToEnd.Tests/release/GaleraGate.EndToEnd.Tests.dll
filter=${TESTS:-'FullyQualifiedName~EndToEnd.Tests.Gatekeeping|FullyQualifiedName~EndToEnd.Tests.Firewall'}
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
work=$(mktemp -d /tmp/galeragate-matrix.XXXXXX)
answers=$PWD/artifacts/matrix
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$answers"
wanted=mariadb-server,galera-4,rsync,socat,iproute2,iptables,nftables,ipset,conntrack,procps,psmisc,util-linux,openssl
wanted=$wanted,curl,ca-certificates,e2fsprogs,nginx,libnginx-mod-stream,dbus,lsof,postgresql,faketime

make_root() { # SUITE ROOT PACKAGES
    rm -rf "$2"
    # A mirror's copy of sid may be past its own expiry date.
    mmdebstrap --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' --include="$3" \
        --customize-hook="cp $packages/galeragate_*_amd64.deb $packages/galeragate-mysqlchk_*.deb \$1/var" \
        --customize-hook='chroot "$1" sh -c "apt-get install -qq --no-install-recommends /var/*.deb"' \
        "$1" "$2" > "$work/install.log" 2>&1
}

# Mounts, processes and network are separate from the host's; the checkout and .NET are where the tests expect them.
inside() { # ROOT COMMAND...
    local root=$1
    shift
    # shellcheck disable=SC2016
    unshare --mount --pid --uts --ipc --net --fork --kill-child -- bash -c '
        root=$0 checkout=$1 dotnet=$2
        shift 2
        mount --make-rprivate / && mount --bind "$root" "$root" && cd "$root" &&
            mount --rbind /dev dev && mount -t proc proc proc && mount -t sysfs sysfs sys &&
            mount -t tmpfs tmpfs run && mount -t tmpfs tmpfs tmp && mkdir -p run/netns old ".$checkout" ".$dotnet" &&
            mount --bind "$checkout" ".$checkout" && mount --bind "$dotnet" ".$dotnet" && ip link set lo up &&
            pivot_root . old && umount -l /old && cd "$checkout" &&
            exec env -i --default-signal=HUP,INT,QUIT PATH="$dotnet:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root \
                LC_ALL=C.UTF-8 DOTNET_NOLOGO=1 GALERAGATE_BINARY=/usr/bin/galeragate "$@"' \
        "$root" "$PWD" "$dotnet" "$@"
}

failed=0
[ $# -gt 0 ] || set -- bullseye bookworm trixie sid
for one in "$@"; do
    root=$work/$one
    own=$filter
    # Debian 11's mirrors no longer have mariadb-backup, so the tests that need it are left out there.
    make_root "$one" "$root" "$wanted,mariadb-backup" || make_root "$one" "$root" "$wanted" ||
        { tail -n 5 "$work/install.log" >&2; echo "$one: no root can be made"; failed=1; continue; }
    echo "== $one"
    inside "$root" sh -c 'mariadbd --version; iptables --version; nft --version; ldd --version | head -n 1
        dpkg-query -W galera-4; galeragate --version | head -n 1'
    if ! inside "$root" sh -c 'command -v mariabackup' > /dev/null; then
        echo "no mariabackup: without ClusterTests"
        own="($filter)&FullyQualifiedName!~ClusterTests"
    fi
    log=$answers/$one.log
    inside "$root" dotnet test "$tests" --filter "$own" > "$log" 2>&1 || failed=1
    grep -E '^ *(Failed|Skipped) GaleraGate|^(Passed|Failed)!' "$log" || { tail -n 5 "$log"; failed=1; }
    inside "$root" bash eng/show-answers.sh > "$answers/$one.answers" || failed=1
    rm -rf "$root"
done
[ "$failed" -eq 0 ] || exit 1
echo "== all is well"
