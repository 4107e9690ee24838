#!/usr/bin/env bash
# Builds, tests and collects a release in artifacts/release: packages for both architectures, their debug symbols,
# checksums, the list of components (CycloneDX), the source. Publishes and tags nothing. SKIP_TESTS=1 skips make test if
# it has just run on the same commit.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "no release: $*" >&2; exit 1; }
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
[ -z "$(git status --porcelain)" ] || fail "what is not committed would be in it"
grep -q "^## $version" CHANGELOG.md || fail "CHANGELOG.md has nothing of $version"
head -n 1 packaging/deb/changelog | grep -qF "($version)" || fail "packaging/deb/changelog is of another version"
grep -q -- "- $version-" packaging/rpm/galeragate.spec ||
    fail "the changelog of packaging/rpm/galeragate.spec is of another version"
[ -d "tests/Infrastructure.Tests/Journal/Released/$version" ] ||
    fail "there is no journal of $version among the tests (CONTRIBUTING.md)"
[ -n "${SKIP_TESTS:-}" ] || make test
make packages test-packages test-roots

out=$PWD/artifacts/release
rm -rf "$out" && mkdir -p "$out"
cp artifacts/packages/*.deb artifacts/packages/*.rpm "$out"
git archive --prefix "galeragate-$version/" -o "$out/galeragate-$version.tar.gz" HEAD

# The components: the packages that the build resolved, and those that the pages' script contains.
dotnet tool restore > /dev/null
dotnet tool run dotnet-CycloneDX -- src/Daemon/GaleraGate.Daemon.csproj \
    -o "$out" -fn packages.json -F Json -st Application \
    --set-name galeragate --set-version "$version" > /dev/null
jq --arg commit "$(git rev-parse HEAD)" --slurpfile web src/Daemon/Pages/web/package.json '
    .metadata.component.properties = [{name: "commit", value: $commit}]
    | .components += [$web[0].dependencies | to_entries[] | "pkg:npm/\(.key)@\(.value)" as $purl
        | {type: "library", name: .key, version: .value, "bom-ref": $purl, purl: $purl}]' \
    "$out/packages.json" > "$out/galeragate-$version.cdx.json"
rm "$out/packages.json"
# The compilers leave nothing of their own in the program.
jq -r '.components[].name | select(test("ILCompiler|ILLink") | not)' "$out/galeragate-$version.cdx.json" |
    while read -r name; do
        grep -qwF -- "$name" packaging/deb/copyright || fail "packaging/deb/copyright does not name $name"
    done
(cd "$out" && sha256sum -- * > SHA256SUMS)
ls -l "$out"
