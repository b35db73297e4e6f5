"""How a source is named at a figure: who published it, and what was seen of it.

A mirror is named as what it is, a copy (转载), with the place where it was seen; an unofficial
source is marked too. What the publisher's own site or a newspaper says stands plain. The sources
page has the rest: title, date, whole address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import pandas as pd

from yuebao import words
from yuebao.tables import Tables

MIRROR, UNOFFICIAL = "转载", "非正式"
MARKS = {"mirror": MIRROR, "unofficial": UNOFFICIAL}  # by grade of trust; what is not listed stands plain
FEW = 2  # sources: so many are each told with where they were seen; more would be a wall of addresses
MOST = 6  # publishers a line names
# Some publishers are listed with the mark in their name: 未载明（转载，引公安部）.
_OWN_MARK = re.compile(r"（转载[，,；、]?")


class Cited(NamedTuple):
    """A source as a figure names it. ``seen``: where the copy was read, empty where that has no address."""

    source_id: str
    publisher: str
    grade: str = ""
    seen: str = ""

    @property
    def name(self) -> str:
        """The publisher, without a mark of its own."""
        return _OWN_MARK.sub("（", self.publisher).replace("（）", "")

    @property
    def mark(self) -> str:
        """转载 or 非正式; empty where the source stands plain."""
        return MARKS.get(self.grade, "")

    @property
    def remark(self) -> str:
        """What follows the name in brackets: 转载，见于 example.com."""
        if self.mark == MIRROR:
            space = " " if self.seen.isascii() else ""
            return f"{MIRROR}，见于{space}{self.seen}" if self.seen else f"{MIRROR}，所见之处没有网址"
        return self.mark

    @property
    def words(self) -> str:
        """The source in words: 新华社（转载，见于 example.com）."""
        return self._marked(self.remark)

    @property
    def brief(self) -> str:
        """The same without where it was seen: 新华社（转载）."""
        return self._marked(self.mark)

    def _marked(self, remark: str) -> str:
        if not remark:
            return self.name
        head = f"{self.name[:-1]}；" if self.name.endswith("）") else f"{self.name}（"
        return f"{head}{remark}）"


def host(url: object) -> str:
    """The host of an address, without ``www.``; empty where there is none."""
    if words.missing(url):
        return ""
    address = str(url)
    try:
        found = urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:
        return ""
    return (found or "").removeprefix("www.")


def _seen(place: object, url: object) -> str:
    """Where a copy was read: the place the list names, else the host of its address."""
    return host(url) if words.missing(place) else str(place)


def of_row(row: pd.Series) -> Cited:
    """The source of a labelled row."""
    seen = _seen(row["source_seen_at"], row["source_url"])
    return Cited(str(row["source_id"]), str(row["source_publisher"]), str(row["grade_of_trust"]), seen)


def known(tables: Tables) -> dict[str, Cited]:
    """Every source of the list, by its id; none where there is no list."""
    if "sources" not in tables.lists:
        return {}
    listed = tables.lists["sources"]
    rows = zip(*(listed[c] for c in ("source_id", "publisher", "grade", "seen_at", "url")), strict=True)
    return {
        str(i): Cited(str(i), str(publisher), str(grade), _seen(place, url))
        for i, publisher, grade, place, url in rows
    }


def together(sources: Sequence[Sequence[str]], shown: Callable[[Cited, str], str] | None = None) -> str:
    """Several sources in one line: 公安部、新华社；转载：人民网、湖北日报.

    ``sources``: the parts of ``Cited``; ``shown`` makes of a source and its words what is printed.
    Each publisher stands once, or twice where both its own page and a copy were seen.
    """
    shown = shown or (lambda _, said: said)
    distinct: dict[tuple[str, str], Cited] = {}
    for source in sources:
        cited = Cited(*source)
        distinct.setdefault((cited.name, cited.mark), cited)
    every = list(distinct.values())
    if len(every) <= FEW:
        return "、".join(shown(cited, cited.words) for cited in every)
    # Of each kind one is named, whatever is cut: a line never looks better sourced than it is.
    first = list({cited.mark: cited for cited in reversed(every)}.values())
    named = [*first, *(cited for cited in every if cited not in first)][:MOST]
    groups = []
    for mark in ("", *MARKS.values()):
        names = [shown(cited, cited.name) for cited in every if cited in named and cited.mark == mark]
        if names:
            groups.append((f"{mark}：" if mark else "") + "、".join(names))
    count = len({cited.name for cited in every})
    if len(every) <= MOST:
        return "；".join(groups)
    return "；".join(groups) + (f"；共{count}家" if len(groups) > 1 else f"等{count}家")
