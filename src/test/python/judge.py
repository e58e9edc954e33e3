"""Measures and counts the answers of src/test/quality (its README says how they are made).

  judge.py measure ANSWERS.jsonl --words TEXT…     a table by language
  judge.py blind SHEET.txt KEY.json ANSWERS.jsonl… answers of several models in a drawn order, without names
  judge.py count KEY.json GRADES.tsv ANSWERS.jsonl…  lines "number<TAB>good|so-so|bad" to a table by model
"""
import argparse
import collections
import json
import pathlib
import random
import re

WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
# Frequent words that the other language does not have.
SIGNS = {
    "es": set("el la los las un una que de en y con por para su se no muy pero como del al lo le está era".split()),
    "en": set("the of and to in is was it he she they with that for his her you at on had said very but".split()),
}


def read(path):
    return [json.loads(line) for line in open(path, encoding="utf8")]


def words(text):
    return [w.lower() for w in WORD.findall(text)]


def repeats(text):
    """Whether a sequence of four words comes three times or more: a loop."""
    w = words(text)
    grams = collections.Counter(tuple(w[i : i + 4]) for i in range(len(w) - 3))
    return bool(grams) and max(grams.values()) >= 3


def wrong_language(text, language):
    w = words(text)
    counts = {l: sum(x in signs for x in w) for l, signs in SIGNS.items()}
    other = "en" if language == "es" else "es"
    return counts[other] > counts[language] or counts[other] >= 3


def measure(a):
    known = set()
    for path in a.words:
        known.update(words(pathlib.Path(path).read_text(encoding="utf8")))
    print("| | answers | with a 4-gram three times | unknown words | wrong or mixed language | stopped by itself |")
    print("|---|---|---|---|---|---|")
    rows = read(a.answers)
    for language in ("es", "en"):
        texts, stopped = [], 0
        for row in rows:
            if row["language"] == language:
                texts += row["answers"]
                stopped += sum(r != "max_tokens" and r != "length" for r in row["stop_reasons"])
        all_words = [w for t in texts for w in words(t)]
        unknown = [w for w in all_words if w not in known]
        print(
            f"| {language} | {len(texts)} | {sum(map(repeats, texts))} |"
            f" {len(unknown)} of {len(all_words)} ({100 * len(unknown) / max(1, len(all_words)):.1f} %) |"
            f" {sum(wrong_language(t, language) for t in texts)} | {stopped} |"
        )


def blind(a):
    entries = [(path, row) for path in a.answers for row in read(path)]
    random.Random(20261126).shuffle(entries)
    key = []
    with open(a.sheet, "w", encoding="utf8") as sheet:
        for number, (path, row) in enumerate(entries, 1):
            key.append({"number": number, "file": pathlib.Path(path).name, "id": row["id"]})
            print(f"### {number} ({row['language']}, {row['kind']})", file=sheet)
            for turn, answer in zip(row["turns"], row["answers"]):
                print(f"PROMPT: {turn}\nANSWER: {answer.strip()}", file=sheet)
            print(file=sheet)
    json.dump(key, open(a.key, "w"), indent=0)


def count(a):
    grades = {}
    for line in open(a.grades, encoding="utf8"):
        if line.strip():
            number, grade = line.split("\t")[:2]
            grades[int(number)] = grade.strip()
    rows = {(pathlib.Path(p).name, r["id"]): r for p in a.answers for r in read(p)}
    table = collections.Counter()
    for entry in json.load(open(a.key)):
        row = rows[entry["file"], entry["id"]]
        table[entry["file"], row["language"], row["kind"], grades[entry["number"]]] += 1
    kinds = ("continue", "ask", "talk", "follow-up")
    print("| answers | language | kind | good | so-so | bad |\n|---|---|---|---|---|---|")
    for file in sorted({k[0] for k in table}):
        for language in ("es", "en"):
            for kind in (*kinds, None):
                n = [sum(v for k, v in table.items() if k[0] == file and k[1] == language and k[3] == g
                         and kind in (None, k[2])) for g in ("good", "so-so", "bad")]
                print(f"| {file} | {language} | {kind or '**all**'} | {n[0]} | {n[1]} | {n[2]} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = parser.add_subparsers(required=True)
    p = sub.add_parser("measure")
    p.add_argument("answers")
    p.add_argument("--words", nargs="+", required=True)
    p.set_defaults(run=measure)
    p = sub.add_parser("blind")
    p.add_argument("sheet")
    p.add_argument("key")
    p.add_argument("answers", nargs="+")
    p.set_defaults(run=blind)
    p = sub.add_parser("count")
    p.add_argument("key")
    p.add_argument("grades")
    p.add_argument("answers", nargs="+")
    p.set_defaults(run=count)
    a = parser.parse_args()
    a.run(a)


main()
