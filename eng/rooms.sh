#!/usr/bin/env bash
# Draws the rooms of each project as a Mermaid picture, with their numbers of files and lines and which room uses which.
# The arrows come from the using lines, as in RoomTests of tests/Domain.Tests. With a commit as argument, draws that
# commit.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    git archive "$1" src | tar -x -C "$copy"
    cd "$copy"
fi
for project in Domain Infrastructure Daemon; do
    printf '%%%% %s\nflowchart TD\n' "$project"
    find "src/$project" -name '*.cs' -not -path '*/obj/*' | sort | xargs awk -v project="$project" '
        FNR == 1 { n = split(FILENAME, part, "/"); room = n > 3 ? part[3] : project; files[room]++ }
        { lines[room]++ }
        $1 == "using" && match($2, "^GaleraGate\\." project "\\.[A-Za-z]+;$") {
            split($2, name, /[.;]/)
            if (name[3] != room) arrows["    " room " --> " name[3]] = 1
        }
        END {
            for (room in files) printf "    %s[\"%s<br/>%d files, %d lines\"]\n", room, room, files[room], lines[room]
            for (arrow in arrows) print arrow
        }' | sort
done
