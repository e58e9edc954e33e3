"""Times org.minillm.tokenizer against Hugging Face's tokenizers, in alternating rounds.

  bench_tokenizer.py train TEXT [VOCAB [ROUNDS]]
      trains a byte-level BPE of VOCAB (8192) ids on documents separated by <|endoftext|> lines, with
      one and with two threads: ours by "run.sh benchmark tokenizer", Hugging Face's with
      RAYON_NUM_THREADS in a process of its own. Prints the median of the rounds.
  bench_tokenizer.py encode TOKENIZER_JSON ROUNDS TEXT...
      encodes such documents with the same tokenizer.json, with one and with two threads, first while
      the cache of words is empty, then again; before that it compares the ids of every text.
  bench_tokenizer.py texts OUT DATA
      writes such texts of 4 MB to OUT: es.txt, en.txt and mixed.txt (both, code and chats, by turns).

Ours reads the file in every pass; Hugging Face is given the documents in memory. The faster of its
encode and encode_batch_fast counts; the second is its only way to use two threads, and does not
compute the offsets that encode gives. MB are 1,048,576 bytes of text.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUN = str(HERE.parents[2] / "run.sh")
MB = 1 << 20
SEPARATOR = "\n<|endoftext|>\n"


def documents_of(path):
    """As our Corpus reads them: stripped, none empty."""
    texts = Path(path).read_text(encoding="utf-8").split(SEPARATOR)
    return [text for text in (t.strip() for t in texts) if text]


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


# ---- Hugging Face's, in a process of its own, whose environment sets the threads ------------------


def their_training(path, vocab):
    import check_tokenizer

    documents = documents_of(path)
    seconds = [timed(lambda: check_tokenizer.train(documents, int(vocab)))[0] for _ in range(3)]
    return {"train_cold_s": seconds[0], "train_s": statistics.median(seconds[1:])}


def their_encoding(path, tokenizer_json):
    from tokenizers import Tokenizer

    documents = documents_of(path)
    size = sum(len(d.encode()) for d in documents) / MB
    ways = {
        "encode": lambda t: sum(len(t.encode(d)) for d in documents),
        "encode_batch_fast": lambda t: sum(len(e) for e in t.encode_batch_fast(documents)),
    }
    speeds = {"first": {}, "again": {}}
    for name, way in ways.items():
        tokenizer = Tokenizer.from_file(tokenizer_json)
        tokenizer.encode_special_tokens = True
        for state in speeds:
            speeds[state][name] = size / timed(lambda: way(tokenizer))[0]
    return {state: max(speeds[state].values()) for state in speeds} | {"ways": speeds}


def line_of(command, **environment):
    done = subprocess.run(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, check=True,
    )
    return json.loads(done.stdout.strip().split("\n")[-1])


def theirs(what, path, argument, threads):
    return line_of(
        [sys.executable, __file__, what, path, str(argument)],
        RAYON_NUM_THREADS=str(threads),
        TOKENIZERS_PARALLELISM="true" if threads > 1 else "false",
    )


# ---- both -----------------------------------------------------------------------------------------


def ours(path, threads, *options):
    return line_of(
        [RUN, "benchmark", "tokenizer", "--json", "--data", path, "--threads", str(threads), *options]
    )


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def train(path, vocab=8192, rounds=3):
    rows = {}
    for _ in range(int(rounds)):
        for threads in (1, 2):
            rows.setdefault(("ours", threads), []).append(ours(path, threads, "--vocab", str(vocab)))
            rows.setdefault(("tokenizers", threads), []).append(
                theirs("--their-training", path, vocab, threads)
            )
    print("| | threads | train, s (first) | train, s (warm) |")
    print("|---|---|---|---|")
    for (name, threads), row in rows.items():
        print(f"| {name} | {threads} | {median(row, 'train_cold_s'):.2f} | {median(row, 'train_s'):.2f} |")


def compare(tokenizer_json, path):
    import numpy
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(tokenizer_json)
    tokenizer.encode_special_tokens = True
    separator = [tokenizer.token_to_id("<|endoftext|>")]
    theirs = list(separator)
    for encoding in tokenizer.encode_batch_fast(documents_of(path)):
        theirs += encoding.ids + separator
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "ids")
        line_of([RUN, "tokenizer", "encode", "--model", tokenizer_json, "--data", path, "--out", out, "--json"])
        ours = numpy.fromfile(out, "<u2" if tokenizer.get_vocab_size() <= 1 << 16 else "<i4")
    if not numpy.array_equal(ours, numpy.array(theirs)):
        sys.exit(f"{path}: the ids differ")
    print(f"{path}: {len(ours)} ids, the same")


def encode(tokenizer_json, rounds, *texts):
    for path in texts:
        compare(tokenizer_json, path)
    rows = {}
    for _ in range(int(rounds)):
        for path in texts:
            both = ours(path, 2, "--tokenizer", tokenizer_json)
            for threads, prefix in [(1, "encode_"), (2, "encode_all_threads_")]:
                line = {"first": both[prefix + "first_mb_per_s"], "again": both[prefix + "mb_per_s"]}
                rows.setdefault((path, threads, "ours"), []).append(line)
                rows.setdefault((path, threads, "tokenizers"), []).append(
                    theirs("--their-encoding", path, tokenizer_json, threads)
                )
    print("| text | threads | ours, first pass | again | tokenizers, first pass | again | first ÷ first |")
    print("|---|---|---|---|---|---|---|")
    for path in texts:
        for threads in (1, 2):
            us, them = (rows[path, threads, name] for name in ("ours", "tokenizers"))
            ratio = statistics.median(a["first"] / b["first"] for a, b in zip(us, them))
            figures = [f"{median(r, key):.1f}" for r in (us, them) for key in ("first", "again")]
            print(f"| {Path(path).stem} | {threads} | {' | '.join(figures)} | {ratio:.1f} |")


# ---- the texts ------------------------------------------------------------------------------------


def paragraphs(*paths):
    """Stretches of about 1,000 characters, in random order."""
    found = []
    for path in paths:
        text = path.read_text(encoding="utf-8").replace("<|endoftext|>", "")
        at = 0
        while at < len(text):
            end = text.find("\n", at + 1000)
            end = len(text) if end < 0 else end
            found.append(text[at:end].strip())
            at = end
    random.Random(1).shuffle(found)
    return [text for text in found if text]


def texts(out, data):
    data, out = Path(data), Path(out)
    sources = HERE.parents[1]
    spanish = paragraphs(*sorted((data / "es").glob("*.txt")), data / "classic/don_quijote_utf8.txt")
    english = paragraphs(*sorted((data / "en").glob("*.txt")))
    code = paragraphs(*sorted(sources.rglob("*.java")), *sorted(sources.rglob("*.py")))
    chats = paragraphs(*sorted((data / "chat").glob("*.jsonl")))
    mixed = [text for four in zip(spanish, english, code, chats) for text in four]
    for name, documents in [("es", spanish), ("en", english), ("mixed", mixed)]:
        size = 0
        chosen = []
        for text in documents:
            if size < 4 * MB:
                size += len(text.encode())
                chosen.append(text)
        out.joinpath(name + ".txt").write_text(SEPARATOR.join(chosen), encoding="utf-8")
        print(name, f"{size / MB:.2f} MB, {len(chosen)} documents")


if __name__ == "__main__":
    commands = {"train": train, "encode": encode, "texts": texts}
    hidden = {"--their-training": their_training, "--their-encoding": their_encoding}
    command, *arguments = sys.argv[1:] or [""]
    if command in hidden:
        print(json.dumps(hidden[command](*arguments)))
    elif command in commands and arguments:
        commands[command](*arguments)
    else:
        sys.exit(__doc__)
