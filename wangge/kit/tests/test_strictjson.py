import pytest

from wangge.kit import strictjson
from wangge.kit.errors import Malformed

BAD = {
    "too deep": b"[" * 100_000 + b"]" * 100_000,
    "just too deep": b"[" * 65 + b"]" * 65,
    "duplicate names": b'{"a": 1, "a": 2}',
    "duplicate names far inside": b'{"x": [{"b": {"a": 1, "a": 2}}]}',
    "NaN": b'{"lon": NaN}',
    "infinity": b"[-Infinity]",
    "a number beyond doubles": b'{"lon": 1e999}',
    "an endless integer": b"9" * 10_000,
    "NUL written out": b'{"title": "a\\u0000b"}',
    "NUL raw": b'{"title": "a\x00b"}',
    "a lone surrogate": b'{"title": "\\ud800"}',
    "a lone surrogate as a name": b'{"\\udc00": 1}',
    "broken UTF-8": b'{"title": "\xff"}',
    "nothing": b"",
    "half": b'{"a": ',
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_it_refuses_what_other_parsers_would_guess_at(body):
    with pytest.raises(Malformed):
        strictjson.parse(body)


def test_depth_counts_brackets_outside_strings_only():
    assert strictjson.parse(b'["' + b"[" * 500 + b'"]') == ["[" * 500]


def test_a_surrogate_pair_is_one_character():
    assert strictjson.parse(b'"\\ud840\\udc0b"') == "𠀋"
