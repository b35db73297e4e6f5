"""Where the header of a sheet is, which columns it names, and in which units.

A header is one row, or up to three: a group above, the name, a unit below. What
stands above it is the title. The header is the row, or the rows, that name the
most columns of the dataset.

**Units.** A unit in the header of a numeric column — 数值（万元）, value (万台),
金额：万元, the unit in a row of its own, or 单位：万元 above the table — multiplies
the column exactly: 百 10^2, 千 10^3, 万 10^4, 百万 10^6, 千万 10^7, 亿 10^8,
万亿 10^12 (also 十万, 十亿, 百亿, 千亿). What follows must be the base unit, and each
row's measure must be counted in it. A unit in a cell is never read.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from decimal import Decimal

from yuebao.cells import Merge
from yuebao.codes import folded
from yuebao.schema import Column, Dataset

WITHIN = 30  # rows that hold text, among which the header is looked for
DEPTH = 3
SCALES = {
    word: Decimal(10) ** power
    for word, power in (
        *(("万亿", 12), ("千亿", 11), ("百亿", 10), ("十亿", 9), ("亿", 8), ("千万", 7), ("百万", 6)),
        *(("十万", 5), ("万", 4), ("千", 3), ("百", 2)),
    )
}
# What else a clerk calls a column. 金额 and 数量 say what is counted only with a unit.
ALIASES = {
    "area_code": ("地区", "行政区划代码"),
    "measure": ("指标名称",),
    "category": ("分类名称",),
}
NEEDS_UNIT = {"value": ("金额", "数量")}
SPOKEN_UNIT = re.compile(r"(?<![报送编制表主管协办护任])(?:计量)?单位[:为](\S+)")


@dataclass(frozen=True)
class Unit:
    """A unit as a header writes it: how much one is, of which base unit (folded)."""

    factor: Decimal
    base: str
    text: str


@dataclass(frozen=True)
class Place:
    """What one column of the sheet holds."""

    column: Column
    unit: Unit | None = None


@dataclass
class Header:
    """A header: its first and last row, what each column of the sheet holds, what is not known."""

    first: int
    last: int
    places: dict[int, Place] = field(default_factory=dict)
    unknown: dict[int, str] = field(default_factory=dict)
    twice: list[Column] = field(default_factory=list)

    def names(self) -> set[str]:
        """The dataset's columns this header names."""
        return {place.column.name for place in self.places.values()}


class Names:
    """What the columns of a dataset may be called, and the units they may be told in."""

    def __init__(self, dataset: Dataset, units: dict[str, set[str]]):
        self.dataset = dataset
        self.known: dict[str, Column] = {}
        self.with_unit: dict[str, Column] = {}
        self.own_unit: dict[str, str] = {}
        self.bases = {name for names in units.values() for name in names}
        for column in dataset.columns:
            title = re.sub(r"[（(].*[）)]$", "", column.title)
            for word in ALIASES.get(column.name, ()):
                self.known.setdefault(folded(word), column)
            for word in NEEDS_UNIT.get(column.name, ()):
                self.with_unit.setdefault(folded(word), column)
            if title != column.title:
                self.with_unit.setdefault(folded(title), column)
                self.known.setdefault(folded(title), column)
                self.own_unit[column.name] = folded(column.title[len(title) + 1 : -1])
        for column in dataset.columns:
            for word in (column.name, column.title, column.title_en):
                self.known[folded(word)] = column
        self.bases |= set(self.own_unit.values())
        self.needed = {c.name for c in dataset.columns if c.required or c.name in dataset.key}
        self._units: dict[str, Unit | None] = {}
        self._places: dict[str, Place | None] = {}

    def unit(self, text: str) -> Unit | None:
        """``text`` as a unit, with or without brackets: 万元, （亿元）, 元."""
        if text not in self._units:
            self._units[text] = self._unit(text)
        return self._units[text]

    def _unit(self, text: str) -> Unit | None:
        plain = re.sub(r"^\((.+)\)$", r"\1", folded(text))
        plain = re.sub(r"^(?:计量)?单位[:为]", "", plain)
        if plain in self.bases:
            return Unit(Decimal(1), plain, text)
        for word, factor in SCALES.items():
            if plain.startswith(word) and plain.removeprefix(word) in self.bases:
                return Unit(factor, plain.removeprefix(word), text)
        return None

    def match(self, text: str) -> Place | None:
        """The column a header cell names, with its unit where it tells one."""
        if text not in self._places:
            self._places[text] = self._match(text)
        return self._places[text]

    def _match(self, text: str) -> Place | None:
        plain = folded(text)
        if plain in self.known:
            return Place(self.known[plain])
        split = re.fullmatch(r"(.+?)\((?:单位:)?([^()]+)\)", plain) or re.fullmatch(
            r"(.+?),?(?:单位)?[:/](.+)", plain
        )
        if split:
            column = self.with_unit.get(split[1]) or self.known.get(split[1])
            unit = self.unit(split[2])
            if column and unit and column.type in ("number", "integer"):
                return Place(column, unit)
        return None

    def near(self, text: str) -> str:
        """A column that is called nearly so, as an error names it; empty where there is none."""
        close = difflib.get_close_matches(folded(text), self.known, n=1, cutoff=0.6)
        return self.known[close[0]].spoken if close else ""


