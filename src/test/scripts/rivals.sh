#!/bin/bash
# Ours and other programs side by side on two threads, in rounds that take turns; prints medians and
# ratios as a Markdown table.
#   src/test/scripts/rivals.sh RIVALS_DIR [ROUNDS [WHAT…]]
# RIVALS_DIR holds llama2.c/run and llama2.c/runq (gcc -Ofast -march=native -fopenmp) and
# llama.cpp/build/bin/llama-bench and llama-batched-bench (GGML_NATIVE=ON); a program that is not
# there is left out. ROUNDS: 5. WHAT: train, decode, prompt, context, each also of one shape
# (train:S, decode:M, prompt:L; context runs on M); default: all.
# Raw values are added to $RIVALS_RAW (target/rivals/raw.tsv), so that a table can be made of several
# calls; each line: group, program, round, tokens a second, peak resident set in MB. The first
# program of a group is what the others are compared with. Random models (rival_models.py) are
# written to target/rivals once. Needs python3 with numpy, gguf, torch; /usr/bin/time.
set -euo pipefail
[ $# -ge 1 ] || {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" >&2
  exit 2
}
rivals=$(cd "$1" && pwd)
rounds=${2:-5}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- train decode prompt context
for what in "$@"; do
  case $what in
    train | decode | prompt | context | train:[SML] | decode:[SML] | prompt:[SML]) ;;
    *)
      echo "rivals.sh: WHAT is $what; allowed: train, decode, prompt (also with :S, :M, :L), context" >&2
      exit 2
      ;;
  esac
done

top=$(cd "$(dirname "$0")/../../.." && pwd)
cd "$top"
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
python=src/test/python
work=target/rivals
raw=${RIVALS_RAW:-$work/raw.tsv}
newest=$(newest_jdk)
oldest=$(oldest_jdk)
own_flags=${MINILLM_JAVA_OPTS:-}
./run.sh --version > /dev/null # builds what is not built
mkdir -p "$work" "$(dirname "$raw")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

threads=2
steps=255 # tokens that a decode row generates, from an empty context
declare -A shape=(
  [S]="--vocab 4096 --d-model 128 --layers 3 --heads 4 --d-ff 512 --context 128"
  [M]="--vocab 8192 --d-model 256 --layers 4 --heads 4 --d-ff 1024 --context 256"
  [L]="--vocab 32000 --d-model 288 --layers 6 --heads 6 --d-ff 768 --context 256"
)

# ---- measuring: each sets $value, in tokens a second, and $peak, in MB -------------------------

failed() {
  echo "rivals.sh: failed: $*" >&2
  tail -n 5 "$scratch/err" >&2
  exit 1
}

timed() {
  /usr/bin/time -o "$scratch/peak" -f %M "$@" > "$scratch/out" 2> "$scratch/err" || failed "$@"
  peak=$(tail -n 1 "$scratch/peak" | awk '{ printf "%.0f", $1 / 1024 }')
}

number() { sed -n "s/.*\"$1\" *: *\([0-9.eE+-]*\).*/\1/p" "$scratch/out"; }

median() { sort -g | awk '{ x[NR] = $1 } END { print NR ? x[int((NR + 1) / 2)] : "" }'; }

# ours JDK FLAGS KEY ARGUMENT…
ours() {
  local jdk=$1 flags=$2 key=$3
  shift 3
  timed env MINILLM_JAVA_HOME="$jdk" MINILLM_JAVA_OPTS="$own_flags $flags" \
    ./run.sh benchmark "$@" --json
  value=$(number "$key")
}

# pytorch ISA KEY ARGUMENT…: ISA is native or avx2.
pytorch() {
  local isa=$1 key=$2 limits=()
  shift 2
  [ "$isa" = native ] ||
    limits=(MKL_ENABLE_INSTRUCTIONS=AVX2 ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2)
  timed env "${limits[@]}" python3 $python/bench_torch.py "$@"
  value=$(number "$key")
}

# One run is short, so that the median of nine is taken.
llama2c() {
  local program=$1 model=$2
  for _ in 1 2 3 4 5 6 7 8 9; do
    timed env OMP_NUM_THREADS=$threads "$rivals/llama2.c/$program" "$model" \
      -z "${model%/*}/tokenizer.bin" -t 0 -n $((steps + 1)) -i ab
    sed -n 's/^achieved tok\/s: //p' "$scratch/err"
    # It ends at BOS; a random model might generate that.
    [ "$(tr -cd '|' < "$scratch/out" | wc -c)" -gt $((steps * 3 / 4)) ] || failed "$model ended early"
  done > "$scratch/values"
  value=$(median < "$scratch/values")
}

# llama_bench MODEL -p|-n TOKENS: it warms up by itself.
llama_bench() {
  local other=-n
  [ "$2" = -p ] || other=-p
  timed "$rivals/llama.cpp/build/bin/llama-bench" -m "$1" -t $threads "$2" "$3" $other 0 -r 20 -o json
  value=$(number avg_ts)
}

# llama_at MODEL CONTEXT: decoding after that many tokens.
llama_at() {
  timed "$rivals/llama.cpp/build/bin/llama-batched-bench" -m "$1" -t $threads -c 2048 -b 2048 \
    -npp "$2,$2,$2,$2,$2" -ntg 64 -npl 1 --output-format jsonl
  value=$(number speed_tg | median)
}

