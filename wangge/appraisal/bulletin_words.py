"""The facts of a bulletin put into words, tables and charts, in either language; pure.

A paper is {"head": {issuer, number, title, subtitle, date}, "figures": [{label, value, change}], "sections":
[{heading, wide, paragraphs, blocks}], "notes": […]}. A block is a table {type, caption, columns, rows, notes}, ranks
{type, caption, from, to, rows, notes} or lines {type, caption, unit, digits, from_zero, labels, series, notes}. The
page, the workbook and the printed form show the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wangge.appraisal.phrasing import DASH, Say, band, change_text, interval, toned, value_text

Facts = Mapping[str, Any]
Block = dict[str, Any]

_NUMERALS = "一二三四五六七八九十"
MOST_TRENDS = 3


def paper(facts: Facts, language: str) -> dict[str, Any]:
    """`facts` as bulletin_facts.facts makes them."""
    say = Say(language)
    parts: list[tuple[str, bool, list[str], list[Block]]] = [
        (say("总体情况", "Overview"), False, _overview(facts, say), _trends(facts, say)),
    ]
    if facts["matters"]:
        parts.append((say("事项构成", "What it was about"), False, [], [_matters(facts, say)]))
    for league in facts["leagues"]:
        parts.append((league_heading(league, say), True, _league_words(league, say), _league_tables(league, say)))
    if facts["five_steps"]:
        parts.append(
            (say("吹哨报到一事一考", "Whistles, step by step"), False, _five_words(facts, say), [_five(facts, say)])
        )
    parts.append((say("核减、申诉与异常核查", "Exclusions, appeals and reviews"), False, *_review(facts, say)))
    return {
        "head": _head(facts, say),
        "figures": [_figure(one, say) for one in facts["headline"]],
        "sections": [
            {
                "heading": f"{_NUMERALS[index]}、{heading}" if say.zh else f"{index + 1}. {heading}",
                "wide": wide,
                "paragraphs": paragraphs,
                "blocks": blocks,
            }
            for index, (heading, wide, paragraphs, blocks) in enumerate(parts)
        ],
        "notes": _notes(facts, say),
    }


def _head(facts: Facts, say: Say) -> dict[str, str]:
    period, kind, unit = facts["period"], facts["kind"], facts["unit"]
    whose = say.name(unit) if unit else facts["district"]
    kinds = {
        "weekly": ("运行周报", "weekly bulletin"),
        "monthly": ("运行月报", "monthly bulletin"),
        "special": ("专项通报", "special bulletin"),
    }
    zh, en = kinds[kind]
    return {
        "issuer": facts["issuer"],
        "number": period["number"] if say.zh else period["text"],
        "title": say(f"{whose}网格化治理{zh}", f"{whose}: {en}"),
        "subtitle": say(
            f"统计期 {period['start']} 至 {period['last']}", f"period {period['start']} to {period['last']}"
        ),
        "date": facts["date_zh"] if say.zh else facts["date"],
    }


def _figure(one: Mapping[str, Any], say: Say) -> dict[str, str]:
    return {
        "label": say.name(one),
        "value": value_text(one["value"], one["unit"], say),
        "change": change_text(one["value"], one["before"], one["unit"], say),
    }


def _overview(facts: Facts, say: Say) -> list[str]:
    now, before = facts["totals"], facts["totals_before"]
    whose = say.name(facts["unit"]) if facts["unit"] else say("全区", "the district")

    def n(measure: str) -> str:
        return f"{now[measure]:,}"

    words = [
        say(
            f"本期{whose}共受理各类事项 {n('submitted')} 件"
            f"（{change_text(now['submitted'], before['submitted'], 'count', say)}），"
            f"其中随手处置 {n('on_the_spot')} 件；办结 {n('closed')} 件，其中按期办结 {n('closed_in_time')} 件。"
            f"到期承诺 {n('due')} 项，兑现 {n('due_kept')} 项，超期 {n('overdue')} 项。",
            f"{n('submitted')} matters came to {whose} "
            f"({change_text(now['submitted'], before['submitted'], 'count', say)}), {n('on_the_spot')} of them settled "
            f"on the spot; {n('closed')} were closed, {n('closed_in_time')} in time. Of {n('due')} promises that fell "
            f"due, {n('due_kept')} were kept and {n('overdue')} were not.",
        ),
        say(
            f"退单 {n('sent_back')} 次，二次派遣 {n('redispatched')} 次，返工 {n('rework')} 次，"
            f"重办 {n('reopened')} 件，提级 {n('escalated')} 次；吹哨 {n('whistles')} 次，"
            f"应报到 {n('report_due')} 次，按期报到 {n('report_met')} 次。",
            f"Sent back {n('sent_back')} times, sent out again {n('redispatched')}, done over {n('rework')}, reopened "
            f"{n('reopened')}, taken up the ladder {n('escalated')}; {n('whistles')} whistles, {n('report_met')} of "
            f"{n('report_due')} report-ins in time.",
        ),
    ]
    worse = [one for one in facts["indicators"] if one.get("worse")]
    better = [one for one in facts["indicators"] if one.get("improved")]
    if better:
        names = say("、", ", ").join(say.name(one) for one in better)
        words.append(say(f"与上期相比明显好转：{names}。", f"Clearly better than the period before: {names}."))
    if worse:
        names = say("、", ", ").join(say.name(one) for one in worse)
        words.append(say(f"与上期相比明显变差：{names}。", f"Clearly worse than the period before: {names}."))
    if not better and not worse:
        words.append(
            say(
                "各项指标与上期的差异均未超出偶然波动的范围。",
                "No indicator differs from the period before by more than chance allows.",
            )
        )
    return words


def _trends(facts: Facts, say: Say) -> list[Block]:
    table: Block = {
        "type": "table",
        "caption": say("主要指标", "Main indicators"),
        "columns": _columns(
            say("指标", "Indicator"), say("本期", "Now"), say("分子", "Counted"), say("分母", "Out of"),
            say("区间", "Interval"), say("上期", "Before"), say("去年同期", "Year ago"), wide=(4,),
        ),
        "rows": [
            [
                say.label(one),
                toned(value_text(one["value"], one["unit"], say), one["value"], "bad" if one.get("worse") else ""),
                _count(one["numerator"]),
                _count(one["denominator"]),
                interval(one, say),
                *(toned(value_text(one[then], one["unit"], say), one[then], "") for then in ("before", "year_ago")),
            ]
            for one in facts["indicators"]
        ],
        "notes": [
            say("红色加*：明显差于上期。区间为95%置信区间。", "Red, with *: clearly worse than before. 95% intervals.")
        ],
    }  # fmt: skip
    lines: list[Block] = [
        {
            "type": "lines",
            "caption": say(f"近 {len(labels)} 期{one['name']}", f"{say.name(one)} over {len(labels)} periods"),
            "unit": "%" if one["unit"] == "percent" else "",
            "digits": 1 if one["unit"] == "percent" else 0,
            "from_zero": one["unit"] != "percent",
            "labels": labels,
            "series": [{"name": say.name(one), "values": values}],
            "notes": [],
        }
        for one in facts["series"][:MOST_TRENDS]
        for labels, values in [_since_first(one)]
        if sum(value is not None for value in values) > 1
    ]
    return [table, *lines]


def _since_first(series: Mapping[str, Any]) -> tuple[list[str], list[float | None]]:
    """From the first period that has a figure: a young district's chart is not mostly empty."""
    begun = next((at for at, value in enumerate(series["values"]) if value is not None), 0)
    return series["labels"][begun:], series["values"][begun:]


