#!/usr/bin/env bash
# Builds the packages into artifacts/packages. For each architecture: the program as .deb and .rpm, its debug symbols as
# one of each, and the small .deb with the script's name. packaging/files.tsv alone decides where each file goes.
# Usage: eng/packages.sh [ARCHITECTURE...]   (amd64, arm64; default: both)
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
out=$PWD/artifacts/packages
work=$PWD/artifacts/packaging
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || date +%s)}
# Packages from an earlier run may be of another version.
rm -rf "$work" "$out" && mkdir -p "$out" "$work"

# What the program itself generates: the configuration with every option at its default, the manual pages, the
# completions. The output is the same for every architecture, so the managed program makes it, because that runs on any
# build host.
generate() {
    local made=$1 page program=artifacts/bin/GaleraGate.Daemon/release/galeragate
    dotnet build src/Daemon -c Release --nologo -v quiet
    "$program" document galeragate.conf > "$made/galeragate.conf"
    mkdir "$made/man"
    for page in $("$program" document manuals); do
        "$program" document "$page" | gzip -9n > "$made/man/$page.gz"
    done
    "$program" completion bash > "$made/galeragate.bash"
    "$program" completion zsh > "$made/_galeragate"
    "$program" completion fish > "$made/galeragate.fish"
    sed -e 's/^Description=.*/& (%i)/' \
        -e 's:^ExecStart=.*:ExecStart=/usr/bin/galeragate run --instance %i:' \
        -e 's:^ExecReload=.*:ExecReload=/usr/bin/galeragate reload --instance %i:' \
        packaging/galeragate.service > "$made/galeragate@.service"
}

# Lays out the manifest's files under a root.
lay_out() {
    local made=$1 root=$2 from to mode source
    while IFS=$'\t' read -r from to mode; do
        case $from in '' | '#'*) continue ;; esac
        source=${from/#@/$made/}
        case $source in
            # A pattern without a match stays as it is, and install rejects it.
            *'*'*) install -d "$root$to" && install -m "$mode" -t "$root$to" $source ;;
            *) install -D -m "$mode" "$source" "$root$to" ;;
        esac
    done < packaging/files.tsv
    find "$root/usr/share/doc" -type f -exec chmod 0644 {} +
    find "$root" -type d -exec chmod 0755 {} +
}

# gdb finds them by the program's build ID, wherever the program is.
lay_out_symbols() {
    local published=$1 root=$2 id
    id=$(readelf -nW "$published/galeragate" | sed -n 's/.*Build ID: //p')
    install -D -m 0644 "$published/galeragate.dbg" "$root/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
    echo "$id" > "$work/build-id"
}

deb() {
    local architecture=$1 name=$2 root=$3 file
    file=$out/${name}_${version}_$architecture.deb
    mkdir -p "$root/DEBIAN" "$root/usr/share/doc"
    if [ "$name" = galeragate-dbgsym ]; then
        ln -s galeragate "$root/usr/share/doc/$name"
    else
        mkdir -p "$root/usr/share/doc/$name"
        cp packaging/deb/copyright "$root/usr/share/doc/$name/copyright"
        gzip -9nc packaging/deb/changelog > "$root/usr/share/doc/$name/changelog.gz"
        install -D -m 0644 "packaging/deb/$name.lintian-overrides" "$root/usr/share/lintian/overrides/$name"
    fi
    sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/" \
        -e "s/@BUILD_ID@/$(cat "$work/build-id")/; s/@SIZE@/$(du -sk --exclude=DEBIAN "$root" | cut -f1)/" \
        "packaging/deb/$name.control" > "$root/DEBIAN/control"
    for script in postinst prerm postrm; do
        [ ! -e "packaging/deb/$name.$script" ] ||
            install -m 0755 "packaging/deb/$name.$script" "$root/DEBIAN/$script"
    done
    [ ! -d "$root/etc" ] || (cd "$root" && find etc -type f | sed 's:^:/:') > "$root/DEBIAN/conffiles"
    (cd "$root" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) \
        > "$root/DEBIAN/md5sums"
    find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group -Zxz -z9 -b "$root" "$file" > /dev/null
    # A filter for processor instructions, which dpkg-deb cannot be asked for, makes the package 8 % smaller. The
    # library that dpkg unpacks with has always had the one for amd64; Debian 11 lacks the one for arm64.
    if [ "$architecture" = amd64 ]; then
        (cd "$work" && dpkg-deb --fsys-tarfile "$file" | xz --check=crc32 --x86 --lzma2=preset=9e > data.tar.xz &&
            ar rD "$file" data.tar.xz)
    fi
    echo "${file#"$PWD/"} ($(stat -c %s "$file" | numfmt --to=si --format=%.1f --suffix=B))"
}

rpm_packages() {
    local architecture=$1 root=$2 symbols=$3 file
    mkdir -p "$root/usr/share/zsh/site-functions"
    mv "$root/usr/share/zsh/vendor-completions/_galeragate" "$root/usr/share/zsh/site-functions/"
    rmdir "$root/usr/share/zsh/vendor-completions"
    rpmbuild -bb --quiet --target "$architecture" --define "_topdir $work/rpm" --define "_rpmdir $out" \
        --define "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" --define "version $version" \
        --define "root $root" --define "symbols $symbols" --define "use_source_date_epoch_as_buildtime 1" \
        packaging/rpm/galeragate.spec > "$work/rpm.log" 2>&1 || { cat "$work/rpm.log"; exit 1; }
    for file in "$out"/*."$architecture.rpm"; do
        echo "${file#"$PWD/"} ($(stat -c %s "$file" | numfmt --to=si --format=%.1f --suffix=B))"
    done
}

[ $# -gt 0 ] || set -- amd64 arm64
mkdir -p "$work/made"
generate "$work/made"
for architecture in "$@"; do
    made=$work/made-$architecture
    cp -r "$work/made" "$made"
    platform=linux-${architecture/amd64/x64}
    eng/native.sh "$made/published" "$platform"
    cat "$made/published/"*.notices | gzip -9n > "$made/dotnet-notices.txt.gz"
    for kind in deb rpm; do
        lay_out "$made" "$work/$kind-$architecture"
        lay_out_symbols "$made/published" "$work/$kind-$architecture-symbols"
    done
    deb "$architecture" galeragate "$work/deb-$architecture"
    deb "$architecture" galeragate-dbgsym "$work/deb-$architecture-symbols"
    rpm_packages "$(sed 's/amd64/x86_64/; s/arm64/aarch64/' <<< "$architecture")" \
        "$work/rpm-$architecture" "$work/rpm-$architecture-symbols"
done
deb all galeragate-mysqlchk "$work/mysqlchk"
(cd "$out" && sha256sum -- *.deb *.rpm > SHA256SUMS)
