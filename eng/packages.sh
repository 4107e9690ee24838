#!/usr/bin/env bash
# Builds the packages into artifacts/packages: a .deb for each architecture, the small one with the script's name, and an .rpm. What goes where is
# packaging/files.tsv alone. Usage: eng/packages.sh [ARCHITECTURE...]   (amd64, arm64; default amd64: not every registry has arm64's runtime)
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
out=$PWD/artifacts/packages
work=$PWD/artifacts/packaging
description='port that is open exactly while this Galera node is fit'
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || date +%s)}
rm -rf "$work" && mkdir -p "$out" "$work"

# What is made of the program itself: the configuration with every option at its default, the manual page, the completions.
generate() {
    local program=artifacts/bin/GaleraGate.Daemon/release/galeragate made=$1
    "$program" document galeragate.conf > "$made/galeragate.conf"
    "$program" document galeragate.8 | gzip -9n > "$made/galeragate.8.gz"
    "$program" completion bash > "$made/galeragate.bash"
    "$program" completion zsh > "$made/_galeragate"
    "$program" completion fish > "$made/galeragate.fish"
    sed -e 's/^Description=.*/& (%i)/' -e 's:^ExecStart=.*:ExecStart=/usr/bin/galeragate run --instance %i:' -e 's:^ExecReload=.*:ExecReload=/usr/bin/galeragate reload --instance %i:' \
        packaging/galeragate.service > "$made/galeragate@.service"
}

# Lays the files of the manifest out under a root.
lay_out() {
    local made=$1 root=$2 from to mode source
    while IFS=$'\t' read -r from to mode; do
        case $from in '' | '#'*) continue ;; esac
        source=${from/#@/$made/}
        if [ "${from: -1}" = / ]; then
            mkdir -p "$root$to" && cp -r "$source." "$root$to"
        else
            install -D -m "$mode" "$source" "$root$to"
        fi
    done < packaging/files.tsv
    # Only the program and what it starts are programs.
    find "$root/usr/lib/galeragate" -type f -exec chmod 0644 {} +
    chmod 0755 "$root/usr/lib/galeragate/galeragate" "$root/usr/lib/galeragate/galeragate-notify"
    find "$root/usr/lib/galeragate" -name createdump -exec chmod 0755 {} +
    find "$root/usr/share/doc" -type f -exec chmod 0644 {} +
    mkdir -p "$root/usr/bin" && ln -s ../lib/galeragate/galeragate "$root/usr/bin/galeragate"
    find "$root" -type d -exec chmod 0755 {} +
}

deb() {
    local architecture=$1 name=$2 root=$3
    mkdir -p "$root/usr/share/doc/$name"
    cp packaging/deb/copyright "$root/usr/share/doc/$name/copyright"
    gzip -9nc packaging/deb/changelog > "$root/usr/share/doc/$name/changelog.gz"
    install -D -m 0644 "packaging/deb/$name.lintian-overrides" "$root/usr/share/lintian/overrides/$name"
    mkdir -p "$root/DEBIAN"
    sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$(du -sk --exclude=DEBIAN "$root" | cut -f1)/" "packaging/deb/$name.control" > "$root/DEBIAN/control"
    for script in postinst prerm postrm; do
        if [ -e "packaging/deb/$name.$script" ]; then install -m 0755 "packaging/deb/$name.$script" "$root/DEBIAN/$script"; fi
    done
    if [ -d "$root/etc" ]; then (cd "$root" && find etc -type f | sed 's:^:/:') > "$root/DEBIAN/conffiles"; fi
    (cd "$root" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
    find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group -Zxz -b "$root" "$out/${name}_${version}_$architecture.deb" > /dev/null
    echo "$out/${name}_${version}_$architecture.deb ($(du -h "$out/${name}_${version}_$architecture.deb" | cut -f1))"
}

rpm_package() {
    local root=$1
    command -v rpmbuild > /dev/null || { echo "no .rpm: rpmbuild is not installed"; return; }
    rm -rf "$root/DEBIAN" "$root/usr/share/lintian" "$root/usr/share/doc/galeragate/copyright" "$root/usr/share/doc/galeragate/changelog.gz"
    mkdir -p "$root/usr/share/zsh/site-functions" && mv "$root/usr/share/zsh/vendor-completions/_galeragate" "$root/usr/share/zsh/site-functions/" && rmdir "$root/usr/share/zsh/vendor-completions"
    rpmbuild -bb --quiet --target x86_64 --define "_topdir $work/rpm" --define "_rpmdir $out" --define "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm" --define "version $version" --define "root $root" \
        --define "use_source_date_epoch_as_buildtime 1" packaging/rpm/galeragate.spec > "$work/rpm.log" 2>&1 || { cat "$work/rpm.log"; exit 1; }
    ls "$out"/galeragate-"$version"-*.rpm | sed "s/\$/ ($(du -h "$out"/galeragate-"$version"-*.rpm | cut -f1))/"
}

architectures=("$@")
[ ${#architectures[@]} -gt 0 ] || architectures=(amd64)
mkdir -p "$work/made"
generate "$work/made"
for architecture in "${architectures[@]}"; do
    platform=linux-${architecture/amd64/x64}
    dotnet publish src/Daemon -c Release -r "$platform" --self-contained true -p:PublishReadyToRun=true -p:DebugType=none -o "$work/made-$architecture/published" --nologo -v quiet
    # Nothing of it is needed to run.
    rm -f "$work/made-$architecture/published/"*.{xml,pdb} "$work/made-$architecture/published/createdump"
    cp "$work/made/"* "$work/made-$architecture/"
    lay_out "$work/made-$architecture" "$work/$architecture"
    deb "$architecture" galeragate "$work/$architecture"
done
mkdir -p "$work/mysqlchk"
deb all galeragate-mysqlchk "$work/mysqlchk"
if [ -d "$work/amd64" ]; then rpm_package "$work/amd64"; fi
(cd "$out" && sha256sum ./*.deb ./*.rpm 2> /dev/null > SHA256SUMS)
