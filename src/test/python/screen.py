"""Looks at the X screen for scripts that drive a window with xdotool.

screen.py still MILLIS [X Y W H]        waits until nothing has changed there for so long
screen.py changed SUM [X Y W H]         waits until the sum of the pixels there is another one
screen.py sum [X Y W H]                 prints a sum of the pixels
screen.py button RRGGBB WIDTH [X Y W H] waits for a line of that colour, at least WIDTH pixels long, as a
                                        filled button begins with; prints a point inside of the highest

screen.py letters LETTER…                gives each a key of its own, for xdotool type

Without a rectangle the whole screen. Each gives up after SCREEN_LIMIT seconds (60), with status 1. Needs
libX11 and a 24-bit screen (Xvfb).
"""

import ctypes
import os
import sys
import time
import zlib

from first_frame import Screen

LIMIT_S = float(os.environ.get("SCREEN_LIMIT", "60"))
LOOK_S = 0.1
UNDER_THE_EDGE = 12


def await_true(test):
    end = time.monotonic() + LIMIT_S
    while True:
        found = test()
        if found:
            return found
        if time.monotonic() > end:
            sys.exit("screen.py: waited in vain: " + " ".join(sys.argv[1:]))
        time.sleep(LOOK_S)


def checksum(screen, box):
    return str(zlib.crc32(screen.pixels(*box)))


def still(screen, millis, box):
    since, last = time.monotonic(), ""

    def look():
        nonlocal since, last
        now = checksum(screen, box)
        if now != last:
            since, last = time.monotonic(), now
        return time.monotonic() - since >= millis / 1000

    await_true(look)


def rows(screen, box):
    x, y, width, height = box
    pixels = bytearray(screen.pixels(*box))
    pixels[3::4] = bytes(width * height)  # who drew them may have left anything there
    for line in range(height):
        yield y + line, pixels[4 * width * line : 4 * width * (line + 1)]


def colour(text):
    return bytes.fromhex(text)[::-1] + b"\0"


def button(screen, fill, width, box):
    seen = list(rows(screen, box))
    for (y, row), (_, below) in zip(seen, seen[UNDER_THE_EDGE:]):
        at = row.find(fill * width)
        # A button, not a curve: it is filled some rows further down, too.
        if at >= 0 and at % 4 == 0 and below[at : at + 4] == fill:
            end = at
            while row[end : end + 4] == fill:
                end += 4
            return box[0] + (at + end) // 8, y + UNDER_THE_EDGE
    return None


def letters(screen, wanted):
    x11, display = screen.x11, ctypes.c_void_p(screen.display)
    low, high, per_code = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    x11.XDisplayKeycodes(display, ctypes.byref(low), ctypes.byref(high))
    x11.XGetKeyboardMapping.restype = ctypes.POINTER(ctypes.c_ulong)
    count = high.value - low.value + 1
    known = x11.XGetKeyboardMapping(display, low.value, count, ctypes.byref(per_code))
    width = per_code.value
    free = [i for i in reversed(range(count)) if not any(known[width * i : width * (i + 1)])]
    for i, letter in zip(free, wanted):
        symbols = (ctypes.c_ulong * 2)(ord(letter), ord(letter.upper()))  # Latin-1 stands for itself
        x11.XChangeKeyboardMapping(display, low.value + i, 2, symbols, 1)
    x11.XSync(display, 0)


def main():
    verb, arguments = sys.argv[1], sys.argv[2:]
    own = {"still": 1, "changed": 1, "sum": 0, "button": 2}.get(verb, 0)
    screen = Screen()
    if verb == "letters":
        letters(screen, arguments)
        return
    box = [int(a) for a in arguments[own:]] or [0, 0, screen.width, screen.height]
    if verb == "still":
        still(screen, float(arguments[0]), box)
    elif verb == "changed":
        await_true(lambda: checksum(screen, box) != arguments[0])
    elif verb == "sum":
        print(checksum(screen, box))
    else:
        print(*await_true(lambda: button(screen, colour(arguments[0]), int(arguments[1]), box)))


if __name__ == "__main__":
    main()
