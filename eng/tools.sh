#!/usr/bin/env bash
# Installs what the tests, the lab and the demo need, on Debian: a MariaDB server with Galera, its backup tool, the
# firewall's tools, the tools for namespaces, balancers, Prometheus' promtool, PostgreSQL for the archive, a browser for
# the report, and the shells and terminals that the tests use.
set -euo pipefail
wanted=(mariadb-server mariadb-backup galera-4 rsync socat iptables iproute2 procps openssl psmisc
    nftables ufw firewalld dbus
    ipset conntrack util-linux e2fsprogs faketime curl nginx libnginx-mod-stream postgresql chromium
    systemd tmux zsh fish mandoc
    clang lld llvm binutils mmdebstrap haproxy keepalived ipvsadm pen prometheus pngquant)
# What building and trying the packages needs, and nothing from the list above: eng/tools.sh packages
packaging=(clang lld llvm binutils mmdebstrap rpm lintian rpmlint qemu-user-static jq iptables iproute2 procps
    util-linux gdb)
[ "${1:-}" != packages ] || wanted=("${packaging[@]}")
missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

[ "$(id -u)" -eq 0 ] || { echo "as root: apt-get install ${missing[*]}" >&2; exit 1; }
echo "installing ${missing[*]}"
if [ ! -e /usr/sbin/policy-rc.d ]; then
    # The packages must not start services, because the lab starts its own.
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" > /tmp/galeragate-tools.log 2>&1 ||
    { tail -n 20 /tmp/galeragate-tools.log >&2; exit 1; }
