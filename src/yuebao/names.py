"""The names a reader may type, Chinese or by pinyin, and where each is told: ``search-names.json``."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pypinyin import lazy_pinyin, load_phrases_dict

from yuebao.tables import Tables

FILE = "search-names.json"
KINDS = ("章", "地区", "指标", "树种", "页")
# Read wrongly by the phrase dictionary: two counties, and the tree that is also a singer.
_READINGS = {
    "长阳": [["cháng"], ["yáng"]],
    "曾都": [["zēng"], ["dū"]],
    "朴树": [["pò"], ["shù"]],
}
_TITLE = re.compile(r"<h1[^>]*>(.*?)(?:<a class=\"headerlink\".*?)?</h1>", re.S)
_EXHIBIT = re.compile(r'<figure class="exhibit" id="x-([^"]+)"')
_REGISTER = "trees-register"

load_phrases_dict(_READINGS)


@dataclass(frozen=True)
class Name:
    """A name, its kind (one of KINDS), the address that tells of it, and what stands there."""

    name: str
    kind: str
    place: str
    where: str = ""


def pinyin(name: str) -> tuple[str, str]:
    """Initials and whole pinyin of a name, in small letters and digits; ü is v, as it is typed."""
    syllables = [re.sub("[^a-z0-9]", "", s.lower()) for s in lazy_pinyin(name, v_to_u=False)]
    syllables = [s for s in syllables if s]
    return "".join(s if s.isdigit() else s[0] for s in syllables), "".join(syllables)


class _Site:
    """What a finished site has: its pages' titles, and the page of each exhibit."""

    def __init__(self, folder: Path) -> None:
        self.titles: dict[str, str] = {}
        self.exhibits: dict[str, str] = {}
        for path in sorted(folder.glob("*.html")):
            page = path.read_text(encoding="utf-8")
            title = _TITLE.search(page)
            if "data-pagefind-body" not in page or title is None:
                continue  # the search page itself, and whatever the index leaves out
            self.titles[path.name] = html.unescape(re.sub("<[^>]+>", "", title[1])).strip()
            for name in _EXHIBIT.findall(page):
                self.exhibits.setdefault(name, f"{path.name}#x-{name}")


def _best(attachments: Iterable[dict[str, Any]], column: str, site: _Site) -> dict[str, tuple[str, str]]:
    """Code -> address and title of the exhibit most of whose rows have that code; the earlier on a tie."""
    share: dict[str, float] = {}
    best: dict[str, tuple[str, str]] = {}
    for item in attachments:
        place = site.exhibits.get(item["file"].removesuffix(".csv"))
        if place is None or column not in item["columns"]:
            continue
        at = item["columns"].index(column)
        counts = pd.Series([row[at] for row in item["rows"]], dtype=object).value_counts(normalize=True)
        for code, part in counts.items():
            if part > share.get(str(code), 0):
                share[str(code)], best[str(code)] = float(part), (place, item["title"])
    return best


def _pages(tables: Tables, site: _Site) -> Iterator[Name]:
    for file, title in site.titles.items():
        if file.startswith("area-"):
            continue  # found by the area's name
        chapter = bool(tables.of_chapter(file.removesuffix(".html")))
        yield Name(title, "章" if chapter else "页", file)


def _areas(tables: Tables, best: dict[str, tuple[str, str]], site: _Site) -> Iterator[Name]:
    for _, area in tables.lists["areas"].iterrows():
        own = f"area-{area['area_code']}.html"
        if own in site.titles:
            yield Name(area["name_zh"], "地区", own)
        elif area["area_code"] in best:
            yield Name(area["name_zh"], "地区", *best[area["area_code"]])


def _measures(tables: Tables, best: dict[str, tuple[str, str]], site: _Site) -> Iterator[Name]:
    for _, measure in tables.lists["measures"].iterrows():
        place = best.get(measure["measure"])
        if place is None and "dictionary.html" in site.titles:
            place = (f"dictionary.html#m-{measure['measure']}", site.titles["dictionary.html"])
        if place is not None:
            yield Name(measure["label_zh"], "指标", *place)


def _species(attachments: Iterable[dict[str, Any]], site: _Site) -> Iterator[Name]:
    for item in attachments:
        place = site.exhibits.get(item["file"].removesuffix(".csv"))
        if item["file"] == f"{_REGISTER}.csv" and place is not None:
            at = item["columns"].index("species_zh")
            for species in sorted({row[at] for row in item["rows"] if row[at]}):
                yield Name(species, "树种", place, item["title"])


def collect(tables: Tables, attachments: list[dict[str, Any]], folder: Path) -> list[Name]:
    """Every name the finished site in ``folder`` has a place for, by kind; each name of a kind once."""
    site = _Site(folder)
    found = [
        *_pages(tables, site),
        *_areas(tables, _best(attachments, "area_code", site), site),
        *_measures(tables, _best(attachments, "measure", site), site),
        *_species(attachments, site),
    ]
    once = {(name.kind, name.name): name for name in reversed(found)}
    return sorted(once.values(), key=lambda n: (KINDS.index(n.kind), n.name))


def write(tables: Tables, attachments: list[dict[str, Any]], folder: Path) -> None:
    """Write ``search-names.json``: rows of name, initials, pinyin, kind, address, what stands there."""
    rows = [[n.name, *pinyin(n.name), n.kind, n.place, n.where] for n in collect(tables, attachments, folder)]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    (folder / FILE).write_text(f"[\n{lines}\n]\n", encoding="utf-8")
