#!/usr/bin/env bash
# Runs what a newcomer does with the README alone: in a clean Debian 12 with a real systemd and a Galera node, every
# command of the README's "Quick start" and of docs/quick-start.md, exactly as written there. Prints each command, its
# output and the total time; the first command that fails ends the script with exit code 1. Needs root, and a .deb in
# artifacts/packages or as the argument. Usage: eng/newcomer.sh [DEB]
set -euo pipefail
cd "$(dirname "$0")/.."
deb=${1:-$(ls artifacts/packages/galeragate_*_amd64.deb)}
root=$(mktemp -d /tmp/galeragate-newcomer.XXXXXX)
. eng/systemd-root.sh
trap finish EXIT
fail() { echo "WRONG: $*" >&2; exit 1; }

# The commands of the sh blocks below a heading ("" for the whole file), each on one line.
commands() { # FILE HEADING
    awk -v wanted="$2" '
        /^## / { here = $0 ~ wanted }
        /^```/ { inside = here && $0 == "```sh"; next }
        inside { sub(/^ +/, ""); text = text $0
            if (text ~ /\\$/) { sub(/\\$/, "", text); next }
            if (text ~ /\|$/) { text = text " "; next }
            print text; text = "" }' "$1"
}

# Runs commands from standard input in one shell of the root, as a person would type them. Only status may report "not
# open".
type_in() {
    { echo 'cd /root'
      while IFS= read -r command; do
        printf 'printf "\\n$ %%s\\n" %q\n%s\nexit=$?\n' "$command" "$command"
        printf 'case $exit in 0) ;; 1) [[ %q == *"galeragate status" ]] || exit 1 ;; *) exit 1 ;; esac\n' "$command"
      done; } | inside bash || fail "the last command failed"
}

mmdebstrap --quiet --variant=minbase \
    --include=systemd-sysv,dbus,mariadb-server,iptables,iproute2,ipset,conntrack bookworm "$root"
cluster_of_one newcomer 'bind_address=*'
echo n1 > "$root/etc/hostname"
install -D "$deb" "$root/root/artifacts/packages/$(basename "$deb")"
boot
for _ in $(seq 300); do
    inside mariadb -Nse "SHOW STATUS LIKE 'wsrep_local_state'" 2> /dev/null | grep -q 4 && break
    sleep 0.1
done
# A node that serves an application: clients of any address may connect. Only then can doctor see one get through.
inside mariadb -e "CREATE USER app IDENTIFIED BY 'app'"
inside ip link add eth0 type veth peer name wire
inside ip address add 10.77.1.1/24 dev eth0
inside ip link set wire up
inside ip link set eth0 up
began=$(date +%s)
echo "== README: Install, Quick start"
{ commands README.md Install | grep '^apt '; commands README.md 'Quick start'; } | type_in
echo "== docs/quick-start.md: after the start"
commands docs/quick-start.md '[3-9][.]' | type_in
echo "== all is well: $(($(date +%s) - began)) s of commands"
