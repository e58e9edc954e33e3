#!/bin/bash
# Trains a small model, kills the process with -9 at random moments, resumes each time, and compares
# the weights at the end with those of a run that nobody disturbed. Every other kill waits until a
# checkpoint is being written (checkpoints/last.part is there).
#   src/test/scripts/kill-and-resume.sh [KILLS] [SEED]
# Needs the jar that ./run.sh builds, or MINILLM=COMMAND to start the command line with.
set -euo pipefail
kills=${1:-10}
RANDOM=${2:-1}
top=$(cd "$(dirname "$0")/../../.." && pwd)
run=${MINILLM:-$top/run.sh}
work=$(mktemp -d)
child=
clean() {
  [ -z "$child" ] || kill -9 "$child" 2>/dev/null || true
  rm -rf "$work"
}
trap clean EXIT

for i in $(seq 400); do
  printf 'Había una vez un barco número %d que salió del puerto con %d gatos.\n<|endoftext|>\n' \
    "$i" $((i * 7 % 31))
done > "$work/text.txt"
cat > "$work/config.json" <<JSON
{"model": {"preset": "nano"},
 "training": {"max_steps": 400, "checkpoint_interval": 10, "eval_interval": 50},
 "resources": {"cpu_threads": 1, "model_dir": "$work", "cache_dir": "$work/cache"}}
JSON

train() { "$run" train --config "$work/config.json" "$@" > "$work/out.log" 2>&1; }
hash_of() { sha256sum < "$1/model.safetensors" | cut -d' ' -f1; }

start=$(date +%s%N)
train --data "$work/text.txt" --out "$work/whole"
whole_ms=$((($(date +%s%N) - start) / 1000000))
echo "undisturbed: $(hash_of "$work/whole")  (${whole_ms} ms)"

step() { sed -n 's/.*"step" : \([0-9]*\).*/\1/p' "$work/killed/checkpoints/$1/state.json" 2>/dev/null; }
args=(--data "$work/text.txt" --out "$work/killed")
in_checkpoint=0
done_kills=0
while [ "$done_kills" -lt "$kills" ]; do
  "$run" train --config "$work/config.json" "${args[@]}" > "$work/out.log" 2>&1 &
  child=$!
  before=$(step last || true)
  # Until it has saved once more, then a random while: each life makes some progress.
  while kill -0 "$child" 2>/dev/null && [ "$(step last || true)" = "$before" ]; do sleep 0.02; done
  sleep "0.$(printf '%03d' $((RANDOM % 400)))"
  if [ $((done_kills % 2)) -eq 1 ]; then
    while kill -0 "$child" 2>/dev/null && [ ! -d "$work/killed/checkpoints/last.part" ]; do
      sleep 0.001
    done
    sleep "0.00$((RANDOM % 10))"
  fi
  kill -9 "$child" 2>/dev/null || { echo "the run ended before kill $done_kills"; break; }
  wait "$child" 2>/dev/null || true
  child=
  done_kills=$((done_kills + 1))
  rest=$(cd "$work/killed/checkpoints" && echo *)
  case $rest in *.part* | *.old*) in_checkpoint=$((in_checkpoint + 1)) ;; esac
  echo "kill $done_kills: last checkpoint of step $(step last || step last.old || echo none); there: $rest"
  args=(--resume "$work/killed")
done
train --resume "$work/killed" || { cat "$work/out.log"; exit 1; }
echo "killed $done_kills times, $in_checkpoint inside a checkpoint: $(hash_of "$work/killed")"
torn=$(grep -cv '^{.*}$' "$work/killed/metrics.jsonl" || true)
echo "metrics.jsonl: $(wc -l < "$work/killed/metrics.jsonl") lines, $torn torn"
if [ "$(hash_of "$work/whole")" = "$(hash_of "$work/killed")" ]; then
  echo "same bits"
else
  echo "DIFFERENT weights" >&2
  exit 1
fi
