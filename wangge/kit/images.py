"""Pictures from outside are decoded and written anew: no metadata, no polyglots, no pixel floods."""

from __future__ import annotations

import io
import threading
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from wangge.kit.errors import Problem

MAX_PIXELS = 60_000_000
LONGEST = 2560
THUMBNAIL = 360
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")


# A picture at the limit takes some 700 MB while it is turned and flattened: strangers may send many at once.
_AT_ONCE = threading.BoundedSemaphore(2)


class NotAPicture(Problem):
    code = "not_a_picture"
    status = 422
    title_zh = "不是可用的图片"
    title_en = "Not a usable picture"


@dataclass(frozen=True)
class Picture:
    """Re-encoded JPEG (longest side ≤ 2560 px), its thumbnail, and its size in pixels."""

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int


def reencode(data: bytes) -> Picture:
    """Decode any of JPEG, PNG, WebP, GIF, BMP, TIFF and encode a clean JPEG; raise NotAPicture otherwise."""
    with _AT_ONCE:
        return _reencode(data)


def _reencode(data: bytes) -> Picture:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
                width, height = opened.size
                if width * height > MAX_PIXELS:
                    raise NotAPicture(
                        f"图片有 {width}×{height} 像素，超过上限，请缩小后再传",
                        f"{width}×{height} pixels is above the limit; make it smaller",
                    )
                opened.draft("RGB", (LONGEST, LONGEST))
                upright = ImageOps.exif_transpose(opened)
                flat = _flatten(upright)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, MemoryError) as error:
        raise NotAPicture("文件不是图片或已损坏，请重新拍照或选择", "not a picture, or damaged") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAPicture("图片像素过多，请缩小后再传", "too many pixels; make it smaller") from error
    flat.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    small = flat.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return Picture(_jpeg(flat, 85), _jpeg(small, 78), flat.width, flat.height)


def _flatten(image: Image.Image) -> Image.Image:
    """RGB on white, so that transparency does not turn black."""
    if image.mode in {"RGBA", "LA", "P", "PA"}:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGB", with_alpha.size, "white")
        white.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return white
    return image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()
