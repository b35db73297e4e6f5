"""The schema's rules held against rows in plain Python.

Great Expectations is the judge of good returns. Where a return cannot be read it is
not asked, yet all that is wrong should be told at once: then these checks speak. The
words for a repeated key and an unknown code are used by both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from yuebao import words
from yuebao.codes import Codes
from yuebao.faults import Fault
from yuebao.schema import Column, Dataset
from yuebao.values import holds_dates, period_fault


class Rows(Protocol):
    """What of a part of a return is looked at; see ``returns.Part``."""

    dataset: Dataset
    place: str
    numbers: list[int]
    columns: dict[str, list[object]]
    bad: set[tuple[int, str]]


def _cell_fault(column: Column, value: object, codes: Codes, dataset: Dataset) -> tuple[str, str]:
    """``(what, mend)`` of a value that was read; empty where it keeps the schema's rules."""
    if words.missing(value):
        return (f"{column.title}必填，此格是空的", "请补填") if column.required else ("", "")
    text = words.plain(value) if isinstance(value, (int, float)) else str(value)
    listed = codes.of(dataset, column)
    if listed is not None and text not in listed.labels:
        return f"没有“{text}”这个代码", listed.mend(text)
    if column.pattern and not re.fullmatch(column.pattern, text):
        return f"“{text}”不符合格式", f"请改成 {column.description}"
    if holds_dates(column) and (fault := period_fault(text)):
        return fault.what, fault.mend
    low, high = column.minimum, column.maximum
    if isinstance(value, (int, float)) and (
        (low is not None and value < low) or (high is not None and value > high)
    ):
        return f"“{text}”不在合理范围内", f"请核对；允许 {low} 至 {high}"
    return "", ""


def _cells(part: Rows, codes: Codes) -> Iterator[Fault]:
    for column in part.dataset.columns:
        kept: dict[object, tuple[str, str]] = {}
        for number, value in zip(part.numbers, part.columns.get(column.name, ()), strict=False):
            if (number, column.name) in part.bad:
                continue
            if value not in kept:
                kept[value] = _cell_fault(column, value, codes, part.dataset)
            what, mend = kept[value]
            if what:
                yield Fault(part.place, number, column.spoken, what, mend)


def twin(values: dict[str, Any], other: dict[str, Any], place: str) -> tuple[str, str]:
    """What to say of a row whose key another row at ``place`` has too, and how to mend it."""
    differ = [n for n in values if _plain(values[n]) != _plain(other.get(n))]
    if not differ:
        return f"与 {place} 的主键和内容都相同", "请删去其中一行"
    told = "、".join(f"{n} 为“{_plain(values[n])}”与“{_plain(other.get(n))}”" for n in differ[:3])
    return f"与 {place} 的主键相同而内容不同（{told}）", "请核对后只留一行，或改正其主键"


def _plain(value: object) -> str:
    return "" if words.missing(value) else str(value)


def _twins(parts: Sequence[tuple[str, Rows]]) -> Iterator[Fault]:
    """Rows of one month that have one key; each is told with the row it repeats."""
    seen: dict[tuple[object, ...], list[tuple[Rows, int]]] = {}
    for month, part in parts:
        key = part.dataset.key
        if not key or not set(key) <= set(part.columns):
            continue
        for index, number in enumerate(part.numbers):
            if not any((number, name) in part.bad for name in key):
                values = tuple(part.columns[name][index] for name in key)
                seen.setdefault((month, part.dataset.name, *values), []).append((part, index))
    for rows in seen.values():
        for at, (part, index) in enumerate(rows if len(rows) > 1 else ()):
            other, other_index = rows[0 if at else 1]
            place = f"{other.place}:{other.numbers[other_index]}"
            mine = {name: held[index] for name, held in part.columns.items()}
            theirs = {name: held[other_index] for name, held in other.columns.items()}
            what, mend = twin(mine, theirs, place)
            yield Fault(part.place, part.numbers[index], "、".join(part.dataset.key), what, mend)


def faults(parts: Iterable[tuple[str, Rows]], codes: Codes) -> list[Fault]:
    """Every rule of the schemas that rows which could be read break. ``parts``: month, rows."""
    held = list(parts)
    return [*(fault for _, part in held for fault in _cells(part, codes)), *_twins(held)]
