"""Checks org.minillm.tokenizer against Hugging Face's tokenizers (the oracle, never a dependency).

  check_tokenizer.py golden RESOURCES
      trains on RESOURCES/sample.txt and writes RESOURCES/hf_tokenizer.json (in Hugging Face's own
      layout), RESOURCES/hf_ids.json ([text, ids] pairs) and RESOURCES/hf_chat.json (a conversation
      through apply_chat_template): what the suite compares with.
  check_tokenizer.py train OUT VOCAB FILE...
      trains on documents separated by <|endoftext|> lines, prints the seconds, writes OUT.
  check_tokenizer.py same A B
      compares vocabularies and merges of two tokenizer.json files.
  check_tokenizer.py lines OUT DATA
      writes 10,000 documents (Spanish, English, code, emoji, odd Unicode), {"text": …} each, to
      OUT (.jsonl).
  check_tokenizer.py ids TOKENIZER_JSON LINES IDS
      encodes LINES with Hugging Face and compares with IDS, which "tokenizer encode --data LINES
      --out IDS" wrote.
  check_tokenizer.py directory DIR
      opens tokenizer.json and tokenizer_config.json with transformers' AutoTokenizer and chats.
"""

import json
import random
import sys
import time
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def untrained():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False)
    return tokenizer


def train(documents, vocab):
    tokenizer = untrained()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab,
        min_frequency=2,
        special_tokens=SPECIALS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer)
    return tokenizer


def documents_of(path):
    return Path(path).read_text(encoding="utf-8").split("\n<|endoftext|>\n")


ODD = [
    "",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t\t x",
    "a  b   c    d",
    "trailing   ",
    "  leading",
    "x\n\n\ny",
    "1 2  3   44 5,6.7",
    "  12  ab  3",
    "abc123def 4x",
    "x ²³ ½ Ⅷ ٣٤٥ ๓ 一二",
    "don't I'll we've they're he'd I'm it's 's 'S 'sabc ''re",
    "DON'T I'LL ' s '",
    "¿Qué tal, señor Ñandú? ¡Ábrete, pingüino!",
    "e\u0301 n\u0303 u\u0308 a\u0300\u0301",
    "\u00a0\u1680\u2000\u2003\u2028\u2029\u202f\u205f\u3000x \u0085y \u180e\u200b\ufeffz",
    "a\u00a0b\u00a0\u00a0c \u3000 d",
    "\x00\x01\x1f\x7f\x0b\x0c",
    "😀 👍🏽 👨‍👩‍👧‍👦 🇪🇸 ❤️ 1️⃣",
    "🙂🙂 🙂a a🙂 1🙂2",
    "𝒳𝟙𝟚 𐍈 𠮷野家",
    "中文字符 日本語テキスト 한국어",
    "Привет, мир! שלום עולם مرحبا बालक",
    "def f(x):\n    return x**2  # squared\n",
    'for (int i = 0; i < 10; i++) { a[i] = "\\n"; }',
    "https://example.org/a?b=c&d=%20#e",
    "<|endoftext|> is text <|im_start|>user",
    "-" * 300,
    "a" * 300,
    "ab" * 200,
    " " * 300 + "x",
    "x" + "\n" * 100,
    "=" * 97 + " " + "=" * 96,
    "the" * 60,
    "\ufffd \ue000 \U0010ffff",
]


def random_text(rng):
    pools = [
        "abcdefghijklmnopqrstuvwxyz",
        " '  \n\t",
        "0123456789½²Ⅳ",
        "áéíóúñü¿¡ÁÉ",
        "!?.,;:-_()[]{}\"'«»—…",
        "\u0301\u0303\u200d\ufe0f",
        "\u00a0\u2003\u3000\u0085\u2028",
        "😀👍🏽🇪🇸中語한עمप",
        "stmdreveEllS'",
    ]
    return "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(1, 60)))


def guarded(text):
    """Documents lose white space around them: a dot keeps it inside."""
    return "·" + text + "·" if not text or text[0].isspace() or text[-1].isspace() else text


def lines(data):
    rng = random.Random(7)
    texts = list(ODD)
    for name in ["es/tatoeba.txt", "es/storybooks.txt", "es/gutenberg_simple.txt", "en/tinystories.txt",
                 "en/gutenberg_simple.txt", "chat/personality_es.jsonl", "classic/don_quijote_utf8.txt"]:
        rows = [r for r in Path(data, name).read_text(encoding="utf-8").split("\n") if r]
        texts += rng.sample(rows, min(len(rows), 1000))
    sources = Path(__file__).resolve().parents[2]
    rows = [r for f in sorted(sources.rglob("*.java")) for r in f.read_text(encoding="utf-8").split("\n")]
    texts += ["\n".join(rows[i : i + 3]) for i in rng.sample(range(len(rows) - 3), 1000)]
    while len(texts) < 10000:
        texts.append(random_text(rng))
    return [guarded(text) for text in texts]


