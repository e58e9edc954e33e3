#!/bin/sh
# Encodes a text of 300 MB in a heap of 64 MB, on one thread and on two, and compares the ids; then
# makes the disk full and stops an encoding, and looks for what is left.
#   encode-large.sh TOKENIZER_JSON SEED_TEXT…   (the seed texts' lines make the large one)
set -eu
here=$(dirname "$(readlink -f "$0")")
run=$here/../../../run.sh
python=$here/../python/check_token_file.py
tokenizer=$(readlink -f "$1")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$python" --generate "$work/text.txt" 300 "$@"

encode() { MINILLM_JAVA_OPTS=-Xmx64m "$run" tokenizer encode --model "$tokenizer" "$@"; }

for mode in --whole ""; do
  for threads in 1 2; do
    echo "{\"resources\": {\"cpu_threads\": $threads}}" >"$work/config.json"
    # shellcheck disable=SC2086
    encode --config "$work/config.json" --data "$work/text.txt" --out "$work/ids$threads" $mode --json
  done
  cmp "$work/ids1" "$work/ids2"
  rm "$work/ids1" "$work/ids2"
done

# A file may have no more than 20 MB: what a full disk is to the program, and needs no disk.
if (ulimit -f 40000; encode --data "$work/text.txt" --out "$work/ids" 2>"$work/message"); then
  echo "a full disk was not noticed" >&2
  exit 1
fi
cat "$work/message"

# Not through the function: $! shall be the program itself, which run.sh becomes.
MINILLM_JAVA_OPTS=-Xmx64m "$run" tokenizer encode --model "$tokenizer" \
  --data "$work/text.txt" --out "$work/ids" 2>/dev/null &
until [ -s "$work/ids.part" ]; do sleep 0.1; done
kill -TERM $!
wait $! || true
left=$(find "$work" -name 'ids*')
[ -z "$left" ] || { echo "left behind: $left" >&2; exit 1; }
echo "Nothing half-written is left."
