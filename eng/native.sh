#!/usr/bin/env bash
# Compiles the native program: one file that needs no runtime, with its debug symbols in galeragate.dbg.
# Usage: eng/native.sh OUT [PLATFORM]   (linux-x64 or linux-arm64; default: the host's own)
# It is linked against Debian 11 (eng/sysroot.sh), so that the tested program is the shipped one. SYSROOT=/ links
# against the host, if no mirror is available. Fails on a symbol that glibc 2.28 does not have, and on a trimming or AOT
# warning that does not come from a package listed here; ADR 22 explains why those warnings do no harm.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$1
own=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
platform=${2:-$own}
known='^/_/src/(JasperFx|Marten|Weasel\.Storage)/'
oldest=2.28
architecture=${platform#linux-}
sysroot=${SYSROOT:-$(eng/sysroot.sh "${architecture/x64/amd64}")}
link=()
[ "$sysroot" = / ] || link+=("-p:SysRoot=$sysroot")
# The host's own binutils cannot link for another processor.
[ "$platform" = "$own" ] || link+=(-p:LinkerFlavor=lld)
mkdir -p artifacts/obj
log=artifacts/obj/native-$platform.log
# The build does not know what it linked against before, so it would not link again. Removing the program forces it to.
rm -f "artifacts/bin/GaleraGate.Daemon/release_$platform/native/galeragate"
dotnet publish src/Daemon -c Release -r "$platform" "${link[@]}" -o "$out" --nologo -v quiet > "$log" 2>&1 ||
    { grep -E 'error' "$log" >&2 || cat "$log" >&2; exit 1; }
if grep -E 'warning' "$log" | grep -vE "$known" >&2; then
    echo "these warnings are new: see ADR 22" >&2
    # The compiler prints each of them once.
    rm -f "artifacts/obj/GaleraGate.Daemon/release_$platform/native/galeragate.o"
    exit 1
fi
rm -f "$out"/*.xml "$out"/*.pdb
[ "$sysroot" != / ] || exit 0
newest=$(readelf -VW "$out/galeragate" | grep -oP 'Name: GLIBC_\K[0-9.]+' | sort -Vu | tail -n 1)
if [ "$(printf '%s\n' "$newest" "$oldest" | sort -V | tail -n 1)" != "$oldest" ]; then
    readelf --dyn-syms -W "$out/galeragate" | grep "GLIBC_$newest" >&2
    echo "the program needs glibc $newest, hosts have $oldest: see src/Daemon/Native/glibc.c" >&2
    exit 1
fi
