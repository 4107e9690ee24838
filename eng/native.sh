#!/usr/bin/env bash
# Compiles the native program: one file, no runtime beside it, its debug symbols in galeragate.dbg.
# Usage: eng/native.sh OUT [PLATFORM]   (linux-x64 or linux-arm64; default: the host's own)
# It is linked against Debian 11 (eng/sysroot.sh), so that what is tested is what is shipped; SYSROOT=/ links against
# the host, where there is no mirror. Fails at a symbol that glibc 2.28 does not have, and at a trimming or AOT warning
# that is not from a package listed here: ADR 22 has why those do no harm.
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
# The host's own binutils link nothing for another processor.
[ "$platform" = "$own" ] || link+=(-p:LinkerFlavor=lld)
mkdir -p artifacts/obj
log=artifacts/obj/native-$platform.log
# What is up to date is not compiled again, but linked: the build does not know against what it was linked before.
rm -f "artifacts/bin/GaleraGate.Daemon/release_$platform/native/galeragate"
dotnet publish src/Daemon -c Release -r "$platform" "${link[@]}" -o "$out" --nologo -v quiet > "$log" 2>&1 ||
    { grep -E 'error' "$log" >&2 || cat "$log" >&2; exit 1; }
if grep -E 'warning' "$log" | grep -vE "$known" >&2; then
    echo "these warnings are new: see ADR 22" >&2
    # The compiler says them once.
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
