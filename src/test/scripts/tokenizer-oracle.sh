#!/bin/sh
# Compares the tokenizer with Hugging Face's on real text: the merges of a training, and the ids of
# 10,000 documents on one thread and on two. Needs Python with tokenizers and NumPy.
#   tokenizer-oracle.sh DATA   (the directory of the shared texts)
set -eu
here=$(dirname "$(readlink -f "$0")")
run=$here/../../../run.sh
python=$here/../python/check_tokenizer.py
data=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for threads in 1 2; do
  echo "{\"resources\": {\"cpu_threads\": $threads}}" >"$work/threads$threads.json"
done

# Texts with separators, so that both learn from the same documents.
python3 "$here/../python/bench_tokenizer.py" texts "$work" "$data"
for text in "$work"/es.txt "$work"/en.txt "$work"/mixed.txt "$data"/en/tinystories.txt; do
  for threads in 1 2; do
    "$run" tokenizer train --config "$work/threads$threads.json" --data "$text" --vocab 8192 \
      --out "$work/ours$threads.json"
  done
  cmp "$work/ours1.json" "$work/ours2.json"
  python3 "$python" train "$work/theirs.json" 8192 "$text"
  python3 "$python" same "$work/ours1.json" "$work/theirs.json"
  rm "$work"/ours?.json "$work/theirs.json"
done

"$run" tokenizer train --data "$data/es/tatoeba.txt" "$data/en/tinystories.txt" --vocab 8192 \
  --out "$work/both.json"
python3 "$python" lines "$work/lines.jsonl" "$data"
for threads in 1 2; do
  "$run" tokenizer encode --config "$work/threads$threads.json" --model "$work/both.json" \
    --data "$work/lines.jsonl" --out "$work/ids$threads"
done
cmp "$work/ids1" "$work/ids2"
python3 "$python" ids "$work/both.json" "$work/lines.jsonl" "$work/ids1"