def _columns(first: str, *others: str, wide: Sequence[int] = ()) -> list[Block]:
    return [{"name": first, "wide": True, "number": False}] + [
        {"name": one, "wide": at in wide, "number": True} for at, one in enumerate(others, start=1)
    ]


def _count(value: float | None) -> Any:
    return DASH if value is None else {"text": f"{value:,.0f}", "value": value}


def league_heading(league: Mapping[str, Any], say: Say) -> str:
    return say(f"{league['kind_name']}考核结果", f"Results: {league['kind_name_en']}")


def _league_words(league: Mapping[str, Any], say: Say) -> list[str]:
    words = [
        say(
            "名次以区间表示：差异不足以排除偶然的单位名次区间重叠，不分先后，同区间内按名称排列。",
            "Ranks are bands: units whose difference may be chance share them, and stand in the order of their names.",
        )
    ]
    if league["unranked"]:
        names = say("、", ", ").join(league["unranked"])
        words.append(say(f"样本不足、不作排名：{names}。", f"Too few matters to be ranked: {names}."))
    if silent := [row["name"] for row in league["rows"] if _is_silent(row, league)]:
        names = say("、", ", ").join(silent)
        words.append(say(f"本期没有可计的事项：{names}。", f"Nothing to count in this period: {names}."))
    if league["reviewed"]:
        names = say("、", ", ").join(league["reviewed"])
        words.append(say(f"数据经核查属实存在异常：{names}。", f"Figures found not to be as they should: {names}."))
    return words


