"""Text that people wrote, as machines should read it, and without what tells who they are."""

from __future__ import annotations

import functools
import html
import re
import unicodedata

from wangge.kit.text import without_hidden

_TAG = re.compile(
    r"<(?:script|style)\b[^>]{0,400}>.{0,20000}?</(?:script|style)\s{0,9}>|<[a-z/!][^<>]{0,400}>", re.I | re.S
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANKS = re.compile(r"[^\S\n]{2,}|[^\S\n ]")  # one blank stays as it is
_LINES = re.compile(r"\s*\n\s*")
_AGAIN = re.compile(r"(.)\1{3,}", re.S)
LONGEST = 20_000

_DIGIT = r"[0-9\uff10-\uff19]"
# Seven digits and more, with what people write between them: phones, cards, ID numbers with their x at the end.
_LONG = re.compile(rf"(?<![0-9A-Za-z]){_DIGIT}(?:[ \u2014()（）-]{{0,2}}{_DIGIT}){{6,23}}[Xx]?(?![0-9A-Za-z])")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}", re.A)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][ ·]?[A-Z0-9]{5,6}(?![A-Z0-9])"
)


@functools.cache
def _simplifier() -> object:
    import opencc  # 30 ms and 3 MB: only for those who ask

    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters as simplified ones (濟南 → 济南), by phrase."""
    return str(_simplifier().convert(text)) if not text.isascii() else text  # type: ignore[attr-defined]


def plain(text: str, longest: int = LONGEST) -> str:
    """For reading by machine: NFKC, simplified, no tags, controls or hidden characters, nothing repeated endlessly.

    Lines stay lines. At most `longest` characters are read, before and after.
    """
    text = _TAG.sub(" ", html.unescape(text[:longest]))
    text = _CONTROL.sub("", without_hidden(unicodedata.normalize("NFKC", text)))
    text = _BLANKS.sub(" ", text)
    text = (_LINES.sub("\n", text) if "\n" in text else text).strip()
    return simplified(_AGAIN.sub(r"\1\1\1", text)[:longest])


def redacted(text: str) -> str:
    """Without numbers that tell who somebody is: ID, phone, card, plate, mail address; the rest as it was."""
    text = _MAIL.sub("〔邮箱〕", text)
    text = _LONG.sub("〔号码〕", text)
    return _PLATE.sub("〔车牌〕", text)
