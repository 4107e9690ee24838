#!/usr/bin/env bash
# Builds a static site from docs/ in artifacts/site; a dead link is an error. Needs Node.js, and the npm registry if its
# packages are not installed yet. To look at it: python3 -m http.server -d artifacts/site
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/artifacts/site-build
mkdir -p "$work"
if ! cmp -s eng/site/package-lock.json "$work/package-lock.json"; then
    rm -rf "$work" && mkdir -p "$work"
    cp eng/site/package.json eng/site/package-lock.json "$work"
    (cd "$work" && npm ci --no-audit --no-fund --silent)
fi
rm -rf "$work/docs" "$work/.vitepress"
cp -r eng/site/. docs "$work"
rm -rf artifacts/site
(cd "$work" && npm run --silent build)