def _is_silent(row: Mapping[str, Any], league: Mapping[str, Any]) -> bool:
    """Neither a score nor a figure; a count of none is no figure."""
    counts = {one["code"] for one in league["indicators"] if one["unit"] == "count"}
    found = (cell["value"] or None if code in counts else cell["value"] for code, cell in row["cells"].items())
    return row["score"] is None and all(value is None for value in found)


def _league_tables(league: Mapping[str, Any], say: Say) -> list[Block]:
    """Of the units that have a figure; none where nobody has."""
    told = [row for row in league["rows"] if not _is_silent(row, league)]
    scored = [row for row in told if row["score"] is not None and row.get("low") is not None]
    chart = [_ranks(league, scored, say)] if len(scored) > 1 else []
    return [*chart, _league_table(league, told, say)] if told else []


def _ranks(league: Mapping[str, Any], scored: Sequence[Mapping[str, Any]], say: Say) -> Block:
    """Scores as points on their intervals, from the ten below the lowest to the ten above the highest."""
    low, high = min(row["low"] for row in scored), max(row["high"] for row in scored)
    return {
        "type": "ranks",
        "caption": say(f"{league['kind_name']}得分及其区间", f"Scores of {league['kind_name_en']}, with intervals"),
        "from": max(0, int(low // 10) * 10),
        "to": min(100, -int(-high // 10) * 10),
        "rows": [
            {
                "label": row["name"],
                "value": row["score"],
                "low": row["low"],
                "high": row["high"],
                "text": say(f"{row['score']:.1f}（{band(row['band'])}）", f"{row['score']:.1f} ({band(row['band'])})"),
                "marked": row["name"] == league.get("mine"),
            }
            for row in scored
        ],
        "notes": [
            say(
                "点为得分，线为95%置信区间，括号内为名次区间；线段重合的单位，差异可能出于偶然。",
                "The point is the score, the line its 95% interval, in brackets the rank band; where lines overlap the "
                "difference may be chance.",
            )
        ],
    }


def _league_table(league: Mapping[str, Any], told: Sequence[Mapping[str, Any]], say: Say) -> Block:
    scored = league["scheme"] is not None
    heads = [say("单位", "Unit")]
    if scored:
        heads += [say("得分", "Score"), say("名次区间", "Rank band")]
    heads += [say.label(one) for one in league["indicators"]]
    rows = []
    for row in told:
        name = row["name"]
        cells: list[Any] = [{"text": name, "tone": "own"} if name == league.get("mine") else name]
        if scored:
            score = row["score"]
            cells.append(DASH if score is None else {"text": f"{score:.1f}", "value": round(score, 1)})
            cells.append(band(row["band"]))
        for one in league["indicators"]:
            cell = row["cells"].get(one["code"])
            value = cell["value"] if cell else None
            tone = "faint" if cell and cell.get("few") else "bad" if cell and cell.get("worse") else ""
            cells.append(toned(value_text(value, one["unit"], say), value, tone))
        rows.append(cells)
    notes = [
        say(
            "红色加*：明显差于平均；灰色加括号：件数不足，仅供参考。",
            "Red, with *: clearly worse than the average; grey, in brackets: too few matters, for information only.",
        )
    ]
    if scored:
        notes.append(
            say(
                f"计分办法：{league['scheme']['name']}（第{league['scheme']['version']}版）。",
                f"Scored by “{say.name(league['scheme'])}” ({league['scheme']['version']}).",
            )
        )
    caption = say(f"{league['kind_name']}考核结果", f"Results of {league['kind_name_en']}")
    return {"type": "table", "caption": caption, "columns": _columns(*heads), "rows": rows, "notes": notes}


def _matters(facts: Facts, say: Say) -> Block:
    return {
        "type": "table",
        "caption": say("各类事项", "By kind of matter"),
        "columns": _columns(say("类别", "Kind"), say("受理", "Came in"), say("办结", "Closed"), say("超期", "Late")),
        "rows": [
            [say.name(one), _count(one["submitted"]), _count(one["closed"]), _count(one["overdue"])]
            for one in facts["matters"]
        ],
        "notes": [],
    }


def _five_words(facts: Facts, say: Say) -> list[str]:
    n = facts["five_steps"]["matters"]
    return [
        say(
            f"本期结束吹哨 {n} 件。街道呼叫、工单流转、部门响应、办结反馈、考核评价五步计分，一事一考，下为平均分。",
            f"{n} whistles ended. Call, orders, response, result and appraisal are each scored, whistle by whistle; "
            "these are the means.",
        )
    ]


def _five(facts: Facts, say: Say) -> Block:
    sides = {"responder": say("应哨", "called"), "caller": say("吹哨", "caller")}
    heads = (
        say("单位", "Unit"), say("角色", "Part"), say("事项", "Matters"), say("平均分", "Mean"),
        say("区间", "Interval"), say("名次区间", "Rank band"),
    )  # fmt: skip
    return {
        "type": "table",
        "caption": say("一事一考", "Whistles, step by step"),
        "columns": _columns(*heads),
        "rows": [
            [
                row["name"],
                sides[row["side"]],
                _count(row["matters"]),
                {"text": f"{row['mean']:.1f}", "value": row["mean"]},
                DASH if row["low"] is None else f"{row['low']:.1f}–{row['high']:.1f}",
                band(row["band"]),
            ]
            for row in facts["five_steps"]["rows"]
        ],
        "notes": [],
    }


def _review(facts: Facts, say: Say) -> tuple[list[str], list[Block]]:
    review = facts["review"]
    words = [
        say(
            f"本期登记核减 {len(review['exclusions'])} 件，申诉 {review['appeals']['made']} 件"
            f"（成立 {review['appeals']['upheld']} 件），数据异常提示 {review['alarms']['raised']} 条"
            f"（核实 {review['alarms']['confirmed']} 条，说明属实 {review['alarms']['explained']} 条，"
            f"待核 {review['alarms']['open']} 条）。",
            f"{len(review['exclusions'])} matters excluded, {review['appeals']['made']} appeals "
            f"({review['appeals']['upheld']} upheld), {review['alarms']['raised']} figures looked odd "
            f"({review['alarms']['confirmed']} confirmed, {review['alarms']['explained']} explained, "
            f"{review['alarms']['open']} open).",
        )
    ]
    if not review["exclusions"]:
        return words, []
    pick: Callable[[Mapping[str, Any]], list[Any]] = lambda one: [  # noqa: E731  # the row of one exclusion
        one["unit"], one["number"], say.name(one["reason"]), _which(one, facts, say), one["from"],
    ]  # fmt: skip
    table: Block = {
        "type": "table",
        "caption": say("核减登记簿", "Register of exclusions"),
        "columns": [
            {**column, "number": False}
            for column in _columns(
                say("单位", "Unit"), say("案件编号", "Case"), say("理由", "Reason"), say("涉及指标", "Indicators"),
                say("所属时段", "Counted from"),
            )
        ],
        "rows": [pick(one) for one in review["exclusions"]],
        "notes": [],
    }  # fmt: skip
    return words, [table]


def _which(one: Mapping[str, Any], facts: Facts, say: Say) -> str:
    names = {each["code"]: say.name(each) for each in facts["indicators"]}
    return say("、", ", ").join(names.get(code, code) for code in one["indicators"]) or say("全部", "all")


def _notes(facts: Facts, say: Say) -> list[str]:
    notes = [
        say(
            "按统计期内各日的区划和承办归属统计；其后重办、补录的，另出新版说明，不改动本版。",
            "Counted under the division and the responsible units of each day; later changes make another version.",
        ),
        say(
            "按单位考核，不对个人排名。指标口径见“考核评价”说明。",
            "Units are appraised, people are not ranked. How each figure is made is told in the documentation.",
        ),
    ]
    if facts["unconfirmed"]:
        notes.append(
            say(
                "本期所用指标、权重为示例口径，待区级确认。",
                "The indicators and weights used are examples that the district has yet to confirm.",
            )
        )
    return notes
