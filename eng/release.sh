#!/usr/bin/env bash
# Builds, tests and collects a release in artifacts/release: packages, their checksums, what is in them (CycloneDX), the source. Nothing is published or
# tagged. SKIP_TESTS=1 leaves make test out where it has just been run on the same commit.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "no release: $*" >&2; exit 1; }
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
[ -z "$(git status --porcelain)" ] || fail "what is not committed would be in it"
grep -q "^## $version" CHANGELOG.md || fail "CHANGELOG.md has nothing of $version"
head -n 1 packaging/deb/changelog | grep -qF "($version)" || fail "packaging/deb/changelog is of another version"
grep -q -- "- $version-" packaging/rpm/galeragate.spec || fail "the changelog of packaging/rpm/galeragate.spec is of another version"
[ -d "tests/Infrastructure.Tests/Journal/Released/$version" ] || fail "there is no journal of $version among the tests (CONTRIBUTING.md)"
[ -n "${SKIP_TESTS:-}" ] || make test
make packages test-packages

out=$PWD/artifacts/release
rm -rf "$out" && mkdir -p "$out"
cp artifacts/packages/galeragate_"$version"_*.deb artifacts/packages/galeragate-mysqlchk_"$version"_all.deb artifacts/packages/galeragate-"$version"-*.rpm "$out"
git archive --prefix "galeragate-$version/" -o "$out/galeragate-$version.tar.gz" HEAD

# What the program is made of, as the build wrote it down, and what the pages' script is made of.
jq -n --arg version "$version" --arg commit "$(git rev-parse HEAD)" --arg time "$(git log -1 --format=%cI)" --arg serial "urn:uuid:$(cat /proc/sys/kernel/random/uuid)" \
    --slurpfile deps artifacts/packaging/amd64/usr/lib/galeragate/galeragate.deps.json --slurpfile web src/Daemon/Pages/web/package.json '
    def part($name; $version; $type; $purl): {type: $type, name: $name, version: $version, "bom-ref": $purl, purl: $purl};
    {bomFormat: "CycloneDX", specVersion: "1.5", version: 1, serialNumber: $serial,
     metadata: {timestamp: $time,
                component: (part("galeragate"; $version; "application"; "pkg:generic/galeragate@" + $version) + {properties: [{name: "commit", value: $commit}]})},
     components: (
       [$deps[0].libraries | to_entries[] | (.key | split("/")) as [$name, $of] | .value.type as $kind
        | if $kind == "package" then part($name; $of; "library"; "pkg:nuget/\($name)@\($of)")
          elif $kind == "runtimepack" then ($name | ltrimstr("runtimepack.")) as $pack | part($pack; $of; "framework"; "pkg:nuget/\($pack)@\($of)")
          elif ($name | ascii_downcase | startswith("galeragate")) then empty
          else part($name; $of; "library"; "pkg:generic/\($name)@\($of)") + {description: "stands in for the package of that name"} end]
       + [$web[0].dependencies | to_entries[] | part(.key; .value; "library"; "pkg:npm/\(.key)@\(.value)")])}' > "$out/galeragate-$version.cdx.json"
(cd "$out" && sha256sum -- * > SHA256SUMS)
ls -l "$out"
