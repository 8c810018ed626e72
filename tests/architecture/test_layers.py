"""What the import linter cannot see: string foreign keys, hidden control flow, and words that drifted."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model

from wangge.casework.workflow import TEXT

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for path in ROOT.glob("wangge/**/*.py") if "/tests/" not in path.as_posix())
GLOSSARY = ROOT / "docs" / "glossary.md"


def layers() -> list[set[str]]:
    """Highest first, as the import linter reads them."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    return [{name.strip() for name in layer.split("|")} for layer in contract["layers"]]


def rank(app: str) -> int:
    return next(height for height, names in enumerate(reversed(layers())) if app in names)


def our_models() -> Iterator[type[Model]]:
    return (model for model in apps.get_models() if model.__module__.startswith("wangge."))


def test_every_app_has_its_layer() -> None:
    ours = {name.split(".")[1] for name in settings.INSTALLED_APPS if name.startswith("wangge.")}
    assert ours - {name for layer in layers() for name in layer} == set()


def test_foreign_keys_point_downwards() -> None:
    wrong = []
    for model in our_models():
        app = model._meta.app_label
        for field in model._meta.get_fields():
            target = field.related_model
            if field.auto_created or not isinstance(target, type) or not target.__module__.startswith("wangge."):
                continue
            other = target._meta.app_label
            if other != app and rank(other) >= rank(app):
                wrong.append(f"{app}.{model.__name__}.{field.name} → {other}")
    assert wrong == []


def test_related_names_across_apps_are_hidden_or_belong_to_the_same_layer() -> None:
    """A lower app must not grow attributes by what stands above it, unless it is asked for by name."""
    for model in our_models():
        for field in model._meta.get_fields():
            target = field.related_model
            if field.auto_created or not isinstance(target, type) or not target.__module__.startswith("wangge."):
                continue
            if target._meta.app_label != model._meta.app_label:
                name = field.remote_field.related_name
                assert name, f"{model.__name__}.{field.name}: give it related_name"


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


FORBIDDEN_NAMES = {
    "Signal", "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "pre_init", "post_init", "receiver",
}  # fmt: skip


def test_no_signals_between_apps() -> None:
    wrong = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django"):
                wrong += [f"{path}:{node.lineno} {alias.name}" for alias in node.names if alias.name in FORBIDDEN_NAMES]
    assert wrong == []


def test_no_model_overrides_save_or_delete() -> None:
    wrong = []
    for path, tree in trees():
        if not (path.name == "models.py" or "models" in path.parts):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                wrong += [
                    f"{path}:{child.lineno} {node.name}.{child.name}"
                    for child in node.body
                    if isinstance(child, ast.FunctionDef) and child.name in {"save", "delete", "full_clean"}
                ]
    assert wrong == []


def test_routes_read_through_selectors() -> None:
    """No bare `Model.objects` in a router: what is shown must have passed `visible_to`."""
    wrong = []
    for path, tree in trees():
        if (path.name.endswith("api.py") or "api" in path.parts) and path.parts[1] != "config":
            wrong += [
                f"{path}:{node.lineno}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and node.attr == "objects"
            ]
    assert wrong == []


WRITERS = {"bulk_create", "bulk_update", "update_or_create", "get_or_create"}
# Whoever may write: services, the worker's tasks, migrations, command line verbs, and what loads or imports for them.
MAY_WRITE = re.compile(r"/(services|migrations|management)/|/(services|tasks)\.py$|^wangge/(config|district|kit)/")


def test_routes_and_selectors_never_write() -> None:
    wrong = []
    for path, tree in trees():
        reads = path.name in {"api.py", "selectors.py"} or {"api", "selectors"} & set(path.parts)
        if MAY_WRITE.search(path.as_posix()) or not reads:
            continue
        wrong += [
            f"{path}:{node.lineno} {node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in WRITERS
        ]
    assert wrong == []


def test_permissions_are_named_area_thing_verb() -> None:
    wrong = []
    for path, tree in trees():
        if path.name != "policies.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == "Perm":
                values = [
                    item.value.value
                    for item in node.body
                    if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant)
                ]
                app = path.parts[1]
                wrong += [value for value in values if not re.fullmatch(rf"{app}:[a-z_]+:[a-z_]+", str(value))]
    assert wrong == []


@pytest.mark.skipif(not GLOSSARY.exists(), reason="the glossary is not written yet")
def test_the_glossary_names_every_model_and_every_step() -> None:
    text = GLOSSARY.read_text(encoding="utf-8")
    missing = [model.__name__ for model in our_models() if not re.search(rf"\b{model.__name__}\b", text)]
    missing += [f"{step} {words.zh}" for step, words in TEXT.items() if words.zh not in text or f"{step}" not in text]
    assert missing == []
