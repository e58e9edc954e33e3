#!/bin/bash
# Trains a small model, disturbs it at random moments, resumes each time, and compares the weights at
# the end with those of a run that nobody disturbed. Every life but the last ends in one of four ways,
# by turns:
#   early   kill -9 before it has saved anything new
#   late    kill -9 a random while after it has saved
#   write   kill -9 while a checkpoint is being written (checkpoints/last.part is there)
#   full    its disk is full: no file may grow beyond a random size (ulimit -f), so that a checkpoint
#           fails in the middle of one of its files; the run must end with a message and exit code 1
#   src/test/scripts/kill-and-resume.sh [DISTURBANCES] [SEED]
# Needs what ./run.sh builds, or MINILLM=COMMAND to start the command line with.
set -euo pipefail
times=${1:-50}
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
 "training": {"max_steps": 600, "checkpoint_interval": 10, "eval_interval": 50},
 "resources": {"cpu_threads": 1, "model_dir": "$work", "cache_dir": "$work/cache"}}
JSON

train() { "$run" train --config "$work/config.json" "$@" > "$work/out.log" 2>&1; }
hash_of() { sha256sum < "$1/model.safetensors" | cut -d' ' -f1; }

start=$(date +%s%N)
train --data "$work/text.txt" --out "$work/whole"
whole_ms=$((($(date +%s%N) - start) / 1000000))
echo "undisturbed: $(hash_of "$work/whole")  (${whole_ms} ms)"

step() { sed -n 's/.*"step" : \([0-9]*\).*/\1/p' "$work/killed/checkpoints/$1/state.json" 2>/dev/null; }
saved() { step last || step last.old || echo none; }
largest_kb() { du --apparent-size -k "$work/killed/checkpoints/last/"* | sort -n | tail -1 | cut -f1; }
alive() { kill -0 "$child" 2>/dev/null; }
args=(--data "$work/text.txt" --out "$work/killed")
declare -A seen=([early]=0 [late]=0 [write]=0 [full]=0)
replayed=0
inside=0
kinds=(early late write full)

disturb() { # kind
  local before limit
  before=$(saved)
  limit=unlimited
  # Below the largest file of a checkpoint, the moments: this cuts them alone or the weights as well.
  [ "$1" != full ] || limit=$((20 + RANDOM % ($(largest_kb) - 40)))
  (ulimit -f "$limit" && exec "$run" train --config "$work/config.json" "${args[@]}") \
    > "$work/out.log" 2>&1 &
  child=$!
  case $1 in
    early) sleep "0.$(printf '%03d' $((RANDOM % 1000)))" ;;
    late | write)
      while alive && [ "$(saved)" = "$before" ]; do sleep 0.02; done
      sleep "0.$(printf '%03d' $((RANDOM % 400)))"
      if [ "$1" = write ]; then
        while alive && [ ! -d "$work/killed/checkpoints/last.part" ]; do sleep 0.001; done
        sleep "0.00$((RANDOM % 10))"
      fi
      ;;
    full)
      if wait "$child"; then
        echo "a full disk (files of at most $limit kB) went unnoticed" >&2
        exit 1
      fi
      grep -q 'File too large' "$work/out.log" || { cat "$work/out.log"; exit 1; }
      ! grep -q $'\tat ' "$work/out.log" || { echo "a stack trace:"; cat "$work/out.log"; exit 1; }
      ;;
  esac
  if [ "$1" != full ]; then
    kill -9 "$child" 2>/dev/null || return 1
    wait "$child" 2>/dev/null || true
  fi
  child=
}

count=0
while [ "$count" -lt "$times" ]; do
  kind=${kinds[count % 4]}
  # Before there is a checkpoint to go on from, only a run that saves can be disturbed.
  [ "$(saved)" != none ] || kind=late
  disturb "$kind" || { echo "the run ended before disturbance $count"; break; }
  count=$((count + 1))
  seen[$kind]=$((seen[$kind] + 1))
  ! grep -q 'replayed: identical' "$work/out.log" || replayed=$((replayed + 1))
  rest=$(cd "$work/killed/checkpoints" 2>/dev/null && echo * || true)
  case $rest in *.part* | *.old*) inside=$((inside + 1)) ;; esac
  echo "$count $kind: last checkpoint of step $(saved); there: $rest"
  args=(--resume "$work/killed")
done
train --resume "$work/killed" || { cat "$work/out.log"; exit 1; }
echo "disturbed $count times (early ${seen[early]}, late ${seen[late]}, write ${seen[write]}," \
  "full ${seen[full]}); $inside left a checkpoint in the middle of its exchange;" \
  "$replayed lives said 'identical' before their end: $(hash_of "$work/killed")"
torn=$(grep -cv '^{.*}$' "$work/killed/metrics.jsonl" || true)
echo "metrics.jsonl: $(wc -l < "$work/killed/metrics.jsonl") lines, $torn torn"
if [ "$(hash_of "$work/whole")" = "$(hash_of "$work/killed")" ]; then
  echo "same bits"
else
  echo "DIFFERENT weights" >&2
  exit 1
fi
