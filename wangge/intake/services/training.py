"""A version of the model from the district's closed cases: learned, judged on the newest, joined with the keywords.

Judged is a model that has not seen the newest cases, beside what understands texts now; what is kept has seen all.
Its figures are those of the method, not of the file: it can only know more than the one that was judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from wangge.intake.selectors.matter import Examples, enough
from wangge.kit import files
from wangge.responsibility import book, hearing, joining, learned
from wangge.responsibility.joining import Heard, Joining
from wangge.responsibility.models import LearnedModel
from wangge.responsibility.reading_rules import MatterFile
from wangge.responsibility.services.versions import Outcome

if TYPE_CHECKING:
    from wangge.kit import learning

Tell = Callable[[str, float], None]
"""The stage, and how much of all is done (0 to 1)."""

_FEWEST = 20  # held out: of fewer nothing is concluded
_SHOWN = 20  # mistakes that happen most


@dataclass(frozen=True)
class Judged:
    """How well the newest cases are understood."""

    accuracy: float
    macro_f1: float
    ece: float
    coverage: float  # taken without asking
    right_share: float  # of those taken
    threshold: float

    def document(self) -> dict[str, float]:
        return {name: round(float(value), 4) for name, value in vars(self).items()}


def train(found: Examples, rules: MatterFile, model_id: UUID, active: LearnedModel | None, tell: Tell) -> Outcome:
    """Raises LearningStopped when `tell` says so by raising it, NothingToLearn for too little."""
    from wangge.kit import learning

    if len(found) < rules.least_examples:
        raise learning.NothingToLearn(
            f"可学习的办结案件只有 {len(found)} 件，至少需要 {rules.least_examples} 件",
            f"only {len(found)} closed cases to learn from; {rules.least_examples} are needed",
        )
    split = max(1, int(len(found) * (1 - rules.held_out)))
    earlier = _learned(found, slice(0, split), rules, lambda done: tell("评估用模型", 0.02 + 0.4 * done))
    tell("与现用的比较", 0.45)
    held = slice(split, len(found))
    heard = _heard(earlier, found, held)
    fitted, judged, best = _judged(heard, rules)
    now = _judged_now(found, held, active, rules)
    whole = _learned(found, slice(0, len(found)), rules, lambda done: tell("学习全部样本", 0.5 + 0.45 * done))
    tell("保存", 0.97)
    path, size, digest = _kept(whole, model_id)
    return Outcome(
        path=path,
        size=size,
        sha256=digest,
        examples=len(found),
        corrections=sum(found.corrected),
        categories=len(whole.labels),
        figures=_figures(whole, found, heard, best, judged, now, rules),
        joining=fitted.document(),
        threshold=judged.threshold,
        learned_until=found.closed[-1],
    )


def _learned(found: Examples, part: slice, rules: MatterFile, tell: Callable[[float], None]) -> learning.Model:
    from wangge.kit import learning

    labels = found.labels[part]
    chosen = [at for at, seen in enumerate(enough(labels, rules.least_of_one)) if seen]
    texts, weights = found.texts[part], found.weights[part]
    return learning.learn(
        [texts[at] for at in chosen],
        [labels[at] for at in chosen],
        weights=[weights[at] for at in chosen],
        seed=0,
        tell=lambda *said: tell(_share(said)),
    )


def _share(said: Sequence[Any]) -> float:
    numbers = [float(one) for one in said if isinstance(one, int | float)]
    return min(max(numbers[0], 0.0), 1.0) if numbers else 0.0


def _heard(model: learning.Model, found: Examples, part: slice) -> list[Heard]:
    """What both voices say of cases that the model has not seen."""
    texts, parts, labels = found.texts[part], found.parts[part], found.labels[part]
    probabilities = model.predict(texts).probabilities
    heard = []
    for row, (title, description), label in zip(probabilities, parts, labels, strict=True):
        said, remainder = hearing.top(row, model.labels)
        keywords = hearing.keyword_scores(title, description)
        heard.append(Heard(said, remainder, keywords, label, label in model.labels))
    return heard


Best = list[tuple[str, float]]
"""The likeliest category of each case, and its probability."""


def _judged(heard: Sequence[Heard], rules: MatterFile) -> tuple[Joining, Judged, Best]:
    """Each half is judged with the weights fitted on the other; what is kept is fitted on both."""
    halves = (list(heard[::2]), list(heard[1::2]))
    best: Best = [("", 0.0)] * len(heard)
    for half in (0, 1):
        weights = joining.fit(halves[1 - half])
        for at, case in enumerate(halves[half]):
            best[2 * at + half] = _first(joining.joined(case.learned, case.remainder, case.keywords, weights))
    return joining.fit(heard), _summed(best, [case.right for case in heard], rules), best


def _first(found: dict[str, float]) -> tuple[str, float]:
    return next(iter(found.items()), ("", 0.0))


def _judged_now(found: Examples, held: slice, active: LearnedModel | None, rules: MatterFile) -> Judged:
    """What understands texts today: the version in use with the keywords, or the keywords alone."""
    labels = found.labels[held]
    if active is None:
        scores = (hearing.keyword_scores(*parts) for parts in found.parts[held])
        return _summed([max(one.items(), key=lambda x: x[1], default=("", 0.0)) for one in scores], labels, rules)
    heard = _heard(learned.open_file(active), found, held)
    weights = joining.of(active.joining)
    best = [_first(joining.joined(one.learned, one.remainder, one.keywords, weights)) for one in heard]
    return _summed(best, labels, rules)


def _summed(best: Sequence[tuple[str, float]], right: Sequence[str], rules: MatterFile) -> Judged:
    good = [code == label for (code, _), label in zip(best, right, strict=True)]
    sure = [p for _, p in best]
    at = joining.threshold(sure, good, share=rules.right_share, least=rules.least_sure)
    taken = [one for one, p in zip(good, sure, strict=True) if p >= at]
    return Judged(
        accuracy=sum(good) / max(len(good), 1),
        macro_f1=_macro_f1([code for code, _ in best], right),
        ece=_ece(sure, good),
        coverage=len(taken) / max(len(good), 1),
        right_share=sum(taken) / max(len(taken), 1),
        threshold=at,
    )


def _macro_f1(said: Sequence[str], right: Sequence[str]) -> float:
    scores = []
    for label in sorted(set(right)):
        hit = sum(a == b == label for a, b in zip(said, right, strict=True))
        scores.append(2 * hit / (sum(one == label for one in said) + sum(one == label for one in right)))
    return sum(scores) / max(len(scores), 1)


def _ece(sure: Sequence[float], good: Sequence[bool], bins: int = 15) -> float:
    total = 0.0
    for at in range(bins):
        inside = [(p, one) for p, one in zip(sure, good, strict=True) if min(int(p * bins), bins - 1) == at]
        total += abs(sum(p for p, _ in inside) - sum(one for _, one in inside))
    return total / max(len(sure), 1)


def _kept(model: learning.Model, model_id: UUID) -> tuple[str, int, str]:
    data = model.content()
    path = files.keep(f"models/{model_id}.model", data)
    return path, len(data), hashlib.sha256(data).hexdigest()


def _figures(
    whole: learning.Model,
    found: Examples,
    heard: Sequence[Heard],
    best: Best,
    judged: Judged,
    now: Judged,
    rules: MatterFile,
) -> dict[str, Any]:
    known = book.current().categories.values()
    names = {one.code: one.name for one in known}
    fold = whole.figures.document()
    worse = judged.accuracy < now.accuracy - rules.worse_by or judged.macro_f1 < now.macro_f1 - rules.worse_by
    return {
        **judged.document(),
        "held_out": len(heard),
        "good_enough": len(heard) >= _FEWEST and not worse,
        "against_active": now.document(),
        "out_of_fold": {name: fold.get(name) for name in ("macro_f1", "accuracy", "ece")},
        "per_class": _per_class([code for code, _ in best], [one.right for one in heard], names),
        "mistakes": _mistakes(found, names),
    }


def _per_class(said: Sequence[str], right: Sequence[str], names: dict[str, str]) -> list[dict[str, Any]]:
    rows = []
    for code in sorted(set(right)):
        hit = sum(a == b == code for a, b in zip(said, right, strict=True))
        called, there = sum(one == code for one in said), sum(one == code for one in right)
        f1 = round(2 * hit / (called + there), 4)
        precision, recall = round(hit / called, 4) if called else None, round(hit / there, 4)
        rows.append({"code": code, "name": names.get(code, code), "cases": there, "f1": f1,
                     "precision": precision, "recall": recall})  # fmt: skip
    return sorted(rows, key=lambda one: -int(one["cases"]))


def _mistakes(found: Examples, names: dict[str, str]) -> list[dict[str, Any]]:
    """The wrong guesses that people put right, the most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    for guess, label, corrected in zip(found.guesses, found.labels, found.corrected, strict=True):
        if corrected and guess not in {"", label}:
            counts[guess, label] = counts.get((guess, label), 0) + 1
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_SHOWN]
    return [
        {"guess": guess, "guess_name": names.get(guess, guess), "right": right, "right_name": names.get(right, right),
         "count": count}
        for (guess, right), count in most
    ]  # fmt: skip
