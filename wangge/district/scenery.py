"""Drawn pictures that stand for photos in the demonstration: nobody and no real place is on them."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

SIZE = (960, 720)


def draw(rng: random.Random, *, tidy: bool) -> bytes:
    """A street with houses as JPEG; untidy ones have something lying about."""
    width, height = SIZE
    picture = Image.new("RGB", SIZE, rng.choice(("#cfe3f3", "#dfe7ee", "#bcd6ea")))
    pen = ImageDraw.Draw(picture)
    ground = int(height * 0.68)
    x = -20
    while x < width:
        wide, tall = rng.randint(90, 190), rng.randint(180, 400)
        wall = rng.choice(("#b7a99a", "#c9bda9", "#a8b0b8", "#d2c6b4", "#9fa8a3"))
        pen.rectangle((x, ground - tall, x + wide, ground), fill=wall)
        for top in range(ground - tall + 24, ground - 40, 46):
            for left in range(x + 16, x + wide - 28, 40):
                pen.rectangle((left, top, left + 20, top + 26), fill=rng.choice(("#5d7184", "#6f8496", "#f1e3b0")))
        x += wide + rng.randint(4, 26)
    pen.rectangle((0, ground, width, height), fill="#8d9094")
    pen.rectangle((0, ground, width, ground + 26), fill="#b9bbb6")
    for left in range(0, width, 120):
        pen.rectangle((left, height - 90, left + 60, height - 82), fill="#eceef0")
    for _ in range(3):
        at = rng.randint(40, width - 40)
        pen.rectangle((at - 5, ground - 70, at + 5, ground + 12), fill="#6b4f3a")
        pen.ellipse((at - 48, ground - 150, at + 48, ground - 50), fill=rng.choice(("#5f8f5a", "#6d9b62", "#4f7f55")))
    if not tidy:
        for _ in range(rng.randint(7, 14)):
            left, top = rng.randint(120, width - 260), rng.randint(ground + 20, height - 110)
            right, bottom = left + rng.randint(24, 90), top + rng.randint(16, 54)
            pen.ellipse(
                (left, top, right, bottom), fill=rng.choice(("#3d3f42", "#7a5a2f", "#d9d4c7", "#8b2f2b", "#2f5d8b"))
            )
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=78)
    return out.getvalue()
