"""What of a text is compared: the places it names and the words that say what happened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import rjieba

from wangge.kit.text import fold
from wangge.kit.written import plain, redacted

READ = 700  # characters; who goes on longer than this has said it by now
MOST_TERMS = 90
MOST_PLACES = 8
_LONGEST_NAME = 12


def _known_words() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    held: set[str] = set()
    for line in (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            held = found.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            held.update(line.split())
    return {name: frozenset(words) for name, words in found.items()}


_WORDS = _known_words()
_ENDINGS, _STOPS_A_NAME, _COMMON = _WORDS["endings"], _WORDS["breaks"], _WORDS["common"]
_ALONE = _ENDINGS | _WORDS["no_name"]
# Letters for names, as in texts made anonymous; and names of divisions, which every text of a district shares.
_LETTERED = re.compile(r"(?<![A-Za-z])[A-Z]\d{0,2}(?:县市|市|区|县|镇)|西地省")
_DIVISION = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}(?:省|市|区|县))+")
_DOTS = re.compile(r"(?<=[\u3400-\u9fffA-Za-z0-9])[·•・.‧](?=[\u3400-\u9fff])")
_RUN = re.compile(r"[\u3400-\u9fffA-Za-z0-9]+")
_NAME_END = re.compile("(?:" + "|".join(sorted(_ENDINGS, key=lambda one: (-len(one), one))) + ")$")
_ORDINAL = re.compile(r"^[第一二三四五六七八九十\d号栋期座楼幢]+")
_EDGE = re.compile(r"^[一-龥]?(?:市|区|县|镇|乡|街道)(?=.{2})")

_NOT_IN_NAMES = frozenset(["p", "c", "r", "u", "d", "t", "y", "e", "uj", "ul", "uz", "ug", "ud", "uv"])


@dataclass(frozen=True, slots=True)
class Reading:
    """`places` in the order they are named, the title's first; `title` and `terms` are words, those of names too."""

    places: tuple[str, ...]
    named: frozenset[str]  # those of the title
    title: frozenset[str]
    pairs: frozenset[str]  # of characters, in the title
    terms: frozenset[str]
    text: str  # folded, all that was read


def read(title: str, details: str = "", place: str = "") -> Reading:
    """`place` is an address given apart. Every number that identifies somebody is gone before anything is read."""
    head, body = cleaned(title)[:200], cleaned(details)[:READ]
    address = cleaned(place)[:200]
    runs = [_words(text) for text in (head, address, body)]
    of_title = _terms(runs[0])
    named = _places(runs[0])
    places = dict.fromkeys([*named, *_places(runs[1]), *_places(runs[2])])
    every = dict.fromkeys([*of_title, *_terms(runs[1]), *_terms(runs[2])])
    return Reading(
        places=tuple(places)[:MOST_PLACES],
        named=frozenset(named),
        title=frozenset(of_title),
        pairs=pairs_of(head),
        terms=frozenset(list(every)[:MOST_TERMS]),
        text=fold(f"{head}|{address}|{body}"),
    )


def cleaned(text: str) -> str:
    """`plain` and `redacted`, with the dots inside names taken out."""
    return _LETTERED.sub(" ", _DOTS.sub("", redacted(plain(text, 4000))))


def _words(text: str) -> list[list[tuple[str, str]]]:
    """Runs of characters and digits, each cut into words with what kind of word each is."""
    return [rjieba.tag(run) for run in _RUN.findall(text)]


def _ends_a_name(word: str, kind: str) -> bool:
    """What no name goes across: small words, and the verbs people use. Unknown names look like verbs to a tagger."""
    if word in _STOPS_A_NAME or len(word) > _LONGEST_NAME:
        return True
    return kind in _NOT_IN_NAMES and word != "之"


def _places(runs: list[list[tuple[str, str]]]) -> list[str]:
    found = []
    for words in runs:
        held: list[str] = []
        for word, kind in words:
            if _ends_a_name(word, kind) and not (held and _NAME_END.search(word) and word not in _STOPS_A_NAME):
                held = []
                continue
            held.append(word)
            if _NAME_END.search(word):
                name = place_name("".join(held))
                if name:
                    found.append(name)
                    if len(_NAME_END.search(word).group()) > 1 or word[-1] in "路街巷村镇乡":  # type: ignore[union-attr]
                        held = []
    return found


def place_name(text: str) -> str:
    """A name as it is compared; empty when it is none."""
    name = _DIVISION.sub("", text)[-_LONGEST_NAME:]
    name = fold(_ORDINAL.sub("", _EDGE.sub("", name)))
    if name in _ALONE or name in _STOPS_A_NAME:
        return ""
    own = core(name)
    return name if len(own) >= 2 and own not in _ALONE and not own.isdigit() else ""


def core(name: str) -> str:
    """What is its own of a name: without the word for what kind of place it is."""
    cut = _NAME_END.sub("", name)
    return cut if len(cut) >= 2 else name


def pairs_of(text: str) -> frozenset[str]:
    """Each two characters that stand side by side, blanks and marks apart."""
    runs = _RUN.findall(fold(text))
    return frozenset(run[at : at + 2] for run in runs for at in range(len(run) - 1))


def _terms(runs: list[list[tuple[str, str]]]) -> list[str]:
    terms = (
        fold(word)
        for words in runs
        for word, kind in words
        if len(word) > 1 and kind not in _NOT_IN_NAMES and word not in _COMMON
    )
    return [term for term in dict.fromkeys(terms) if not term.isdigit()]
