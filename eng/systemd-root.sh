# To be sourced: a Debian root with its own systemd as process 1; mounts, processes, network and control groups are
# separate from the host's. Needs $root, a folder that holds the root. Sets $init, the process. Call finish at the end.
group=/sys/fs/cgroup/systemd/${root##*/}
init=''

inside() {
    nsenter -t "$init" -m -p -u -i -n -C env PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

finish() {
    [ -z "$init" ] || kill -9 "$init" 2> /dev/null || true
    for _ in $(seq 50); do
        [ -d "$group" ] || break
        find "$group" -depth -type d -exec rmdir {} + 2> /dev/null || true
        sleep 0.1
    done
    rm -rf "$root"
}

# Starts a server as a cluster of one. Arguments are additional lines of its configuration.
cluster_of_one() { # NAME [LINE...]
    printf '%s\n' '[mysqld]' wsrep_on=ON wsrep_provider=/usr/lib/galera/libgalera_smm.so \
        wsrep_cluster_address=gcomm:// "wsrep_cluster_name=$1" binlog_format=ROW innodb_autoinc_lock_mode=2 \
        "${@:2}" > "$root/etc/mysql/mariadb.conf.d/99-galera.cnf"
}

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
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /bin/sh -c 'umount -l /old; exec /lib/systemd/systemd --show-status=no'
BOOT
    [ ! -d /sys/fs/cgroup/systemd ] || mkdir -p "$group"
    (
        [ ! -d "$group" ] || echo $BASHPID > "$group/cgroup.procs"
        exec setsid unshare --mount --pid --uts --ipc --net --cgroup --fork --kill-child bash "$root.sh" "$root" \
            < /dev/null > /dev/null 2>&1
    ) &
    local unshared=$!
    for _ in $(seq 100); do
        init=$(pgrep -P "$unshared" || true)
        [ -n "$init" ] && [ "$(cat "/proc/$init/comm")" = systemd ] &&
            inside systemctl is-system-running 2> /dev/null | grep -qE 'running|degraded' && break
        sleep 0.3
    done
    rm -f "$root.sh"
}
