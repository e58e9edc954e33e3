#!/bin/bash
# Ours and other programs side by side on two threads, in rounds that take turns; prints medians and
# ratios as Markdown tables.
#   src/test/scripts/rivals.sh [-r ROUNDS] [-t MINUTES] [-s SECONDS] [-o RAW] RIVALS [WHAT…]
# RIVALS is a folder; of what is not there or cannot run the rows are missing:
#   llama2.c/run, llama2.c/runq                   gcc -Ofast -march=native -fopenmp
#   llama.cpp/build/bin/llama-bench, llama-batched-bench          cmake, Release, GGML_NATIVE=ON
#   llama2.java/classes/Llama2.class              javac --add-modules jdk.incubator.vector
# and python3 with torch for training (with numpy, gguf, safetensors the random models are written).
# WHAT: train, decode, prompt, each also of one shape (train:S, decode:M, prompt:L), and context (on
# M); train also of one kind (train:M:both, avx2, one). Default: train decode prompt context.
# ROUNDS: 3. No measurement begins after MINUTES (20), nor a group of them that took too long the
# last time. SECONDS: how long each program is measured after its warm-up (3; of training take 20,
# the JIT compiles beside its first seconds).
# RAW (target/rivals/raw.jsonl) is added to, so that a table can be made of several calls:
# rivals_table.py RAW. MINILLM_JAVA_OPTS adds flags to our Java; RIVALS_JDK is the JDK to measure
# ours on (default: the newest; train also takes the oldest).
set -euo pipefail

usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" >&2
  exit 2
}

rounds=3 minutes=20 seconds=3 raw=
while getopts r:t:s:o: option; do
  case $option in
    r) rounds=$OPTARG ;;
    t) minutes=$OPTARG ;;
    s) seconds=$OPTARG ;;
    o) raw=$(realpath -m "$OPTARG") ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || usage
rivals=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- train decode prompt context
groups=()
for what in "$@"; do
  case $what in
    train | decode | prompt) groups+=("$what S" "$what M" "$what L") ;;
    train:[SML] | decode:[SML] | prompt:[SML] | train:[SML]:both | train:[SML]:avx2 | train:[SML]:one)
      groups+=("${what//:/ }")
      ;;
    context) groups+=("context 64" "context 512" "context 1984") ;;
    *)
      echo "rivals.sh: WHAT is $what; allowed: train, decode, prompt (also with :S, :M, :L), context" >&2
      exit 2
      ;;
  esac
done

begin=$(date +%s)
deadline=$((begin + minutes * 60))
top=$(cd "$(dirname "$0")/../../.." && pwd)
cd "$top"
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
python=src/test/python
work=target/rivals
raw=${raw:-$work/raw.jsonl}
newest=${RIVALS_JDK:-$(newest_jdk)}
oldest=$(oldest_jdk)
own_flags=${MINILLM_JAVA_OPTS:-}
./run.sh --version > /dev/null # builds what is not built
mkdir -p "$work" "$(dirname "$raw")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

threads=2
steps=255 # tokens that a decode row generates, from an empty context
failures=0
declare -A shape=(
  [S]="--vocab 4096 --d-model 128 --layers 3 --heads 4 --d-ff 512"
  [M]="--vocab 8192 --d-model 256 --layers 4 --heads 4 --d-ff 1024"
  [L]="--vocab 32000 --d-model 288 --layers 6 --heads 6 --d-ff 768"
)

# ---- measuring: each sets $value, in tokens a second, and $peak, in MB; or returns false --------

# A hung program must not hold the others up.
timed() {
  timeout 120 /usr/bin/time -o "$scratch/peak" -f %M "$@" > "$scratch/out" 2> "$scratch/err" || return
  peak=$(awk 'END { printf "%.1f", $1 / 1024 }' "$scratch/peak")
}

number() { sed -n "s/.*\"$1\" *: *\([0-9.eE+-]*\).*/\1/p" "$scratch/out"; }

median() { sort -g | awk '{ x[NR] = $1 } END { print NR ? x[int((NR + 1) / 2)] : "" }'; }

# ours JDK FLAGS KEY ARGUMENT…
ours() {
  local jdk=$1 flags=$2 key=$3
  shift 3
  timed env MINILLM_JAVA_HOME="$jdk" MINILLM_JAVA_OPTS="$own_flags $flags" \
    ./run.sh benchmark "$@" --seconds "$seconds" --json || return
  value=$(number "$key")
}

avx2=(MKL_ENABLE_INSTRUCTIONS=AVX2 ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2)

# glibc gives large blocks back and PyTorch asks for them anew in every step: where a page fault is
# dear, as in a virtual machine, that takes most of its time. With these glibc keeps them.
kept=(MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456)

# pytorch SETTINGS ARGUMENT…: trains; SETTINGS are native, kept or avx2 (which keeps memory, too).
pytorch() {
  local settings=()
  case $1 in
    kept) settings=("${kept[@]}") ;;
    avx2) settings=("${kept[@]}" "${avx2[@]}") ;;
  esac
  shift
  timed env "${settings[@]}" python3 $python/bench_torch.py train "$@" --seconds "$seconds" || return
  value=$(number tokens_per_s)
}

