#!/bin/sh
# Uses the local API with the openai package and curl, and its page in Chromium: see README.md.
#   packaging/clients/check.sh [MODEL]
set -eu
here=$(dirname "$(readlink -f "$0")")
cd "$here/../.."
model=${1:-models/starter.gguf}
out=$PWD/target/clients
classes=${CLASS_PATH:-target/classes:$(printf '%s:' target/lib/*.jar)}
mkdir -p "$out"

if ! command -v chromium > /dev/null; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium
fi
cp "$here/package.json" "$here"/*.mjs "$out/"
(cd "$out" && npm install --silent --no-audit --no-fund)

java --add-modules=jdk.incubator.vector -XX:+UseSerialGC -Xmx300m -cp "$classes" \
  org.minillm.launch.Main serve --port 0 --model "$model" > "$out/serve.txt" 2>&1 &
server=$!
work=$(mktemp -d)
java --add-modules=jdk.incubator.vector -XX:+UseSerialGC -Xmx300m -cp "$classes" \
  org.minillm.launch.Main train --data models/starter-corpus/cuentos.txt --preset nano \
  --steps 100000 --out "$work/run" --serve 0 > "$out/train.txt" 2>&1 &
training=$!
trap 'exit 1' HUP INT TERM # a shell that a signal ends would leave both behind
trap 'kill $server $training; wait $training || true; rm -rf "$work"' EXIT
until grep -q 'Page http' "$out/serve.txt"; do kill -0 $server; sleep 0.2; done
base=$(sed -n 's|.*Page \(http[^ ]*\)/ .*|\1|p' "$out/serve.txt")
until curl -fs "$base/health" > "$out/health.json"; do sleep 0.2; done

echo "== openai"
node "$out/openai-client.mjs" "$base/v1"
echo "== curl"
curl -sSN "$base/v1/chat/completions" -H 'Content-Type: application/json' \
  -d '{"messages":[{"role":"user","content":"Hola"}],"max_tokens":8,"seed":1,"stream":true}' \
  > "$out/curl.txt"
tail -n 2 "$out/curl.txt" | head -n 1
grep -q '^data: \[DONE\]$' "$out/curl.txt"
echo "== page"
until grep -q 'Page http' "$out/train.txt"; do kill -0 $training; sleep 0.2; done
node "$out/page.mjs" "$base" "$out" "$(sed -n 's|.*Page \(http[^ ]*\)/.*|\1|p' "$out/train.txt")"