def same_ids(tokenizer_json, lines, ids):
    import numpy

    tokenizer = Tokenizer.from_file(tokenizer_json)
    # Ordinary text: what looks like a special token is text here.
    tokenizer.encode_special_tokens = True
    end = tokenizer.token_to_id("<|endoftext|>")
    texts = [json.loads(line)["text"] for line in Path(lines).read_text("utf-8").splitlines()]
    ours = numpy.fromfile(ids, "<u2" if tokenizer.get_vocab_size() <= 1 << 16 else "<i4")
    ends = numpy.flatnonzero(ours == end)
    ours = [ours[a + 1 : b].tolist() for a, b in zip(ends, ends[1:])]
    wrong = [(t, a, b) for t, a in zip(texts, ours) if a != (b := tokenizer.encode(t).ids)]
    for text, a, b in wrong[:10]:
        print("DIFFERS", repr(text), a, b)
    print(len(texts), "texts,", len(ours), "documents,", len(wrong), "differ")
    return not wrong and len(texts) == len(ours) > 0


# The same text as ChatTemplate.chatml().jinja(); the suite compares them.
CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

MESSAGES = [
    {"role": "system", "content": "You tell stories.\nShort ones."},
    {"role": "user", "content": "¿Cuántas velas? 12 + 3 🙂"},
    {"role": "assistant", "content": "  Veinticuatro. "},
    {"role": "user", "content": ""},
]


def chat_golden(path, tokenizer):
    from transformers import PreTrainedTokenizerFast

    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=CHATML)
    golden = {"template": CHATML, "messages": MESSAGES}
    for key, opened in [("closed", False), ("open", True)]:
        golden[key + "_text"] = fast.apply_chat_template(
            MESSAGES, tokenize=False, add_generation_prompt=opened
        )
        ids = fast.apply_chat_template(MESSAGES, tokenize=True, add_generation_prompt=opened)
        golden[key + "_ids"] = list(ids["input_ids"] if hasattr(ids, "keys") else ids)
    path.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


def main(command, *args):
    if command == "golden":
        folder = Path(args[0])
        tokenizer = train([folder.joinpath("sample.txt").read_text(encoding="utf-8")], 700)
        tokenizer.save(str(folder / "hf_tokenizer.json"))
        rng = random.Random(3)
        texts = ODD + [random_text(rng) for _ in range(100)]
        sample = folder.joinpath("sample.txt").read_text(encoding="utf-8").split("\n")
        texts += [line for line in sample if line][: 200 - len(texts)]
        # What Hugging Face does to specials is checked apart: here all text is ordinary.
        texts = [t for t in texts if "<|" not in t]
        golden = [[t, tokenizer.encode(t).ids] for t in texts]
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in golden)
        folder.joinpath("hf_ids.json").write_text("[" + rows + "]\n", encoding="utf-8")
        print(len(golden), "texts,", tokenizer.get_vocab_size(), "tokens")
        chat_golden(folder / "hf_chat.json", tokenizer)
    elif command == "train":
        documents = [d for name in args[2:] for d in documents_of(name)]
        start = time.time()
        tokenizer = train(documents, int(args[1]))
        print(f"trained in {time.time() - start:.2f} s, {tokenizer.get_vocab_size()} tokens")
        start = time.time()
        size = sum(len(d.encode()) for d in documents)
        count = sum(len(e.ids) for e in tokenizer.encode_batch(documents))
        print(f"encoded at {size / 1e6 / (time.time() - start):.1f} MB/s, {count} tokens")
        tokenizer.save(args[0])
    elif command == "same":
        a, b = (json.load(open(name, encoding="utf-8")) for name in args)
        merges = [[m if isinstance(m, str) else " ".join(m) for m in x["model"]["merges"]] for x in (a, b)]
        for key in ["normalizer", "pre_tokenizer", "decoder", "added_tokens"]:
            if a[key] != b[key]:
                print("differs:", key, a[key], b[key])
        first = next((i for i, (x, y) in enumerate(zip(*merges)) if x != y), None)
        print("merges", [len(m) for m in merges], "first difference", first)
        print("vocab equal", a["model"]["vocab"] == b["model"]["vocab"])
        sys.exit(merges[0] != merges[1] or a["model"]["vocab"] != b["model"]["vocab"])
    elif command == "lines":
        texts = lines(args[1])
        rows = (json.dumps({"text": text}) + "\n" for text in texts)
        Path(args[0]).write_text("".join(rows), encoding="utf-8")
        print(len(texts), "documents")
    elif command == "ids":
        sys.exit(not same_ids(*args))
    elif command == "directory":
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(args[0])
        print(type(tokenizer).__name__, len(tokenizer), tokenizer.bos_token, tokenizer.eos_token)
        for text in ODD:
            if "<|" not in text:
                ids = tokenizer(text)["input_ids"]
                assert ids == Tokenizer.from_file(args[0] + "/tokenizer.json").encode(text).ids
                assert tokenizer.decode(ids) == text, text
        print(tokenizer.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
