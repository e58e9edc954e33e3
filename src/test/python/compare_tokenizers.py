"""Whether llama.cpp's tokenizer, Hugging Face's and ours agree on ten thousand lines.

    compare_tokenizers.py GPT2_DIR GPT2_GGUF LLAMA_BIN LLAMA_GGUF --data DATA --llama LLAMA_TOKENS
                          --classes CLASS_PATH

GPT2_DIR is a model with byte-level BPE and GPT2_GGUF its export; LLAMA_BIN a llama2.c tokenizer that
merges by scores and LLAMA_GGUF its model's export. 2,500 lines each of Spanish, English, code (this
project's sources) and emoji (generated, seed 7). No line holds U+2581, which stands for a space in
tokenizers by scores. Then 537 lines of odd Unicode, 20 with U+2581 and 300 of broken UTF-8, of which
what each does is told. Ends with 1 where the ten thousand differ, or where ours does
not give broken UTF-8 back byte for byte. tokenizer-oracle.sh calls it. Needs transformers.
"""
import argparse
import random
import struct
import subprocess
import sys
from pathlib import Path

from check_tokenizer import ODD, random_text
from tokenizers import Tokenizer, normalizers
from transformers import AutoTokenizer

LINES = 2500
MARK = "▁"  # SentencePiece's space
FACES = [chr(c) for c in [*range(0x1F600, 0x1F650), *range(0x1F300, 0x1F340), *range(0x1F400, 0x1F440)]]
TONES = [chr(c) for c in range(0x1F3FB, 0x1F400)]
HANDS = list("👋👍👎👏🙏✋💪")
FAMILIES = ["👨‍👩‍👧‍👦", "👩‍💻", "🧑🏽‍🚀", "🏳️‍🌈", "❤️‍🔥", "🐻‍❄️"]
SIGNS = ["❤️", "☀️", "✈️", "1️⃣", "#️⃣", "©️", "™", "✅", "→", "♻️"]


def emoji(rng):
    kind = rng.randrange(5)
    if kind == 0:
        return rng.choice(FACES) * rng.randint(1, 3)
    if kind == 1:
        return rng.choice(HANDS) + rng.choice(TONES)
    if kind == 2:
        return rng.choice(FAMILIES)
    if kind == 3:
        return "".join(chr(0x1F1E6 + ord(c) - 65) for c in rng.choice(["ES", "MX", "AR", "GB", "US", "CL"]))
    return rng.choice(SIGNS)


def emoji_line(rng, words):
    parts = []
    for _ in range(rng.randint(2, 9)):
        parts.append(emoji(rng) if rng.random() < 0.5 else rng.choice(words))
    return "".join(part + rng.choice([" ", " ", "", "  ", "! "]) for part in parts)


def rows(*paths):
    return [row for path in paths for row in path.read_text(encoding="utf-8").split("\n") if row.strip() and MARK not in row]


def corpus(data):
    rng = random.Random(7)
    spanish = rows(*sorted((data / "es").glob("*.txt")), data / "classic/don_quijote_utf8.txt")
    english = rows(*sorted((data / "en").glob("*.txt")), data / "classic/tinyshakespeare.txt")
    top = Path(__file__).resolve().parents[3]
    code = rows(*(f for end in ["java", "py", "sh", "css", "js", "xml", "json"]
                  for f in sorted((top / "src").rglob("*." + end)) if f.stat().st_size < 100_000))
    words = [w for row in rng.sample(spanish, 500) + rng.sample(english, 500) for w in row.split()]
    return {
        "Spanish": rng.sample(spanish, LINES),
        "English": rng.sample(english, LINES),
        "code": random.Random(7).sample(code, LINES),  # the sources change, the other lines do not
        "emoji": [emoji_line(rng, words) for _ in range(LINES)],
    }


def odd(rng):
    return [t for t in ODD if "<|" not in t] + [random_text(rng) for _ in range(500)]


def broken(rng, texts):
    """Bytes cut out of, put into or changed in lines that have characters beyond ASCII."""
    made = []
    while len(made) < 300:
        whole = rng.choice(texts).encode()[:200]
        at = rng.randrange(len(whole) + 1)
        some = bytes(rng.choice([0x80, 0xBF, 0xC0, 0xC3, 0xE2, 0xED, 0xF0, 0xF5, 0xFF, rng.randrange(256)])
                     for _ in range(rng.randint(1, 3)))
        cut = rng.choice([whole[:at] + some + whole[at:], whole[:at] + whole[at + 1:], whole[:at]])
        try:
            cut.decode()
        except UnicodeDecodeError:
            made.append(cut)
    return made


def asked(command, texts):
    """What a program of TokenIds.java's kind answers: (ids or None, bytes back) of each text."""
    sent = b"".join(struct.pack("<i", len(t)) + t for t in texts)
    done = subprocess.run(command, input=sent, stdout=subprocess.PIPE)
    out, at, answers = done.stdout, 0, []
    for _ in texts:
        if at >= len(out):
            print(f"{command[0]} ended with {done.returncode} at text {len(answers)}: "
                  f"{texts[len(answers)]!r}", flush=True)
            return answers + [(None, b"")] * (len(texts) - len(answers))
        n, = struct.unpack_from("<i", out, at)
        ids = None if n < 0 else list(struct.unpack_from(f"<{n}i", out, at + 4))
        at += 4 + 4 * max(n, 0)
        m, = struct.unpack_from("<i", out, at)
        answers.append((ids, out[at + 4:at + 4 + m]))
        at += 4 + m
    return answers


