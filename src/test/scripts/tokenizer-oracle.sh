#!/bin/sh
# Compares the tokenizer with Hugging Face's on real text: the merges of a training, and the ids of
# 10,000 documents on one thread and on two; and the ids of 10,000 lines with Hugging Face's and
# llama.cpp's, of both kinds of tokenizer. Needs Python with transformers and NumPy, and g++.
#   tokenizer-oracle.sh DATA                          (the directory of the shared texts)
#   tokenizer-oracle.sh -l LLAMA_CPP SCORED DATA      only llama.cpp's part: LLAMA_CPP is its source,
#     built in LLAMA_CPP/build; SCORED a folder with stories260K.bin and tok512.bin
set -eu
here=$(dirname "$(readlink -f "$0")")
run=$here/../../../run.sh
python=$here/../python/check_tokenizer.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$1" = -l ]; then
  llama=$(readlink -f "$2")
  scored=$(readlink -f "$3")
  starter=$work/starter
  target=$here/../../../target
  g++ -O1 -std=c++17 -I"$llama/include" -I"$llama/ggml/include" "$here/llama_tokens.cpp" \
    -L"$llama/build/bin" -lllama -lggml -lggml-base -Wl,-rpath,"$llama/build/bin" -o "$work/llama_tokens"
  "$run" export "$here/../../../models/starter.gguf" --format hf --out "$starter"
  "$run" export "$starter" --format gguf --type f32 --out "$work/gpt2.gguf"
  "$run" export "$scored/stories260K.bin" --tokenizer "$scored/tok512.bin" --format gguf --type f32 \
    --out "$work/llama.gguf"
  python3 "$here/../python/compare_tokenizers.py" "$starter" "$work/gpt2.gguf" "$scored/tok512.bin" \
    "$work/llama.gguf" --data "$(readlink -f "$4")" --llama "$work/llama_tokens" \
    --classes "$target/mini-llm.jar:$target/lib/*"
  exit
fi
data=$(readlink -f "$1")

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
