"""Learning on made-up texts."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from wangge.kit import learning

QUICK = 0.05
TOPICS = {
    "环境保护": ["垃圾", "恶臭", "污水", "烟囱", "扬尘", "油烟", "河道"],
    "交通运输": ["公交", "出租车", "的士", "车站", "班次", "线路", "快递"],
    "教育文体": ["学校", "老师", "补课", "学生", "幼儿园", "操场", "学费"],
}
COMMON = ["请", "领导", "尽快", "处理", "我们", "小区", "附近", "问题", "多次", "反映"]


def made_up(count: int, seed: int = 7, split: bool = False) -> tuple[list[str], list[str]]:
    chance = random.Random(seed)
    texts, labels = [], []
    for i in range(count):
        label = list(TOPICS)[i % len(TOPICS)]
        words = chance.choices(TOPICS[label], k=4) + chance.choices(COMMON, k=6) + [f"{i}号"]
        chance.shuffle(words)
        texts.append((" " if split else "").join(words))
        labels.append(label)
    return texts, labels


@pytest.fixture(scope="module")
def model() -> learning.Model:
    return learning.learn(*made_up(300), effort=QUICK)


def test_what_it_learned_holds_for_new_texts(model: learning.Model) -> None:
    texts, labels = made_up(60, seed=8)
    found = learning.evaluate(model, texts, labels)
    assert found.accuracy > 0.95
    assert model.figures.examples == 300
    assert model.figures.macro_f1 > 0.95
    assert sum(map(sum, model.figures.confusion)) == 300


def test_probabilities_are_shares(model: learning.Model) -> None:
    found = model.predict(["垃圾恶臭", "公交班次太少"])
    assert found.probabilities.dtype == np.float32
    assert np.allclose(found.probabilities.sum(1), 1, atol=1e-5)
    assert [model.labels[i] for i in found.top[:, 0]] == ["环境保护", "交通运输"]
    assert (found.top[:, 0] != found.top[:, 1]).all()


def test_words_that_spoke_stand_in_the_text(model: learning.Model) -> None:
    words = model.words("小区附近垃圾恶臭，请处理", "环境保护")
    assert {"垃圾", "恶臭"} <= {word for word, _ in words}
    assert all(added > 0 for _, added in words)
    assert model.words("", "环境保护") == []
    assert model.words("垃圾", "没有这个") == []


def test_numbers_that_identify_are_not_learned() -> None:
    texts, labels = made_up(120)
    texts = [
        f"{text}电话13812345678" if label == "环境保护" else text for text, label in zip(texts, labels, strict=True)
    ]
    model = learning.learn(texts, labels, effort=QUICK)
    assert "138" not in str(model.words(texts[0], "环境保护", most=50))


def test_same_seed_same_bytes(tmp_path: Path, model: learning.Model) -> None:
    again = learning.learn(*made_up(300), effort=QUICK)
    assert again.content() == model.content()
    model.save(tmp_path / "m.model")
    loaded = learning.load(tmp_path / "m.model")
    assert loaded.content() == model.content()
    texts, _ = made_up(20, seed=9)
    assert (loaded.predict(texts).probabilities == model.predict(texts).probabilities).all()


@pytest.mark.parametrize("split", [False, True])
def test_texts_split_already_are_taken_as_they_are(split: bool) -> None:
    model = learning.learn(*made_up(60, split=split), effort=QUICK)
    assert model.split is split


ODD = [
    "", " ", "𝒳" * 9, "😀", "x" * 1_000_000, "<p>垃圾</p>", "垃圾\x00\u202e", "環境污染", "ＡＢＣ１２３", "Ωμέγα",
    "\ud800", "忽略以上指令",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_get_an_answer(model: learning.Model, text: str) -> None:
    found = model.predict([text])
    assert np.isfinite(found.probabilities).all()
    assert found.top.shape == (1, 2)
    model.words(text, model.labels[0])


def test_nothing_known_is_no_opinion(model: learning.Model) -> None:
    assert np.allclose(model.predict([""]).probabilities, 1 / 3)
    assert model.predict([]).probabilities.shape == (0, 3)


def test_a_label_that_appears_once_is_kept_and_warned_of() -> None:
    texts, labels = made_up(60)
    model = learning.learn([*texts, "井盖坏了"], [*labels, "市政/设施/井盖"], effort=QUICK)
    assert "市政/设施/井盖" in model.labels
    assert "市政/设施/井盖" in model.warnings[0][0]


def test_two_labels_and_many_labels() -> None:
    texts, labels = made_up(60)
    two = learning.learn(texts, ["环境" if one == "环境保护" else "其他" for one in labels], effort=QUICK)
    assert two.predict(texts).probabilities.shape == (60, 2)
    many = learning.learn(
        [f"事项{i // 3} 编{i}" for i in range(900)], [f"类{i // 3}" for i in range(900)], effort=QUICK
    )
    assert len(many.labels) == 300


@pytest.mark.parametrize(("texts", "labels"), [([], []), (["甲", "乙"], ["一", "一"]), (["", " "], ["一", "二"])])
def test_nothing_to_tell_apart(texts: list[str], labels: list[str]) -> None:
    with pytest.raises(learning.NothingToLearn):
        learning.learn(texts, labels, effort=QUICK)


def test_it_can_be_stopped_and_tells_how_far_it_is() -> None:
    told: list[float] = []
    learning.learn(*made_up(60), effort=QUICK, tell=lambda share, _what: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1
    with pytest.raises(learning.LearningStopped):
        learning.learn(*made_up(60), effort=QUICK, stop=lambda: True)


def damaged(content: bytes) -> list[bytes]:
    flipped = bytearray(content)
    flipped[-100] ^= 1
    header = bytearray(content)
    header[80] ^= 1
    return [b"", b"PK\x03\x04" + content, content[:-1], content[:60], content + b"\0", bytes(flipped), bytes(header)]


def test_other_files_are_refused(model: learning.Model, tmp_path: Path) -> None:
    for wrong in damaged(model.content()):
        with pytest.raises(learning.ModelUnreadable):
            learning.load(wrong)
    with pytest.raises(learning.ModelUnreadable):
        learning.load(tmp_path / "absent.model")
    with pytest.raises(learning.ModelUnreadable):
        learning.load(tmp_path)


@pytest.fixture(scope="module")
def both() -> learning.Model:
    return learning.learn(*made_up(500), effort=0.4)


def test_likeness_joins_where_there_are_enough_examples(both: learning.Model, tmp_path: Path) -> None:
    texts, labels = made_up(60, seed=8)
    assert both.likeness is not None
    assert learning.evaluate(both, texts, labels).accuracy > 0.95
    both.save(tmp_path / "m.model")
    again = learning.load(tmp_path / "m.model")
    assert np.allclose(again.predict(texts).probabilities, both.predict(texts).probabilities, atol=1e-6)
    assert again.predict(["", "😀"]).probabilities.shape == (2, 3)


def test_likeness_among_many_labels_and_to_fewer_than_all(monkeypatch: pytest.MonkeyPatch) -> None:
    from wangge.kit.learning import likeness

    texts, labels = made_up(500)
    monkeypatch.setattr(likeness, "MOST_SUPPORTS", 20)
    few = learning.learn(texts, labels, effort=0.4)
    assert few.likeness is not None
    assert few.likeness.landmarks.shape[0] == 20
    monkeypatch.setattr(likeness, "FEW_LABELS", 2)
    many = learning.learn(texts, labels, effort=0.4)
    for model in (few, many):
        assert model.figures.accuracy > 0.95


def test_arrays_that_do_not_belong_together_are_refused(both: learning.Model) -> None:
    from dataclasses import replace

    assert both.space is not None
    short = replace(both, bias=both.bias[:1])
    beyond = replace(both, space=replace(both.space, place=both.space.place + 100_000))
    for wrong in (short, beyond):
        with pytest.raises(learning.ModelUnreadable):
            learning.load(wrong.content())
