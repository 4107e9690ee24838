#!/usr/bin/env bash
# Makes the sysroot with the oldest glibc that the native program is linked against, once: Debian 11's, in
# artifacts/sysroot/ARCHITECTURE.
# Usage: eng/sysroot.sh amd64|arm64   Prints the path. The original release without updates is enough, because the
# program is only linked against it.
set -euo pipefail
cd "$(dirname "$0")/.."
architecture=$1
suite=bullseye
root=$PWD/artifacts/sysroot/$architecture
if [ ! -e "$root/.complete" ]; then
    rm -rf "$root" && mkdir -p "$root"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    mmdebstrap --variant=extract --architectures="$architecture" --include=libc6-dev,libgcc-10-dev "$suite" "$root" \
        http://deb.debian.org/debian > "$log" 2>&1 || { tail -n 5 "$log" >&2; exit 1; }
    # A link that begins with / would lead out of the sysroot, to the libraries of this host.
    find "$root" -type l -lname '/*' -printf '%p\t%l\n' | while IFS=$'\t' read -r link to; do
        ln -sfn "$(realpath -m --relative-to "${link%/*}" "$root$to")" "$link"
    done
    touch "$root/.complete"
fi
echo "$root"
