"""Times org.minillm.tokenizer against Hugging Face's tokenizers, in alternating rounds.

  bench_tokenizer.py TEXT [VOCAB [ROUNDS]]
      trains a byte-level BPE of VOCAB (8192) ids on documents separated by <|endoftext|> lines and
      encodes them, with one and with two threads: ours by "run.sh benchmark tokenizer", Hugging
      Face's with RAYON_NUM_THREADS in a process of its own. Prints the median of the rounds.

Ours reads the file in every pass; Hugging Face is given the documents in memory, and the fastest of
its encode, encode_batch and encode_batch_fast counts. MB are 1,048,576 bytes of text.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
MB = 1 << 20


def hugging_face(path, vocab):
    """In a process of its own, whose environment sets the threads."""
    import check_tokenizer

    documents = check_tokenizer.documents_of(path)
    size = sum(len(d.encode()) for d in documents) / MB

    def timed(work):
        start = time.perf_counter()
        result = work()
        return time.perf_counter() - start, result

    trainings = [timed(lambda: check_tokenizer.train(documents, vocab)) for _ in range(3)]
    tokenizer = trainings[0][1]
    ways = {
        "encode": lambda: sum(len(tokenizer.encode(d).ids) for d in documents),
        "encode_batch": lambda: sum(len(e.ids) for e in tokenizer.encode_batch(documents)),
        "encode_batch_fast": lambda: sum(len(e.ids) for e in tokenizer.encode_batch_fast(documents)),
    }
    speeds = {}
    for name, way in ways.items():
        seconds = [timed(way)[0] for _ in range(2)]
        speeds[name] = size / min(seconds)
    print(
        json.dumps(
            {
                "train_cold_s": trainings[0][0],
                "train_s": statistics.median(t for t, _ in trainings[1:]),
                "encode_mb_per_s": max(speeds.values()),
                "ways": speeds,
                "tokens": ways["encode_batch"](),
            }
        )
    )


def line_of(command, **environment):
    done = subprocess.run(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.strip().split("\n")[-1])


def theirs(path, vocab, threads):
    return line_of(
        [sys.executable, __file__, "--hugging-face", path, str(vocab)],
        RAYON_NUM_THREADS=str(threads),
        TOKENIZERS_PARALLELISM="true" if threads > 1 else "false",
    )


def ours(path, vocab, threads):
    return line_of(
        [str(HERE.parents[2] / "run.sh"), "benchmark", "tokenizer", "--json", "--vocab", str(vocab),
         "--data", path, "--threads", str(threads)]
    )


def main(path, vocab=8192, rounds=3):
    rows = {}
    for _ in range(int(rounds)):
        for threads in (1, 2):
            for name, run in (("ours", ours), ("tokenizers", theirs)):
                rows.setdefault((name, threads), []).append(run(path, vocab, threads))

    def median(name, threads, key):
        return statistics.median(row[key] for row in rows[name, threads])

    print("| | threads | train, s (first) | train, s (warm) | encode, MB/s (first) | encode, MB/s (warm) |")
    print("|---|---|---|---|---|---|")
    for name, threads in rows:
        warm = "encode_mb_per_s"
        if name == "ours" and threads > 1:
            warm = "encode_all_threads_mb_per_s"
        cold = (
            f"{median(name, threads, 'encode_cold_mb_per_s'):.1f}"
            if name == "ours" and threads == 1
            else "–"
        )
        print(
            f"| {name} | {threads} | {median(name, threads, 'train_cold_s'):.2f} "
            f"| {median(name, threads, 'train_s'):.2f} | {cold} | {median(name, threads, warm):.1f} |"
        )
    print("tokens:", {key: rows[key][0]["tokens"] for key in rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hugging-face"]:
        hugging_face(sys.argv[2], int(sys.argv[3]))
    elif len(sys.argv) > 1:
        main(*sys.argv[1:])
    else:
        sys.exit(__doc__)
