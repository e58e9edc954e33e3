#!/bin/sh
# Takes the starter model on a round trip: its loss, some steps under torchrun with two processes,
# and the loss of what came back, each told by our eval and by PyTorch. From a built checkout:
#   examples/scale-out/check.sh [STEPS]
set -eu
here=$(dirname "$(readlink -f "$0")")
cd "$here/../.."
minillm=${MINILLM:-./run.sh}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$work/starter
$minillm export models/starter.gguf --format hf --out "$model"
# Whole stories, a tenth of them held out.
awk -v RS='<[|]endoftext[|]>' -v dir="$work" 'NF {
  file = dir (NR % 10 ? "/train.txt" : "/heldout.txt"); printf "%s<|endoftext|>", $0 > file }' \
  models/starter-corpus/cuentos.txt
for part in train heldout; do
  $minillm tokenizer encode --model $model --data "$work/$part.txt" --out "$work/$part.ids"
done
echo "eval before: $($minillm eval $model --data "$work/heldout.txt")"
OMP_NUM_THREADS=1 torchrun --nproc_per_node 2 "$here/continue.py" --model $model \
  --tokens "$work/train.ids" --validation "$work/heldout.ids" --out "$work/more" --steps "${1:-60}"
echo "eval after:  $($minillm eval "$work/more" --data "$work/heldout.txt")"
$minillm export "$work/more" --format gguf --type q8_0 --out "$work/more.gguf"
$minillm generate --model "$work/more" --max-tokens 24 --seed 1 "Había una vez"
