import gzip

import numpy as np
import pytest

from wangge.registry.places import parts

LINES = [
    [("山东省", "prov"), ("济南市", "city"), ("市中区", "district"), ("经十路", "road"), ("8号楼", "houseno")],
    [("济南市", "city"), ("历下区", "district"), ("舜耕路", "road"), ("12号楼", "houseno"), ("3单元", "cellno")],
    [("山东省", "prov"), ("青岛市", "city"), ("市南区", "district"), ("香港路", "road"), ("3号楼", "houseno")],
]


def tagged(line):
    tokens, tags = [], []
    for text, kind in line:
        tokens += list(text)
        tags += [f"B-{kind}", *[f"M-{kind}"] * (len(text) - 2), f"E-{kind}"]
    return parts.Example(tuple(tokens), tuple(tags))


EXAMPLES = [tagged(line) for line in LINES] * 8


@pytest.fixture(scope="module")
def model():
    return parts.learn(EXAMPLES)


def test_what_was_learned_is_said(model):
    said = model.tag([one.tokens for one in EXAMPLES[:3]])
    assert parts.f1([one.tags for one in EXAMPLES[:3]], said)["f1"] == 1.0
    assert [part.kind for part in model.parts("济南市市南区香港路12号楼")] == ["city", "district", "road", "houseno"]
    assert model.tag([[]]) == [[]]


def test_the_same_examples_make_the_same_model(model):
    assert np.array_equal(parts.learn(EXAMPLES).weights, model.weights)


def test_a_model_is_kept_in_a_file(model, tmp_path):
    model.save(tmp_path / "m.npz")
    again = parts.load(tmp_path / "m.npz")
    texts = [one.tokens for one in EXAMPLES[:3]]
    assert again.tag(texts) == model.tag(texts)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nonsense"])
def test_what_is_no_model_is_refused(content, tmp_path):
    (tmp_path / "m.npz").write_bytes(content)
    with pytest.raises(parts.ModelUnreadable):
        parts.load(tmp_path / "m.npz")


def test_examples_are_read_from_lines(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress("经 B-road\n路 E-road\n\n\n八 S-roomno\n".encode()))
    assert [len(one.tokens) for one in parts.read_examples(path)] == [2, 1]
    (tmp_path / "b.txt").write_text("经 B-road\n路\n", encoding="utf-8")
    with pytest.raises(parts.ExamplesUnreadable):
        parts.read_examples(tmp_path / "b.txt")
    with pytest.raises(parts.ExamplesUnreadable):
        parts.read_examples(tmp_path / "none.txt")
    with pytest.raises(parts.ExamplesUnreadable):
        parts.learn([])


def test_only_whole_parts_count():
    assert parts.spans(["B-road", "M-road", "E-poi", "S-roomno", "E-road", "B-road"]) == [parts.Part(3, 4, "roomno")]