def filled(rows: list[list[str]], merges: list[Merge]) -> tuple[list[list[str]], set[tuple[int, int]]]:
    """Rows with the text of each merged range in all its cells, and the cells right of its first."""
    out = [list(row) for row in rows]
    right_of: set[tuple[int, int]] = set()
    for top, left, bottom, right in merges:
        if top >= len(out) or left >= len(out[top]):
            continue
        text = out[top][left]
        for number, row in enumerate(out[top : bottom + 1], start=top):
            row.extend([""] * (right + 1 - len(row)))
            row[left : right + 1] = [text] * (right + 1 - left)
            right_of |= {(number, column) for column in range(left + 1, right + 1)}
    return out, right_of


def _place(labels: list[str], names: Names) -> Place | None:
    """What the labels above one another in one column name together."""
    found: Place | None = None
    unit: Unit | None = None
    for label in labels:  # the lowest name counts: what stands above it is a group
        found = names.match(label) or found
        unit = names.unit(label) or unit
    if found is None and len(labels) > 1:
        found = names.match("".join(labels))
    if found is None:
        for label in labels:
            column = names.with_unit.get(folded(label))
            found = Place(column) if column and unit else found
    if found and unit and not found.unit and found.column.type in ("number", "integer"):
        return Place(found.column, unit)
    return found


def _candidate(
    rows: list[list[str]], block: list[int], names: Names, right_of: set[tuple[int, int]]
) -> Header | None:
    width = max(len(rows[number]) for number in block)
    header = Header(block[0], block[-1])
    for column in range(width):
        labels = [rows[n][column] for n in block if column < len(rows[n]) and rows[n][column]]
        labels = list(dict.fromkeys(labels))
        if not labels or (block[-1], column) in right_of:
            continue
        if any(SPOKEN_UNIT.search(folded(rows[n][column])) for n in block[:-1] if column < len(rows[n])):
            return None  # 单位：万元 speaks of the whole table
        bottom = rows[block[-1]][column] if column < len(rows[block[-1]]) else ""
        if len(block) > 1 and bottom and not (names.match(bottom) or names.unit(bottom)):
            return None  # a row of data is no part of a header
        place = _place(labels, names)
        if place is None:
            header.unknown[column] = labels[-1]
        elif place.column.name in header.names():
            header.twice.append(place.column)
        else:
            header.places[column] = place
    return header


def find(rows: list[list[str]], merges: list[Merge], names: Names) -> Header | None:
    """The header that names the most columns; of equals the one of fewest rows, then the first."""
    rows, right_of = filled(rows, merges)
    written = [number for number, row in enumerate(rows) if any(row)][:WITHIN]
    best: tuple[tuple[int, int, int, int], Header] | None = None
    for start in range(len(written)):
        for depth in range(1, DEPTH + 1):
            block = written[start : start + depth]
            if len(block) < depth or block[-1] - block[0] != depth - 1:
                break
            header = _candidate(rows, block, names, right_of)
            if header is None or len(header.places) < (2 if header.unknown else 1):
                continue  # a single word that is also a column's name makes no header
            units = sum(place.unit is not None for place in header.places.values())
            rank = (len(header.places), units, -depth, -start)
            if best is None or rank > best[0]:
                best = (rank, header)
        if best and start >= written.index(best[1].last) and _complete(best[1], names):
            break  # what follows is data
    return best[1] if best else None


def _complete(header: Header, names: Names) -> bool:
    return not header.unknown and not header.twice and names.needed <= header.names()


def unit_above(rows: list[list[str]], names: Names) -> tuple[Unit | None, str]:
    """The unit that stands above (or below) a table, and a text that names one not understood."""
    unit: Unit | None = None
    for row in rows:
        for text in dict.fromkeys(row):
            plain = folded(text)
            said = SPOKEN_UNIT.search(plain)
            found = names.unit(said[1].rstrip(")")) if said else names.unit(text)
            if found and (said or found.factor != 1):
                if unit and (unit.factor, unit.base) != (found.factor, found.base):
                    return None, text
                unit = found
            elif re.search(r"[百千万亿]", said[1] if said else "") or re.search(
                r"\([^()]*[百千万亿](?:" + "|".join(map(re.escape, sorted(names.bases))) + r")\)", plain
            ):
                return None, text
    return unit, ""
