"""Compares files of token ids with Hugging Face's tokenizers (the oracle, never a dependency).

  check_token_file.py TOKENIZER_JSON TEXT IDS
      IDS is what "tokenizer encode --model TOKENIZER_JSON --data TEXT --out IDS --whole" wrote; the
      text, UTF-8, is encoded here in one call.
  check_token_file.py --generate TEXT MEGABYTES SEED_TEXT...
      writes a text of that size: lines of the seed texts in random order, no separators.
"""

import random
import sys
from pathlib import Path

import numpy
from tokenizers import Tokenizer


def compare(tokenizer_json, text, ids):
    tokenizer = Tokenizer.from_file(tokenizer_json)
    tokenizer.encode_special_tokens = True  # ordinary text: what looks like a special is text
    width = "<u2" if tokenizer.get_vocab_size() <= 1 << 16 else "<i4"
    ours = numpy.fromfile(ids, width)
    whole = Path(text).read_bytes().decode("utf-8")  # read_text would change line ends
    theirs = numpy.array(tokenizer.encode(whole).ids)
    same = len(ours) == len(theirs) and bool((ours == theirs).all())
    print(text, len(ours), "ids", "same" if same else f"DIFFER from {len(theirs)}")
    return same


def generate(text, megabytes, *seeds):
    rng = random.Random(1)
    lines = [line for seed in seeds for line in Path(seed).read_bytes().splitlines(keepends=True)]
    left = int(megabytes) << 20
    with open(text, "wb") as out:
        while left > 0:
            block = b"".join(rng.choices(lines, k=10000))
            left -= out.write(block)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--generate"] and len(sys.argv) > 4:
        generate(*sys.argv[2:])
    elif len(sys.argv) == 4:
        sys.exit(not compare(*sys.argv[1:]))
    else:
        sys.exit(__doc__)
