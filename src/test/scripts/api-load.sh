#!/bin/sh
# Starts the server on a model (the starter model) and puts ApiLoad.java's requests on it.
#   src/test/scripts/api-load.sh [REQUESTS [MODEL]]
# MINILLM_JAVA_HOME and MINILLM_JAVA_OPTS are run.sh's.
set -eu
here=$(dirname "$(readlink -f "$0")")
model=${2:-$here/../../../models/starter.gguf}
work=$(mktemp -d)
"$here/../../../run.sh" serve --port 0 --model "$model" > "$work/out.txt" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM # a shell that a signal ends would leave the server behind
until grep -q 'Page http' "$work/out.txt"; do kill -0 $server; sleep 0.2; done
port=$(sed -n 's|.*API http://[^:]*:\([0-9]*\)/.*|\1|p' "$work/out.txt")
until curl -fs "http://127.0.0.1:$port/health" > "$work/health"; do sleep 0.2; done
java -Xmx200m "$here/ApiLoad.java" "$port" "$server" "${1:-1000}"
