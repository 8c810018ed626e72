"""Which planned grid goes on as which area: by households shared, each area once."""

from __future__ import annotations

from wangge.divisions import matching

A, B = "A", "B"


def test_the_largest_share_goes_on_and_each_area_once():
    labels = [0, 0, 0, 1, 1, 2]
    was = [A, A, B, B, B, A]
    assert matching.match(labels, was, [10, 10, 10, 10, 10, 10]) == {0: A, 1: B}


def test_an_area_does_not_go_on_in_a_corner_of_what_it_was():
    labels = [0] * 10 + [1] * 10
    was = [A, *[B] * 9, *[B] * 10]
    households = [1, *[10] * 19]
    assert matching.match(labels, was, households) == {1: B, 0: A}  # A wholly lies in 0
    was = [A, *[None] * 9, *[A] * 10]
    assert matching.match(labels, was, [10] * 20) == {1: A}


def test_buildings_decide_where_nobody_lives():
    assert matching.match([0, 0, 1], [A, A, A], [0, 0, 0]) == {0: A}


def test_the_heir_of_an_area_is_who_gets_most_of_its_households():
    assert matching.heirs([0, 1, 1], [A, A, A], [30, 20, 20]) == {A: 1}
