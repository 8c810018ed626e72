"""Reading a profile: base and child merged, every value traced to its file and line."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from wangge.appraisal.judging import Rulebook
from wangge.district import check_features, read_yaml, schema
from wangge.district.read_appraisal import AppraisalPart, read_appraisal
from wangge.district.read_clocks import ClocksPart, read_clocks
from wangge.district.read_clusters import read_clusters
from wangge.district.read_divisions import read_divisions
from wangge.district.read_faults import Line, ProfileError, ProfileInvalid, Row, said
from wangge.district.read_judgement import read_judgement
from wangge.district.read_reading import read_reading
from wangge.district.read_registry import RegistryPart, read_registry
from wangge.district.read_serving import serving
from wangge.district.read_words import filled, words_of
from wangge.divisions.rules import Rulebook as DivisionRulebook
from wangge.intake.clusters.rules import Rules as ClusterRules
from wangge.responsibility.reading_rules import ReadingFile

PROFILES = Path(__file__).resolve().parents[2] / "profiles"
MAX_OPENED = 200 * 1024 * 1024
Model = TypeVar("Model", bound=BaseModel)


@dataclass
class Profile:
    name: str
    fingerprint: str
    head: schema.ProfileFile
    head_file: str
    roles: dict[str, schema.RolePart]
    role_lines: dict[str, tuple[str, int]]
    calendars: list[tuple[schema.CalendarFile, str]]
    list_head: schema.ListFile
    registry: RegistryPart
    appraisal: AppraisalPart
    clocks: ClocksPart
    judgement: Rulebook | None
    divisions: DivisionRulebook | None
    clusters: ClusterRules | None
    reading: ReadingFile | None
    accounts: list[Line[schema.DemoAccountPart]]
    areas: list[Line[schema.AreaRow]]
    units: list[Line[schema.UnitRow]]
    categories: list[Line[schema.CategoryRow]]
    entries: list[Line[schema.EntryRow]]
    channels: list[Line[schema.ChannelRow]]
    aliases: list[Line[schema.AliasRow]]
    buildings: list[Line[schema.BuildingRow]]
    boundaries: bytes | None
    boundaries_file: str


def read(name_or_path: str | Path) -> Profile:
    """The profile with its parents merged; raise ProfileInvalid naming every fault that can be seen file by file."""
    return _Reading(folder_of(name_or_path)).profile()


def folder_of(name_or_path: str | Path) -> Path:
    given = Path(name_or_path)
    folder = given if given.is_dir() and len(given.parts) > 1 else PROFILES / given
    if not folder.is_dir():
        raise ProfileInvalid([ProfileError(str(given), 0, "", "没有这个配置目录", "there is no such profile folder")])
    return folder


@dataclass
class _Reading:
    """One pass over the files; faults are collected so that they can be mended in one go."""

    folder: Path
    faults: list[ProfileError] = field(default_factory=list)
    chain: list[Path] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    digest: Any = field(default_factory=hashlib.sha256)

    def profile(self) -> Profile:
        merged = self._chain_of_heads()
        self._stop()
        head = self._model(schema.ProfileFile, *merged)
        self._stop()
        assert head is not None
        self.words = words_of(head)
        role_lines: dict[str, tuple[str, int]] = {}
        list_head = self._list_head()
        parts: dict[str, Any] = {
            "roles": self._roles(role_lines),
            "calendars": self._calendars(),
            "registry": read_registry(self),
            "judgement": read_judgement(self),
            "divisions": read_divisions(self),
            "clusters": read_clusters(self),
            "reading": read_reading(self),
            "appraisal": read_appraisal(self),
            "clocks": read_clocks(self),
            "accounts": self._accounts(),
            "areas": self._rows("areas.csv", schema.AreaRow, lambda r: r.code),
            "units": self._rows("units.csv", schema.UnitRow, lambda r: r.code),
            "categories": self._rows("categories.csv", schema.CategoryRow, lambda r: r.code),
            "entries": self._rows("responsibility/entries.csv", schema.EntryRow, lambda r: r.item),
            "channels": self._rows("channels.csv", schema.ChannelRow, lambda r: r.code),
            "aliases": self._rows("aliases.csv", schema.AliasRow, lambda r: f"{r.area_code} {r.alias}", needed=False),
            "buildings": self._rows("buildings.csv.gz", schema.BuildingRow, lambda r: r.code, needed=False),
            "boundaries": self._last_bytes("boundaries.geojson.gz"),
        }
        self._stop()
        assert list_head is not None
        parts["units"] += serving(head, parts["areas"], parts["units"])
        return Profile(
            name=head.name,
            fingerprint=self.digest.hexdigest(),
            head=head,
            head_file=self._label(self.folder / "profile.yaml"),
            role_lines=role_lines,
            list_head=list_head,
            boundaries_file=self._label(self.folder / "boundaries.geojson.gz"),
            **parts,
        )

    def _stop(self) -> None:
        if self.faults:
            raise ProfileInvalid(self.faults)

    def _fault(self, file: Path, line: int, name: str, zh: str, en: str) -> None:
        self.faults.append(ProfileError(self._label(file), line, name, zh, en))

    def _label(self, file: Path) -> str:
        folder = file.parent if file.parent in self.chain else file.parent.parent
        return f"{folder.name}/{file.relative_to(folder)}"

    def _bytes(self, file: Path) -> bytes | None:
        """The file's content, unpacked; None where it cannot be read."""
        try:
            data = file.read_bytes()
            self.digest.update(self._label(file).encode() + b"\0" + data)
            if file.suffix == ".gz":
                with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
                    data = stream.read(MAX_OPENED + 1)
        except (OSError, EOFError, zlib.error) as error:
            self._fault(file, 0, "", f"无法读取：{error}", f"cannot be read: {error}")
            return None
        if len(data) > MAX_OPENED:
            self._fault(file, 0, "", "解压后超过 200 MB", "opens to more than 200 MB")
            return None
        return data

    def _text(self, file: Path) -> str | None:
        data = self._bytes(file)
        if data is None:
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            self._fault(file, line, "", "不是 UTF-8 文本", "not UTF-8 text")
            return None

    def _files(self, name: str) -> list[Path]:
        """The file in every folder of the chain that has it, the base first."""
        return [folder / name for folder in self.chain if (folder / name).is_file()]

    def _missing(self, name: str) -> None:
        self._fault(self.folder / name, 0, "", "缺少这个文件", "the file is missing")

    def _last_bytes(self, name: str) -> bytes | None:
        files = self._files(name)
        return self._bytes(files[-1]) if files else None

    # YAML

    def _yaml(self, file: Path) -> read_yaml.Document | None:
        text = self._text(file)
        if text is None:
            return None
        try:
            document = read_yaml.parse(text)
        except read_yaml.YamlBroken as error:
            self._fault(file, error.line, error.key, error.zh, error.en)
            return None
        for path, zh, en in check_features.in_document(document.data):
            self._fault(file, document.line(path), ".".join(map(str, path)), zh, en)
        return document

    def _chain_of_heads(self) -> tuple[dict[str, Any], _Lines]:
        """profile.yaml of the folder over those it extends; sets the chain, the base first."""
        merged: list[tuple[Path, read_yaml.Document]] = []
        folder = self.folder
        while True:
            self.chain.insert(0, folder)
            file = folder / "profile.yaml"
            document = self._yaml(file)
            if document is None or not isinstance(document.data, dict):
                if document is not None:
                    self._fault(file, 1, "", "应为键值表", "must be a mapping")
                return {}, _Lines()
            merged.insert(0, (file, document))
            parent = document.data.get("extends", "" if folder.name == "base" else "base")
            if not parent:
                break
            beside = folder.parent / str(parent)
            following = beside if beside.is_dir() else PROFILES / str(parent)
            if not following.is_dir() or following in self.chain:
                zh, en = f"没有可继承的配置“{parent}”", f"there is no profile {parent!r} to extend"
                self._fault(file, document.line(("extends",)), "extends", zh, en)
                return {}, _Lines()
            folder = following
        return self._merge(merged)

    def _merge(self, documents: list[tuple[Path, read_yaml.Document]]) -> tuple[dict[str, Any], _Lines]:
        """Later documents over earlier ones: mappings by key, marks one after the other, else the later value."""
        data: dict[str, Any] = {}
        lines = _Lines()
        for file, document in documents:
            lines.newest = self._label(file)
            for key, value in document.data.items():
                before = data.get(key)
                if isinstance(value, dict):
                    lines.of |= {(key, name): (self._label(file), document) for name in value}
                if isinstance(before, dict) and isinstance(value, dict):
                    data[key] = before | value
                elif key == "marks" and isinstance(before, list) and isinstance(value, list):
                    lines.shift[key] = len(before)
                    data[key] = before + value
                else:
                    data[key] = value
                lines.of[key] = (self._label(file), document)
        return data, lines

    def _model(self, model: type[Model], data: dict[str, Any], lines: _Lines) -> Model | None:
        try:
            return model.model_validate(filled(data, self.words))
        except ValidationError as error:
            for one in error.errors():
                label, line = lines.find(one["loc"], self._label(self.folder / "profile.yaml"))
                zh, en = said(one)
                self.faults.append(ProfileError(label, line, ".".join(map(str, one["loc"])), zh, en))
            return None

    def _merged(self, name: str) -> tuple[dict[str, Any], _Lines] | None:
        """The file of all folders as one mapping; None after a fault that leaves nothing to check further."""
        files = self._files(name)
        if not files:
            self._missing(name)
        documents = [(file, document) for file in files if (document := self._yaml(file)) is not None]
        for file, document in documents:
            if not isinstance(document.data, dict):
                self._fault(file, 1, "", "应为键值表", "must be a mapping")
                return None
        return self._merge(documents) if files and len(documents) == len(files) else None

    def _roles(self, role_lines: dict[str, tuple[str, int]]) -> dict[str, schema.RolePart]:
        roles: dict[str, schema.RolePart] = {}
        data, lines = self._merged("roles.yaml") or ({}, _Lines())
        for code, value in data.items():
            role_lines[code] = lines.find((code,), "")
            part = self._model(schema.RolePart, value, lines.below(code)) if isinstance(value, dict) else None
            if part is not None:
                roles[code] = part
            elif not isinstance(value, dict):
                self.faults.append(ProfileError(*role_lines[code], code, "应为键值表", "must be a mapping"))
        return roles

    def _calendars(self) -> list[tuple[schema.CalendarFile, str]]:
        names = {file.name for folder in self.chain for file in (folder / "calendars").glob("*.yaml")}
        found = []
        for name in sorted(names):
            merged = self._merged(f"calendars/{name}")
            part = self._model(schema.CalendarFile, *merged) if merged else None
            if part is not None:
                found.append((part, self._label(self._files(f"calendars/{name}")[-1])))
        return found

    def _list_head(self) -> schema.ListFile | None:
        merged = self._merged("responsibility/list.yaml")
        return self._model(schema.ListFile, *merged) if merged else None

    def _accounts(self) -> list[Line[schema.DemoAccountPart]]:
        found: dict[str, Line[schema.DemoAccountPart]] = {}
        for file in self._files("demo_accounts.yaml"):
            document = self._yaml(file)
            if document is None:
                continue
            for index, item in enumerate(document.data if isinstance(document.data, list) else []):
                if self._works_nowhere(item):
                    continue
                lines = _Lines(whole=(self._label(file), document), prefix=(index,))
                part = self._model(schema.DemoAccountPart, item, lines)
                if part is not None:
                    found[part.username] = Line(part, self._label(file), document.line((index,)))
        return list(found.values())

    def _works_nowhere(self, account: object) -> bool:
        """An account of the base for the place a profile names as its demonstration's, in a profile that names none."""
        unit = account.get("unit") if isinstance(account, dict) else None
        return isinstance(unit, str) and "{demo_" in unit and "{demo_grid}" not in self.words

    # CSV

    def _rows(self, name: str, model: type[Row], key: Callable[[Row], str], *, needed: bool = True) -> list[Line[Row]]:
        """Rows of the file in all folders; a row with the key of an earlier folder's row takes its place."""
        files = self._files(name)
        if needed and not files:
            self._missing(name)
        merged: dict[str, Line[Row]] = {}
        for file in files:
            mine: dict[str, int] = {}
            for line in self._csv(file, model):
                code = key(line.row)
                if code in mine:
                    zh, en = f"“{code}”与第 {mine[code]} 行重复", f"{code!r} is also in line {mine[code]}"
                    self.faults.append(line.fault(next(iter(model.model_fields)), zh, en))
                mine[code] = line.number
                merged[code] = line
        return list(merged.values())

    def _csv(self, file: Path, model: type[Row]) -> Iterable[Line[Row]]:
        text = self._text(file)
        if text is None:
            return
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        label = self._label(file)
        columns: list[str] = []
        end = 0
        try:
            for cells in reader:
                line, end = end + 1, reader.line_num
                if not columns:
                    columns = cells
                    if not self._columns_fit(file, columns, model):
                        return
                elif any(cells):
                    row = self._row(
                        label, line, dict(zip(columns, cells, strict=False)), len(cells), model, len(columns)
                    )
                    if row is not None:
                        yield Line(row, label, line)
        except csv.Error as error:
            self._fault(file, reader.line_num, "", f"CSV 格式有误：{error}", f"CSV is broken: {error}")

    def _columns_fit(self, file: Path, columns: list[str], model: type[BaseModel]) -> bool:
        before = len(self.faults)
        for zh, en, column in check_features.in_columns(columns):
            self._fault(file, 1, column, zh, en)
        for column in columns:
            if column not in model.model_fields:
                self._fault(file, 1, column, f"不认识的列“{column}”", f"unknown column {column!r}")
        for name, spec in model.model_fields.items():
            if spec.is_required() and name not in columns:
                self._fault(file, 1, name, f"缺少列“{name}”", f"the column {name!r} is missing")
        return len(self.faults) == before

    def _row(
        self, label: str, line: int, cells: dict[str, str], width: int, model: type[Row], columns: int
    ) -> Row | None:
        if width != columns:
            zh, en = f"应有 {columns} 格，实有 {width} 格", f"has {width} cells instead of {columns}"
            self.faults.append(ProfileError(label, line, "", zh, en))
            return None
        try:
            return model.model_validate(filled(cells, self.words))
        except ValidationError as error:
            for one in error.errors():
                self.faults.append(ProfileError(label, line, str(one["loc"][0]), *said(one)))
            return None


@dataclass
class _Lines:
    """From a path in merged data back to file and line."""

    of: dict[Any, tuple[str, read_yaml.Document]] = field(default_factory=dict)
    shift: dict[Any, int] = field(default_factory=dict)
    whole: tuple[str, read_yaml.Document] | None = None
    prefix: tuple[str | int, ...] = ()
    newest: str = ""  # the last of the files that were merged

    def below(self, key: str) -> _Lines:
        return _Lines(whole=self.of[key], prefix=(key,))

    def find(self, path: tuple[str | int, ...], fallback: str) -> tuple[str, int]:
        if self.whole is not None:
            label, document = self.whole
            return label, document.line((*self.prefix, *path))
        if not path or path[0] not in self.of:
            return (self.newest if not path and self.newest else fallback), 1
        label, document = self.of.get(path[:2]) or self.of[path[0]]  # what a child left alone is its parent's
        if len(path) > 1 and isinstance(path[1], int) and path[0] in self.shift:
            path = (path[0], max(0, path[1] - self.shift[path[0]]), *path[2:])
        return label, document.line(path)
