"""Milliseconds from the start of a process until it has drawn something on the X screen.

first_frame.py COMMAND…    prints them; the process is ended then (SIGTERM)

Looks every 8 ms whether the screen DISPLAY shows a window, then at every 24th of its lines of pixels:
a bare window is one colour before a dark screen, a drawn one has text, whose edges have more. Needs libX11 and a 24-bit screen that
nothing else draws on (Xvfb).
"""

import ctypes
import signal
import subprocess
import sys
import time

COLOURS = 6
LINES = 24
LIMIT_S = 60


class XImage(ctypes.Structure):
    _fields_ = [
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("xoffset", ctypes.c_int),
        ("format", ctypes.c_int),
        ("data", ctypes.POINTER(ctypes.c_ubyte)),
    ]


class Screen:
    def __init__(self):
        self.x11 = ctypes.CDLL("libX11.so.6")
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        self.x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self.x11.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
        for side in ("XDisplayWidth", "XDisplayHeight"):
            getattr(self.x11, side).argtypes = [ctypes.c_void_p, ctypes.c_int]
        self.x11.XGetImage.restype = ctypes.POINTER(XImage)
        self.x11.XGetImage.argtypes = [
            ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_int,
            ctypes.c_uint, ctypes.c_uint, ctypes.c_ulong, ctypes.c_int,
        ]  # fmt: skip
        self.x11.XDestroyImage.argtypes = [ctypes.POINTER(XImage)]
        self.display = self.x11.XOpenDisplay(None)
        if not self.display:
            sys.exit("first_frame.py: no X screen (DISPLAY)")
        self.root = self.x11.XDefaultRootWindow(self.display)
        self.width = self.x11.XDisplayWidth(self.display, 0)
        self.height = self.x11.XDisplayHeight(self.display, 0)

    def pixels(self, x, y, width, height):
        """Four bytes each: blue, green, red, nothing."""
        all_planes, z_pixmap = ctypes.c_ulong(-1).value, 2
        image = self.x11.XGetImage(
            self.display, self.root, x, y, width, height, all_planes, z_pixmap
        )
        block = ctypes.string_at(image.contents.data, width * height * 4)
        self.x11.XDestroyImage(image)
        return block

    def colours(self, y):
        """Different colours of the line of pixels at y."""
        return len(set(memoryview(self.pixels(0, y, self.width, 1)).cast("I")))

    def row(self):
        """One line of pixels, cheap to look at: the start has the machine to itself."""
        return self.pixels(0, self.height // 2, self.width, 1)

    def drawn(self):
        middle = self.height // 2 % LINES
        return any(self.colours(y) >= COLOURS for y in range(middle, self.height, LINES))


def main():
    screen = Screen()
    if screen.drawn():
        sys.exit("first_frame.py: something is on the screen already")
    begin = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    try:
        empty = screen.row()
        while screen.row() == empty or not screen.drawn():
            if process.poll() is not None or time.perf_counter() - begin > LIMIT_S:
                sys.exit("first_frame.py: nothing was drawn")
            time.sleep(0.008)
        print(round(1000 * (time.perf_counter() - begin)))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


if __name__ == "__main__":
    main()
