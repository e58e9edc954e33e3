"""Draws the validation loss of runs in a row as SVG: curve.py OUT.svg METRICS.jsonl…"""
import json, sys

W, H, L, B = 640, 280, 56, 36
runs, offset = [], 0
for path in sys.argv[2:]:
    points = [json.loads(line) for line in open(path, encoding="utf-8")]
    val = [(offset + p["step"], p["bits_per_byte"]) for p in points if p.get("bits_per_byte") is not None]
    train = [(offset + p["step"], p["loss"]) for p in points if p.get("loss") is not None]
    runs.append((offset, val))
    offset = max(s for s, _ in train)
top = max(v for _, r in runs for _, v in r) * 1.05
x = lambda s: L + (W - L - 12) * s / offset
y = lambda v: 12 + (H - B - 12) * (1 - v / top)
out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {W} {H}" font-family="sans-serif" font-size="12">',
       f'<rect width="{W}" height="{H}" fill="#fff"/>']
step = 0.05 if top < 0.5 else 0.2 if top < 2 else 0.5
k = 0
while k * step <= top:
    v = k * step
    out.append(f'<path d="M{L} {y(v):.1f}H{W - 12}" stroke="#ddd"/><text x="{L - 6}" y="{y(v) + 4:.1f}" text-anchor="end" fill="#444">{v:.2f}</text>')
    k += 1
for s in range(0, offset + 1, 1000):
    out.append(f'<text x="{x(s):.1f}" y="{H - B + 18}" text-anchor="middle" fill="#444">{s}</text>')
for begin, val in runs:
    if begin:
        out.append(f'<path d="M{x(begin):.1f} 12V{H - B}" stroke="#888" stroke-dasharray="4 3"/>')
    out += [f'<circle cx="{x(s):.1f}" cy="{y(v):.1f}" r="2.5" fill="#0b6e99"/>' for s, v in val]
    if len(val) > 1:
        out.append('<polyline fill="none" stroke="#0b6e99" stroke-width="2" points="' + " ".join(f"{x(s):.1f},{y(v):.1f}" for s, v in val) + '"/>')
out.append(f'<text x="{W / 2}" y="{H - 4}" text-anchor="middle" fill="#444">step</text><text x="{L}" y="10" fill="#444">bits per byte, validation</text></svg>')
open(sys.argv[1], "w", encoding="utf-8").write("\n".join(out) + "\n")
