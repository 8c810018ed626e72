"""The units that serve areas, made from the areas by the profile's rule."""

from __future__ import annotations

from wangge.district import schema
from wangge.district.read_faults import Line

_SERVED: dict[tuple[str, str], str] = {
    ("1", ""): "subdistrict",
    ("2", ""): "community",
    ("2", "village"): "village",
    ("3", ""): "grid",
}


def serving(
    head: schema.ProfileFile, areas: list[Line[schema.AreaRow]], units: list[Line[schema.UnitRow]]
) -> list[Line[schema.UnitRow]]:
    """The units that serve areas, by the rule in profile.yaml; what units.csv writes out stays as written."""
    written = {line.row.code for line in units}
    root = next((line.row.code for line in units if line.row.kind == "district"), "")
    codes: dict[str, str] = {}
    found = []
    for line in areas:
        area = line.row
        rule = head.serving_units.get(_SERVED.get((area.level, area.kind)) or _SERVED.get((area.level, ""), "none"))
        if rule is None:
            continue
        codes[area.code] = f"{area.code}-{rule.suffix}"
        if codes[area.code] in written:
            continue
        row = schema.UnitRow(
            code=codes[area.code],
            name=rule.name.replace("{area}", area.name),
            short_name=rule.short_name.replace("{area}", area.name)[:40],
            kind=rule.kind,
            parent_code=codes.get(area.parent_code, root),
            area_code=area.code,
            calendar=rule.calendar,
        )
        found.append(Line(row, line.file, line.number))
    return found