# It ends at BOS, which a random model may generate: false if it did so before most of the tokens.
run_llama2c() { # PROGRAM MODEL PROMPT
  timed env OMP_NUM_THREADS=$threads "$rivals/llama2.c/$1" "$2" \
    -z "${2%/*}/tokenizer.bin" -t 0 -n $((steps + 1)) -i "$3" || return
  [ "$(tr -cd '|' < "$scratch/out" | wc -c)" -gt $((steps * 3 / 4)) ]
}

# Notes a prompt with which every program of llama2.c that is there goes on to the end.
choose_prompt() {
  local letters
  for letters in ab cd ef gh mn op st uv; do
    if { ! have llama2.c/run || run_llama2c run "$models/model.bin" $letters; } &&
      { ! have llama2.c/runq || run_llama2c runq "$models/model-q8.bin" $letters; }; then break; fi
  done
  echo $letters > "$models/prompt"
}

# llama2c PROGRAM MODEL: a run is short and measured in whole milliseconds, so that the median of
# several is taken.
llama2c() {
  local end=$((SECONDS + seconds + 1))
  : > "$scratch/values"
  while [ $SECONDS -lt $end ] || [ "$(wc -l < "$scratch/values")" -lt 5 ]; do
    run_llama2c "$1" "$2" "$(cat "${2%/*}/prompt")" || return
    sed -n 's/^achieved tok\/s: //p' "$scratch/err" >> "$scratch/values"
  done
  value=$(median < "$scratch/values")
}

# llama2_java MODEL: the same in one JVM; the second half of the runs counts.
llama2_java() {
  timed "$newest/bin/java" --add-modules=jdk.incubator.vector \
    -Djava.util.concurrent.ForkJoinPool.common.parallelism=$((threads - 1)) \
    -cp "$rivals/llama2.java/classes" src/test/scripts/Repeat.java $((seconds + 5)) Llama2 "$1" \
    -z "${1%/*}/tokenizer.bin" -t 0 -n $((steps + 1)) -i "$(cat "${1%/*}/prompt")" || return
  sed -n 's/^achieved tok\/s: //p' "$scratch/err" > "$scratch/values"
  value=$(tail -n $((($(wc -l < "$scratch/values") + 1) / 2)) "$scratch/values" | median)
}

# llama_bench MODEL -p|-n TOKENS: it warms up by itself.
llama_bench() {
  local other=-n
  [ "$2" = -p ] || other=-p
  timed "$rivals/llama.cpp/build/bin/llama-bench" -m "$1" -t $threads "$2" "$3" $other 0 -r 10 -o json ||
    return
  value=$(tr -d ' \n' < "$scratch/out" | sed 's/.*"samples_ts":\[\([^]]*\)\].*/\1/' | tr ',' '\n' | median)
}

# llama_at MODEL CONTEXT: decoding after that many tokens.
llama_at() {
  timed "$rivals/llama.cpp/build/bin/llama-batched-bench" -m "$1" -t $threads -c 2048 -b 2048 \
    -npp "$2,$2,$2,$2,$2" -ntg 64 -npl 1 --output-format jsonl || return
  value=$(number speed_tg | median)
}

# ---- rounds --------------------------------------------------------------------------------------

# row GROUP PROGRAM COMMAND…: measures and writes a line.
row() {
  local group=$1 program=$2
  shift 2
  [ "$(date +%s)" -lt "$deadline" ] || return 0
  value='' peak=0
  if "$@" && [ -n "$value" ]; then
    printf '{"group": "%s", "program": "%s", "round": "%s-%s", "tokens_per_s": %s, "peak_mb": %s}\n' \
      "$group" "$program" "$begin" "$round" "$value" "$peak" | tee -a "$raw" >&2
  else
    failures=$((failures + 1))
    echo "rivals.sh: $program failed for $group: $*" >&2
    tail -n 5 "$scratch/err" >&2
  fi
}

have() { [ -e "$rivals/$1" ]; }

has_torch=false
if python3 -c 'import torch' 2> /dev/null; then has_torch=true; fi

# Sets $models, and writes them where they are missing.
models_of() { # SHAPE CONTEXT
  models=$work/$1-$2
  if [ ! -e "$models/prompt" ]; then
    python3 $python/rival_models.py write "$1" "$models" --context "$2" >&2
    choose_prompt
  fi
}

name_of() { echo "ours, JDK $(java_version "$1")"; }

train() { # SHAPE [KIND]
  local s=$1 kind=${2:-all} context=256 options
  [ "$s" != S ] || context=128
  read -ra options <<< "${shape[$s]} --context $context --batch 4"
  local mine=(tokens_per_s train --optimizer adamw --memory-saver false "${options[@]}")
  case $kind in all | both)
    row "train $s" "$(name_of "$newest")" ours "$newest" "" "${mine[@]}"
    if $has_torch; then
      row "train $s" PyTorch pytorch native "${options[@]}"
      row "train $s" "PyTorch, memory kept" pytorch kept "${options[@]}"
    fi
    [ "$oldest" = "$newest" ] ||
      row "train $s" "$(name_of "$oldest")" ours "$oldest" "" "${mine[@]}" ;;
  esac
  case $kind in all | avx2)
    row "train $s, AVX2" "$(name_of "$newest")" ours "$newest" -XX:UseAVX=2 "${mine[@]}"
    ! $has_torch || row "train $s, AVX2" "PyTorch, memory kept" pytorch avx2 "${options[@]}" ;;
  esac
  case $kind in all | one)
    options+=(--threads 1)
    row "train $s, one thread" "$(name_of "$newest")" ours "$newest" "" "${mine[@]}" --threads 1
    if $has_torch; then
      row "train $s, one thread" "PyTorch, memory kept" pytorch kept "${options[@]}"
      row "train $s, one thread" "PyTorch, memory kept, AVX2" pytorch avx2 "${options[@]}"
    fi ;;
  esac
}

