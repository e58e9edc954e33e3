#!/bin/sh
# Starts the server on a model (the starter model) and puts ApiLoad.java's requests on it.
#   src/test/scripts/api-load.sh [REQUESTS [MODEL]]     after mvn package
set -eu
cd "$(dirname "$(readlink -f "$0")")/../../.."
classes=${CLASS_PATH:-target/classes:$(printf '%s:' target/lib/*.jar)}
work=$(mktemp -d)
java --add-modules=jdk.incubator.vector -XX:+UseSerialGC -Xmx200m -cp "$classes" \
  org.minillm.launch.Main serve --port 0 --model "${2:-models/starter}" > "$work/out.txt" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
until grep -q 'Page http' "$work/out.txt"; do kill -0 $server; sleep 0.2; done
port=$(sed -n 's|.*API http://[^:]*:\([0-9]*\)/.*|\1|p' "$work/out.txt")
until curl -fs "http://127.0.0.1:$port/health" > "$work/health"; do sleep 0.2; done
java -Xmx200m src/test/scripts/ApiLoad.java "$port" "$server" "${1:-1000}"
