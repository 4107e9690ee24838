#!/usr/bin/env bash
# Bundles what the incident report draws with (d3, ISC licence) into one file that the program embeds. Run after a change in src/Daemon/Report/web; the
# bundle is kept, so that building the program needs no npm.
set -euo pipefail
cd "$(dirname "$0")/../src/Daemon/Report/web"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json report.mjs LICENSE.d3 "$work"
(cd "$work" && npm install --no-audit --no-fund --silent 2> /dev/null && npx esbuild report.mjs --bundle --minify --format=iife --target=es2022 --legal-comments=none \
    --banner:js="/* $(cat LICENSE.d3) */" --outfile=report.js --log-level=warning)
cp "$work/report.js" ../report.js
wc -c ../report.js
