#!/usr/bin/env bash
# Makes a static site of docs/ in artifacts/site; a dead link fails it. Needs Node.js, and the npm registry when its
# packages are not there yet. Look at it with: python3 -m http.server -d artifacts/site
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
