from wangge.kit.phrases import Phrases


def found(text, *phrases):
    known = Phrases()
    for phrase in phrases:
        known.add(phrase, phrase)
    return known.find(text)


def test_phrases_are_found_with_where_they_stand():
    assert found("大观园街道纬一路社区", "纬一路社区", "大观园街道", "杆石桥") == {
        (0, 5): ["大观园街道"],
        (5, 10): ["纬一路社区"],
    }


def test_the_longer_phrase_hides_the_shorter_within_it():
    assert list(found("党家街道", "党家", "党家街道", "街道")) == [(0, 4)]
    assert list(found("党家街道和党家", "党家", "党家街道")) == [(0, 4), (5, 7)]


def test_phrases_that_only_overlap_are_both_found():
    assert list(found("甲乙丙", "甲乙", "乙丙")) == [(0, 2), (1, 3)]


def test_one_phrase_may_stand_for_several_things():
    known = Phrases()
    known.add("新村", 1)
    known.add("新村", 2)
    assert known.find("新村") == {(0, 2): [1, 2]}


def test_single_characters_are_no_phrases():
    assert found("村", "村") == {}
