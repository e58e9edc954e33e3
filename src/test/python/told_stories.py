"""Writes the stories that answers of dialogues tell as plain text: told_stories.py DIALOGUES.jsonl OUT.txt BYTES

The long answers in a drawn order (seed 7), each once, without the words that only lead over to a
story, until BYTES are written. For the starter model's English, whose newest plots stand in dialogues.
"""
import json
import random
import sys

SHORTEST = 220  # characters of a story; shorter answers are talk
LEADS = (
    "Sure! ", "Gladly. ", "With pleasure. ", "Here is one for you. ", "Yes. ", "Here is one. ", "Good. ",
    "Yes, here it is. ", "Yes, listen. ", "Of course. ", "Sure. ", "Here it is. ", "All right. ",
)

source, out, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(source, encoding="utf8") as f:
    lines = f.read().splitlines()
random.Random(7).shuffle(lines)
seen, written = set(), 0
with open(out, "w", encoding="utf8") as f:
    for line in lines:
        for message in json.loads(line)["messages"]:
            text = message["content"]
            if message["role"] != "assistant" or len(text) < SHORTEST:
                continue
            for lead in LEADS:
                text = text.removeprefix(lead)
            if text not in seen:
                seen.add(text)
                story = text + "\n<|endoftext|>\n"
                f.write(story)
                written += len(story.encode())
        if written > limit:
            break
