"""What rivals.sh measured, as Markdown tables.

    python3 rivals_table.py RAW.jsonl…

A line of RAW is a machine or a measurement: group, program, round, tokens_per_s, peak_mb. Within a
round the first program of a group is compared with each other one; a table tells the median of
these ratios and the least and the largest, and the medians of the speeds (least to largest) and of
the peaks of the resident set. A ratio of 1 or more is bold.
"""
import json
import re
import sys
from collections import defaultdict
from statistics import median

TITLES = {"train": "Training", "decode": "Generation", "prompt": "A prompt of 200 tokens"}


def read(paths):
    """The machines with what of ours ran on them, and group -> program -> round -> measurement."""
    machines, groups = {}, defaultdict(lambda: defaultdict(dict))
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in map(json.loads, filter(str.strip, lines)):
                if "machine" in line:
                    ours = line.pop("ours")
                    key = json.dumps(line)
                    machines.setdefault(key, (line, {}))[1][ours] = True
                else:
                    groups[line["group"]][line["program"]][line["round"]] = line
    return machines.values(), groups


def machine_line(m, ours):
    text = f"{m['machine']}; ours {', '.join(ours)} on {m['jdk']}; {m['settings']}"
    if "torch" in m:
        def sets(isa):
            return ", ".join(f"{library} {name}" for library, name in isa.items())

        text += (f"; PyTorch {m['torch']} ({sets(m['isa'])}; in the rows AVX2: "
                 f"{sets(m['isa_avx2'])})")
    return text + "."


def spread(values, form):
    values = sorted(values)
    text = format(median(values), form)
    return text if len(values) < 2 else (
        f"{text} ({format(values[0], form)}–{format(values[-1], form)})")


def rows(group, programs):
    first = next(iter(programs.values()))
    for program, rounds in programs.items():
        ratios = [first[r]["tokens_per_s"] / rounds[r]["tokens_per_s"] for r in rounds if r in first]
        ratio = "" if rounds is first or not ratios else spread(ratios, ".2f")
        if ratio and median(ratios) >= 1:
            number, *rest = ratio.split(" ", 1)
            ratio = " ".join([f"**{number}**", *rest])
        speed = spread([m["tokens_per_s"] for m in rounds.values()], ",.0f")
        peaks = [m["peak_mb"] for m in rounds.values()]
        yield f"| {group} | {program} | {speed} | {ratio} | {median(peaks):,.0f} | {len(rounds)} |"
        group = ""


def order(group):
    """Sections as in TITLES, shapes from small to large, numbers by size."""
    kind = group.split()[0]
    shape = re.search(r"\b[SML]\b", group)
    numbers = [int(n) for n in re.findall(r"after (\d+)", group)]
    return (list(TITLES).index(kind) if kind in TITLES else len(TITLES), numbers,
            "SML".index(shape[0]) if shape else 3)


def main():
    machines, groups = read(sys.argv[1:])
    for m, ours in machines:
        print(machine_line(m, ours))
    tables = defaultdict(list)
    for group in sorted(groups, key=order):
        tables[TITLES.get(group.split()[0], group)].append(group)
    for title, members in tables.items():
        print(f"\n## {title}\n")
        print("| | program | tokens/s | ours ÷ it | peak, MB | rounds |")
        print("|---|---|---|---|---|---|")
        for group in members:
            print("\n".join(rows(group, groups[group])))


main()
