#!/usr/bin/env bash
# Bundles the pages' drawing code (d3, ISC licence) into one file that the program embeds. Run it after a change in
# src/Daemon/Pages/web. The bundle is committed, so building the program needs no npm.
set -euo pipefail
cd "$(dirname "$0")/../src/Daemon/Pages/web"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json ./*.mjs LICENSE.d3 "$work"
(cd "$work" && npm install --no-audit --no-fund --silent 2> /dev/null && npx esbuild page.mjs \
    --bundle --minify --format=iife --target=es2022 --legal-comments=none \
    --banner:js="/* $(cat LICENSE.d3) */" --outfile=pages.js --log-level=warning)
cp "$work/pages.js" ../pages.js
wc -c ../pages.js
