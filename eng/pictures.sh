#!/usr/bin/env bash
# pictures.sh: makes the pictures of the documents again, with a real cluster of three, a daemon on each node, clients
# and an incident: what the programs and the pages show of it, light and dark, wide and narrow. Look at each of them.
set -euo pipefail
cd "$(dirname "$0")/.."
most=150000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
artifacts/bin/GaleraGate.Lab/release/lab pictures "$work"
mkdir -p docs/pictures
for picture in "$work"/*.png; do
    pngquant --quality 70-95 --speed 1 --strip --force --output "docs/pictures/${picture##*/}" 128 "$picture"
done
find docs/pictures -name '*.png' -size +"$most"c -printf '%p has %s bytes: more than a document should carry\n' |
    tee "$work/large" >&2
[ ! -s "$work/large" ]