# The models of generation have a context of 256 in every shape: a prompt of 200 must fit.
decode() { # SHAPE
  local s=$1 group
  local mine=(--prompt-tokens 1 --tokens "$steps")
  models_of "$s" 256
  group="decode $s, float32"
  own_row "$group" decode none "${mine[@]}"
  ! have llama2.c/run || row "$group" "llama2.c run" llama2c run "$models/model.bin"
  ! have llama.cpp/build/bin/llama-bench ||
    row "$group" "llama.cpp F32" llama_bench "$models/model-f32.gguf" -n $steps
  ! have llama2.java/classes || row "$group" llama2.java llama2_java "$models/model.bin"
  group="decode $s, int8"
  own_row "$group" decode int8 "${mine[@]}"
  ! have llama2.c/runq || row "$group" "llama2.c runq" llama2c runq "$models/model-q8.bin"
  ! have llama.cpp/build/bin/llama-bench ||
    row "$group" "llama.cpp Q8_0" llama_bench "$models/model-q8_0.gguf" -n $steps
}

own_row() { # GROUP prompt|decode QUANTIZATION ARGUMENT…
  local group=$1 phase=$2 quantization=$3
  shift 3
  row "$group" "$(name_of "$newest")" ours "$newest" "" "${phase}_tokens_per_s" generate \
    --model "$models/hf" --quantization "$quantization" "$@"
}

prompt() { # SHAPE
  local s=$1 group
  models_of "$s" 256
  for kind in none:F32:float32 int8:Q8_0:int8; do
    IFS=: read -r quantization type name <<< "$kind"
    group="prompt of 200, $s, $name"
    own_row "$group" prompt "$quantization" --prompt-tokens 200 --tokens 2
    ! have llama.cpp/build/bin/llama-bench ||
      row "$group" "llama.cpp $type" llama_bench "$models/model-${type,,}.gguf" -p 200
  done
}

context() { # TOKENS: 64 tokens generated after so many
  local at=$1 group
  models_of M 2048
  for kind in none:F32:float32 int8:Q8_0:int8; do
    IFS=: read -r quantization type name <<< "$kind"
    group="decode M after $at, $name"
    own_row "$group" decode "$quantization" --prompt-tokens "$at" --tokens 64
    ! have llama.cpp/build/bin/llama-batched-bench ||
      row "$group" "llama.cpp $type" llama_at "$models/model-${type,,}.gguf" "$at"
  done
}

# The machine, once a call.
isa() { python3 $python/bench_torch.py isa; }
{
  printf '{"machine": "%s, %s cores, %s", ' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
    "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)"
  printf '"ours": "%s", "jdk": "%s", ' "$(git rev-parse --short HEAD)" \
    "$(sed -n 's/^IMPLEMENTOR_VERSION="\(.*\)"/\1/p' "$newest/release")"
  printf '"settings": "%s s each"' "$seconds"
  if $has_torch; then
    printf ', "torch": "%s", "isa": %s, "isa_avx2": %s' \
      "$(python3 -c 'import torch; print(torch.__version__)')" "$(isa)" "$(env "${avx2[@]}" python3 $python/bench_torch.py isa)"
  fi
  printf '}\n'
} | tee -a "$raw" >&2

declare -A took
for round in $(seq "$rounds"); do
  for group in "${groups[@]}"; do
    start=$(date +%s)
    if [ $((start + ${took[$group]:-0})) -ge "$deadline" ]; then
      echo "rivals.sh: the $minutes minutes are over in round $round, before $group" >&2
      break 2
    fi
    read -ra call <<< "$group"
    "${call[@]}"
    took[$group]=$(($(date +%s) - start))
  done
done
python3 $python/rivals_table.py "$raw"
[ "$failures" = 0 ] || {
  echo "rivals.sh: $failures measurements failed (see above)" >&2
  exit 1
}
