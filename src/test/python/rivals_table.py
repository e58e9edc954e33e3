"""Medians and ratios of what rivals.sh measured, as a Markdown table.

    python3 rivals_table.py RAW.tsv…

Lines of RAW.tsv: group, program, round, tokens a second, peak resident set in MB. The first program
of a group is compared with each other one: the median of the ratios within the rounds, and the
least and largest.
"""
import os
import re
import sys
from collections import defaultdict
from statistics import median


def read(paths):
    """Group -> program -> values in the order of the rounds: speed and peak."""
    groups = defaultdict(lambda: defaultdict(list))
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                group, program, _, speed, peak = line.rstrip("\n").split("\t")
                groups[group][program].append((float(speed), float(peak)))
    return groups


def cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = re.findall(r"model name\s*: (.*)", lines.read())
    return f"{names[0] if names else 'CPU'}, {os.cpu_count()} cores"


def main():
    print(f"{cpu()}\n")
    print("| | program | tokens/s | ours ÷ it (least–largest) | peak, MB | rounds |")
    print("|---|---|---|---|---|---|")
    for group, programs in read(sys.argv[1:]).items():
        first = next(iter(programs.values()))
        for program, values in programs.items():
            ratios = [a / b for (a, _), (b, _) in zip(first, values)]
            ratio = "" if values is first else (
                f"**{median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f})")
            print(f"| {group} | {program} | {median(s for s, _ in values):,.0f} | {ratio} "
                  f"| {median(p for _, p in values):.0f} | {len(values)} |")
            group = ""


main()