# ---- rounds --------------------------------------------------------------------------------------

record() { # GROUP PROGRAM
  [ -n "$value" ] || failed "no figure of $2 for $1"
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$round" "$value" "$peak" | tee -a "$raw" >&2
}

have() { [ -x "$rivals/$1" ]; }

models_of() { # SHAPE CONTEXT
  models=$work/$1-$2
  [ -e "$models/model-q8_0.gguf" ] || python3 $python/rival_models.py write "$1" "$models" --context "$2"
}

name_of() { echo "ours, JDK $(java_version "$1")"; }

# on_each_jdk GROUP KEY ARGUMENT…
on_each_jdk() {
  local group=$1
  shift
  ours "$newest" "" "$@" && record "$group" "$(name_of "$newest")"
  [ "$oldest" = "$newest" ] || { ours "$oldest" "" "$@" && record "$group" "$(name_of "$oldest")"; }
}

train() {
  local s=$1 mine=(train --memory-saver false) theirs=(train)
  read -ra options <<< "${shape[$s]}"
  mine+=("${options[@]}") theirs+=("${options[@]}")
  on_each_jdk "train $s" tokens_per_s "${mine[@]}"
  pytorch native tokens_per_s "${theirs[@]}" && record "train $s" PyTorch
  ours "$newest" -XX:UseAVX=2 tokens_per_s "${mine[@]}" && record "train $s, AVX2" "$(name_of "$newest")"
  pytorch avx2 tokens_per_s "${theirs[@]}" && record "train $s, AVX2" PyTorch
  ours "$newest" "" tokens_per_s "${mine[@]}" --threads 1 &&
    record "train $s, one thread" "$(name_of "$newest")"
  pytorch native tokens_per_s "${theirs[@]}" --threads 1 && record "train $s, one thread" PyTorch
}

# The models of generation have a context of 256 in every shape: a prompt of 200 must fit.
decode() {
  local s=$1 key=decode_tokens_per_s length=(--prompt-tokens 1 --tokens $steps)
  models_of "$s" 256
  local group="decode $s, float32"
  on_each_jdk "$group" $key generate --model "$models/hf" --quantization none "${length[@]}"
  if have llama2.c/run; then llama2c run "$models/model.bin" && record "$group" "llama2.c run"; fi
  if have llama.cpp/build/bin/llama-bench; then
    llama_bench "$models/model-f32.gguf" -n $steps && record "$group" "llama.cpp F32"
  fi
  read -ra options <<< "${shape[$s]}"
  pytorch native $key generate "${options[@]}" --context 256 "${length[@]}" && record "$group" PyTorch
  group="decode $s, int8"
  on_each_jdk "$group" $key generate --model "$models/hf" --quantization int8 "${length[@]}"
  if have llama2.c/runq; then llama2c runq "$models/model-q8.bin" && record "$group" "llama2.c runq"; fi
  if have llama.cpp/build/bin/llama-bench; then
    llama_bench "$models/model-q8_0.gguf" -n $steps && record "$group" "llama.cpp Q8_0"
  fi
}

prompt() {
  local s=$1 key=prompt_tokens_per_s length=(--prompt-tokens 200 --tokens 2)
  models_of "$s" 256
  local group="prompt of 200, $s, float32"
  on_each_jdk "$group" $key generate --model "$models/hf" --quantization none "${length[@]}"
  if have llama.cpp/build/bin/llama-bench; then
    llama_bench "$models/model-f32.gguf" -p 200 && record "$group" "llama.cpp F32"
  fi
  read -ra options <<< "${shape[$s]}"
  pytorch native $key generate "${options[@]}" --context 256 "${length[@]}" && record "$group" PyTorch
  group="prompt of 200, $s, int8"
  on_each_jdk "$group" $key generate --model "$models/hf" --quantization int8 "${length[@]}"
  if have llama.cpp/build/bin/llama-bench; then
    llama_bench "$models/model-q8_0.gguf" -p 200 && record "$group" "llama.cpp Q8_0"
  fi
}

# 64 tokens generated after 64, 512 and 1984.
context() {
  models_of M 2048
  local at kind type file group
  for at in 64 512 1984; do
    for kind in none:F32:f32 int8:Q8_0:q8_0; do
      IFS=: read -r kind type file <<< "$kind"
      group="decode M at context $at, ${type/F32/float32}"
      group=${group/Q8_0/int8}
      ours "$newest" "" decode_tokens_per_s generate --model "$models/hf" --quantization "$kind" \
        --prompt-tokens "$at" --tokens 64 && record "$group" "$(name_of "$newest")"
      if have llama.cpp/build/bin/llama-batched-bench; then
        llama_at "$models/model-$file.gguf" "$at" && record "$group" "llama.cpp $type"
      fi
    done
  done
}

for round in $(seq "$rounds"); do
  for what in "$@"; do
    case $what in
      context) context ;;
      *:*) "${what%:*}" "${what#*:}" ;;
      *) for s in S M L; do "$what" "$s"; done ;;
    esac
  done
done
python3 $python/rivals_table.py "$raw"
