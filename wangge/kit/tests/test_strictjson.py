import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    "an integer beyond 64 bits": b'{"n": 9223372036854775808}',
    "deep behind a string": b'["\\"]]]", ' + b"[" * 64 + b"]" * 65,
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


@pytest.mark.parametrize("number", [b"9223372036854775807", b"-9223372036854775808", b"0.1234567890123456789012"])
def test_the_longest_numbers_that_fit_are_taken(number):
    assert strictjson.parse(number) == json.loads(number)


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.text('[]{}"\\a', max_size=6) | st.integers(0, 9), lambda inner: st.lists(inner, max_size=3)))
def test_what_stands_in_strings_does_not_count(value):
    wrapped = value
    for _ in range(strictjson.MAX_DEPTH - 8):
        wrapped = [wrapped]
    assert strictjson.parse(json.dumps([wrapped, "[" * 80, "\\"]).encode())[0] == wrapped


def test_a_doubled_name_among_hundreds_of_thousands_is_found_at_once():
    many = ",".join(f'"n{n}": 1' for n in range(300_000))
    begun = time.process_time()
    with pytest.raises(Malformed, match="n299999"):
        strictjson.parse(f'{{{many}, "n299999": 2}}'.encode())
    assert time.process_time() - begun < 5
