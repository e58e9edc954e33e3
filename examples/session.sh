#!/bin/sh
# A session at the command line: a tiny model from a text, asked, exported and served.
# From the project's folder: examples/session.sh [FOLDER]. It takes about a minute.
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."
minillm=${MINILLM:-./run.sh}
steps=${STEPS:-200}
work=${1:-$(mktemp -d)}

# What would it cost? Then train: 200 steps of the smallest preset.
$minillm plan --preset nano
$minillm train --data models/starter-corpus/cuentos.txt --out "$work/tiny" --preset nano \
  --steps "$steps"

# Ask it; the seed makes it say the same again.
$minillm info "$work/tiny"
$minillm generate --model "$work/tiny" --max-tokens 40 --seed 1 "Había una vez"
printf 'Hola\n/exit\n' | $minillm chat --model "$work/tiny" --max-tokens 20

# For llama.cpp, Ollama and LM Studio; what was written is read back and compared.
$minillm export "$work/tiny" --format gguf --type q8_0 --out "$work/tiny.gguf"
$minillm generate --model "$work/tiny.gguf" --max-tokens 40 --seed 1 "Había una vez"

# For other programs on this computer: OpenAI's API and a page, here at a free port.
$minillm serve --model "$work/tiny" --port 0 2> "$work/serve.txt" &
server=$!
trap 'kill $server' EXIT
until grep -q 'Page http' "$work/serve.txt"; do
  kill -0 $server
  sleep 0.2
done
api=$(sed -n 's|.*API \(http[^ ]*\).*|\1|p' "$work/serve.txt")
curl -sS "$api/models"
echo
curl -sS "$api/completions" -H 'Content-Type: application/json' \
  -d '{"prompt": "Había una vez", "max_tokens": 20, "seed": 1}'
echo
curl -sSN "$api/chat/completions" -H 'Content-Type: application/json' \
  -d '{"messages": [{"role": "user", "content": "Hola"}], "max_tokens": 10, "stream": true}'