def hugging_face_bpe(directory):
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.encode_special_tokens = True  # what looks like a special token is text here
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


def hugging_face_scores(gguf, normalizer):
    """transformers' merges of the scores; with Llama 2's normalizer, as its tokenizer.json has it."""
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    if normalizer:
        tokenizer.backend_tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)])
        tokenizer.backend_tokenizer.pre_tokenizer = None
    return lambda text: tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids


def differing(name, texts, answers):
    """Tells of how many texts the ids differ from ours, and shows the first."""
    of = {who: [i for i, (a, b) in enumerate(zip(answers["ours"], ids)) if a[0] != b[0]]
          for who, ids in answers.items() if who != "ours"}
    back = sum(a[1] != t.encode() for a, t in zip(answers["ours"], texts))
    print(f"  {name:14} {len(texts):6} lines, {sum(len(a[0]) for a in answers['ours']):8} ids; "
          + "; ".join(f"{who} differs in {len(where)}" for who, where in of.items())
          + f"; ours gives {'all' if back == 0 else 'NOT ' + str(back)} back", flush=True)
    for who, where in of.items():
        for i in where[:3]:
            print(f"    {who}: {texts[i]!r}\n      ours {answers['ours'][i][0]}\n"
                  f"      it   {answers[who][i][0]}")
    return back + sum(map(len, of.values()))


def compare(kind, args, ours, gguf, hugging_face, other=None):
    print(f"{kind}:")
    rng = random.Random(11)
    java = ["java", "-cp", args.classes, str(Path(__file__).parents[1] / "scripts/TokenIds.java")]

    def three(texts):
        sent = [t.encode() for t in texts]
        return {"ours": asked([*java, str(ours)], sent), "ours of GGUF": asked([*java, str(gguf)], sent),
                "Hugging Face": [(list(hugging_face(t)), b"") for t in texts],
                "llama.cpp": asked([args.llama, str(gguf)], sent)}

    wrong = 0
    kinds = corpus(args.data)
    for name, texts in kinds.items():
        wrong += differing(name, texts, three(texts))
    others = {"odd Unicode": odd(rng), "with U+2581": [f"{MARK}a {i}{MARK} b{MARK}" for i in range(20)]}
    for name, texts in others.items():
        differing(name, texts, three(texts))
    if other is not None:
        for name, texts in kinds.items():
            differ = sum(hugging_face(t) != other(t) for t in texts)
            print(f"  {name}: transformers with the normalizer that it gives a GGUF file differs from "
                  f"the one with Llama 2's in {differ}")

    texts = broken(rng, kinds["Spanish"] + kinds["emoji"])
    answers = asked([*java, str(ours)], texts)
    lost = sum(back != text for text, (_, back) in zip(texts, answers))
    print(f"  broken UTF-8   {len(texts):6} lines; ours gives back all but {lost} byte for byte")
    theirs = asked([args.llama, str(gguf)], texts)
    same = sum(back == text for text, (_, back) in zip(texts, theirs))
    alike = sum(a == b for (a, _), (b, _) in zip(answers, theirs))
    replaced = sum(back == text.decode("utf-8", "replace").encode() for text, (_, back) in zip(texts, theirs))
    refused = sum(ids is None for ids, _ in theirs)
    marked = sum(back != text and back.replace(MARK.encode(), b" ") == text
                 for text, (_, back) in zip(texts, theirs))
    print(f"    llama.cpp gives back {same} as they are, {replaced} with U+FFFD as Python replaces, "
          f"{marked} with {MARK} for a space, refuses {refused}, else something else; its ids are ours in {alike}")
    for text, (ids, back), (own, _) in zip(texts, theirs, answers):
        if ids is None or back not in (text, text.decode("utf-8", "replace").encode()):
            print(f"    for one, {text!r}: it {ids} {back!r}, ours {own}")
            break
    print("    Hugging Face takes no bytes: U+FFFD stands for them before it sees the text", flush=True)
    return wrong + lost


def main():
    parser = argparse.ArgumentParser()
    for name in ["gpt2_dir", "gpt2_gguf", "llama_bin", "llama_gguf"]:
        parser.add_argument(name, type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--llama", required=True)
    parser.add_argument("--classes", required=True)
    args = parser.parse_args()
    wrong = compare("gpt2, byte-level BPE", args, args.gpt2_dir, args.gpt2_gguf, hugging_face_bpe(args.gpt2_dir))
    wrong += compare("llama, by scores", args, args.llama_bin, args.llama_gguf,
                     hugging_face_scores(args.llama_gguf, True), hugging_face_scores(args.llama_gguf, False))
    print("all three agree" if wrong == 0 else f"{wrong} differ")
    sys.exit(wrong > 0)


main()
