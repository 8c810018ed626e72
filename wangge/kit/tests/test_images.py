import io
import struct
import zlib

import pytest
from PIL import Image

from wangge.kit import images


def jpeg_with_gps() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (36.0, 40.0, 12.0), 3: "E", 4: (117.0, 1.0, 2.0)}
    exif[0x0112] = 6
    Image.new("RGB", (640, 480), "green").save(out, "JPEG", exif=exif)
    return out.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def test_the_position_in_a_photo_does_not_survive_and_the_photo_is_upright():
    picture = images.reencode(jpeg_with_gps())
    again = Image.open(io.BytesIO(picture.jpeg))
    assert dict(again.getexif()) == {}
    assert (picture.width, picture.height) == (480, 640)


def test_a_script_behind_a_picture_is_gone():
    picture = images.reencode(jpeg_with_gps() + b"<script>alert(1)</script><?php evil(); ?>")
    assert b"script" not in picture.jpeg
    assert b"php" not in picture.jpeg


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a<script>",
        b"%PDF-1.7",
        png_claiming(50_000, 50_000),
        png_claiming(0, 0),
        jpeg_with_gps()[:700],
    ],
    ids=["nothing", "svg", "gif polyglot", "pdf", "pixel flood", "no pixels", "cut off"],
)
def test_it_refuses_what_is_not_a_sound_picture(data):
    with pytest.raises(images.NotAPicture):
        images.reencode(data)


def test_transparency_becomes_white():
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    picture = images.reencode(out.getvalue())
    assert Image.open(io.BytesIO(picture.jpeg)).getpixel((5, 5)) >= (250, 250, 250)
