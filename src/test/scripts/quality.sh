#!/bin/bash
# Held-out bits per byte after as many minutes of training on two threads: ours as the presets do it,
# and PyTorch with AdamW on the same token ids. One line of JSON a program.
#   src/test/scripts/quality.sh TRAIN.txt HELDOUT.txt PRESET MINUTES [RATE…]
# PRESET: chromebook or base. RATE: PyTorch's learning rates, one run each; none: ours alone.
# Ours counts the seconds of its steps (metrics.jsonl); the number of steps comes from a measurement of
# ten seconds, so that the minutes are met to a few per cent. Needs python3 with numpy and torch for RATE.
set -euo pipefail
if [ $# -lt 4 ]; then sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" >&2; exit 2; fi
train=$(realpath "$1") heldout=$(realpath "$2") preset=$3 minutes=$4
shift 4
cd "$(dirname "$0")/../../.."
case $preset in
  chromebook) shape="--vocab 5000 --d-model 128 --layers 3 --heads 4 --d-ff 512 --context 128" ;;
  base) shape="--vocab 10000 --d-model 256 --layers 4 --heads 4 --d-ff 1024 --context 256" ;;
  *) echo "quality.sh: PRESET is $preset; allowed: chromebook, base" >&2; exit 2 ;;
esac
work=target/quality/$preset-$minutes
rm -rf "$work"
mkdir -p "$work"
number() { sed -n "s/.*\"$1\": *\([0-9.eE+-]*\).*/\1/p"; }

# shellcheck disable=SC2086
speed=$(./run.sh benchmark train --preset "$preset" --memory-saver false --seconds 10 --json |
  number tokens_per_s)
context=${shape##* }
steps=$(awk "BEGIN { print int($speed * 60 * $minutes / (16 * $context)) }")
./run.sh train --data "$train" --out "$work/ours" --preset "$preset" --steps "$steps" --seed 1 \
  --memory-saver false --eval-every 1000000 --checkpoint-every 1000000 >&2
./run.sh eval "$work/ours" --data "$heldout" --json >"$work/eval.json"
python3 - "$work" <<'P'
import json, sys
work = sys.argv[1]
points = [json.loads(line) for line in open(f"{work}/ours/metrics.jsonl")]
last = [p for p in points if p.get("grad_norm") is not None][-1]
print(json.dumps({
    "program": "ours, Muon 0.01 and AdamW 0.008", "steps": last["step"], "tokens": last["tokens"],
    "minutes": last["seconds"] / 60, "tokens_per_s": last["tokens"] / last["seconds"],
    "bits_per_byte": json.load(open(f"{work}/eval.json"))["bits_per_byte"],
}))
P
[ $# -gt 0 ] || exit 0
for part in train heldout; do
  ./run.sh tokenizer encode --model "$work/ours" --data "${!part}" --out "$work/$part.ids" --json >"$work/$part.json"
done
for rate in "$@"; do
  # shellcheck disable=SC2086
  python3 src/test/python/quality_torch.py "$work/train.ids" "$work/heldout.ids" \
    "$(number bytes <"$work/eval.json")" --minutes "$minutes" --learning-rate "$rate" --batch 16 $shape
done
