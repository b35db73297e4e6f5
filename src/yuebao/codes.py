"""Codes and the words for them: what a clerk wrote in a coded column, as its code.

A label is taken where it names exactly one code. Where it names several, all are
listed; where it names none, the nearest are.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass, field

import pandas as pd

from yuebao.cells import INVISIBLE
from yuebao.schema import Column, Dataset

# The columns of a code list that say a code in words, the one to show first.
LABELS = {
    "areas": ("name_zh", "short_zh", "name_en"),
    "measures": ("label_zh", "label_en"),
    "categories": ("label_zh", "label_en"),
    "units": ("label_zh", "label_en"),
    "sources": ("title", "url"),
}
# Codes of GB/T 2260 that areas of Hubei had before they were reformed: what it was, today's code.
FORMER = {
    "420400": ("沙市市", "421000"),
    "422100": ("黄冈地区", "421100"),
    "422200": ("孝感地区", "420900"),
    "422300": ("咸宁地区", "421200"),
    "422400": ("荆州地区", "421000"),
    "422600": ("郧阳地区", "420300"),
    "422700": ("宜昌地区", "420500"),
    "429001": ("随州市（省直辖）", "421300"),
    "420121": ("汉阳县", "420114"),
    "420122": ("武昌县", "420115"),
    "420123": ("黄陂县", "420116"),
    "420124": ("新洲县", "420117"),
    "420321": ("郧县", "420304"),
    "420521": ("宜昌县", "420506"),
    "420621": ("襄阳县", "420607"),
    "420821": ("京山县", "420882"),
    "421023": ("监利县", "421088"),
}


def folded(text: str) -> str:
    """Text as it is compared: NFKC, no blanks, no invisible characters, lower case."""
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
    return re.sub(r"\s+", "", plain).casefold()


@dataclass
class CodeList:
    """The codes one column may hold."""

    name: str  # the file the codes are registered in, or empty for the schema's own
    labels: dict[str, str]  # code -> the word to show
    said: dict[str, list[str]] = field(default_factory=dict)  # folded word -> codes it names

    def add(self, word: str, code: str) -> None:
        """``word`` is one more way to say ``code``."""
        named = self.said.setdefault(folded(word), [])
        if code not in named:
            named.append(code)

    def named(self, text: str) -> list[str]:
        """The codes a text names: itself, then by label, then as a number Excel made of it."""
        if text in self.labels:
            return [text]
        plain = folded(text)
        if plain in self.said:
            return self.said[plain]
        if number := re.fullmatch(r"(0|[1-9][0-9]*)(?:\.0+)?", plain):
            return [code for code in self.labels if code.isdigit() and int(code) == int(number[1])]
        return []

    def spoken(self, code: str) -> str:
        """The code as a clerk chooses it: its label where that names it alone."""
        label = self.labels.get(code, "")
        return label if label and self.named(label) == [code] else code

    def with_label(self, code: str) -> str:
        """``code（label）``."""
        label = self.labels[code]
        return f"{code}（{label}）" if label and label != code else code

    def mend(self, text: str) -> str:
        """How to mend a text that names no code here."""
        if self.name == "areas" and text in FORMER:
            was, now = FORMER[text]
            if now in self.labels:
                return f"请改为 {self.with_label(now)}；{text} 是{was}的旧代码"
        near = difflib.get_close_matches(folded(text), self.said, n=6, cutoff=0.6)
        codes = list(dict.fromkeys(code for word in near for code in self.said[word]))[:3]
        listed = "、".join(self.with_label(code) for code in codes)
        if not self.name:
            return f"请改为以下之一：{'、'.join(self.labels)}"
        closest = f"（最接近的是 {listed}）" if listed else ""
        return f"请改正{closest}，或先在 data/{self.name}.csv 中登记"


class Codes:
    """The code lists of a project, as the columns of a dataset refer to them."""

    def __init__(self, lists: dict[str, pd.DataFrame]):
        self.lists = lists
        self._kept: dict[tuple[str, str, str | None], CodeList] = {}
        self.units = self._units()
        measures = lists["measures"] if "measures" in lists else pd.DataFrame()
        self.unit_of: dict[str, str] = {}
        self.kind_of: dict[str, str] = {}
        if len(measures):
            self.unit_of = dict(zip(measures["measure"], measures["unit"], strict=True))
            self.kind_of = dict(zip(measures["measure"], measures["kind"], strict=True))

    def unit_word(self, unit: str) -> str:
        """A unit's Chinese label; empty where it is not known."""
        frame = self.lists.get("units")
        found = [] if frame is None else list(frame.loc[frame["unit"] == unit, "label_zh"])
        return str(found[0]) if found else ""

    def of(self, dataset: Dataset, column: Column) -> CodeList | None:
        """The codes of a column; None where it holds no codes, or their list is not there."""
        if column.enum:
            return _enum(column)
        if column.name not in dataset.refers:
            return None
        resource, target = dataset.refers[column.name]
        if resource not in self.lists:
            return None
        key = (resource, target, dataset.chapter)
        if key not in self._kept:
            self._kept[key] = self._listed(*key)
        return self._kept[key]

    def _listed(self, resource: str, target: str, chapter: str | None) -> CodeList:
        frame = self.lists[resource]
        words = [name for name in LABELS.get(resource, ()) if name in frame]
        listed = CodeList(resource, {})
        for row in frame[[target, *words]].itertuples(index=False, name=None):
            code = str(row[0])
            listed.labels[code] = "" if not words or pd.isna(row[1]) else str(row[1])
            listed.add(code, code)
        # A measure is called by its name only in its own chapter.
        if resource == "measures" and chapter and "chapter" in frame:
            frame = frame[frame["chapter"] == chapter]
        for row in frame[[target, *words]].itertuples(index=False, name=None):
            for word in row[1:]:
                if not pd.isna(word) and folded(str(word)) not in map(folded, (str(row[0]),)):
                    listed.add(str(word), str(row[0]))
        return listed

    def _units(self) -> dict[str, set[str]]:
        """Unit -> the ways to write it, folded."""
        frame = self.lists.get("units")
        if frame is None:
            return {}
        names = [name for name in ("unit", "label_zh", "label_en") if name in frame]
        return {
            str(row[0]): {folded(str(word)) for word in row}
            for row in frame[names].itertuples(index=False, name=None)
        }


def _enum(column: Column) -> CodeList:
    listed = CodeList("", {code: (column.labels.get(code) or ("",))[0] for code in column.enum})
    for code in column.enum:
        for word in (code, *column.labels.get(code, ())):
            listed.add(word, code)
    return listed
