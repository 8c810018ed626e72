from __future__ import annotations

import gc
import weakref

import pytest

from wangge.kit import memory


class Node:
    def __init__(self) -> None:
        self.self = self


@pytest.fixture(autouse=True)
def thawed() -> object:
    yield
    gc.unfreeze()


def test_what_is_settled_is_not_looked_at_again() -> None:
    memory.settle()
    assert gc.get_freeze_count() > 1000
    assert len(gc.get_objects()) < 1000


def test_what_was_dropped_in_a_circle_goes_when_it_settles_again() -> None:
    node = Node()
    memory.settle()
    gone = weakref.ref(node)
    del node
    gc.collect()
    assert gone() is not None
    memory.settle()
    assert gone() is None


def test_nothing_is_collected_within_and_all_is_as_before_after_the_last_one_leaves() -> None:
    with memory.uncollected():
        with memory.uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="broken"), memory.uncollected():
        raise ValueError("broken")
    assert gc.isenabled()
