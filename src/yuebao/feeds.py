"""Atom feeds of the editions and of the revisions, and the site's map."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd

from yuebao import attribution, calendar, corrections, digests, words
from yuebao.tables import Tables

EDITIONS, REVISIONS = "editions.atom", "revisions.atom"
FIGURE = ("area_code", "period", "measure", "category")
MOST = 100  # entries of a feed, the newest first


def alternates() -> list[dict[str, str]]:
    """The feeds as the head of a page names them."""
    return [{"title": "湖北月报：各期", "href": EDITIONS}, {"title": "湖北月报：更正", "href": REVISIONS}]


def write(tables: Tables, html: Path, base: str = "") -> None:
    """The two feeds at the root of the finished site, and its map where it has an address."""
    (html / EDITIONS).write_text(editions(tables, base), encoding="utf-8")
    (html / REVISIONS).write_text(revisions(tables, base), encoding="utf-8")
    if base:
        pages = [p.name for p in html.glob("*.html") if p.name not in ("404.html", "search.html")]
        issued = calendar.dates_of(tables).issued
        (html / "sitemap.xml").write_text(sitemap(pages, base, issued), encoding="utf-8")


def _feed(tables: Tables, name: str, title: str, base: str) -> Any:
    from feedgen.feed import FeedGenerator

    feed = FeedGenerator()
    feed.id(f"urn:yuebao:{name}")
    feed.title(f"湖北月报：{title}")
    feed.language("zh-CN")
    feed.author({"name": "湖北月报"})
    feed.rights("CC BY 4.0")
    feed.link(href=f"{base}{name}", rel="self", type="application/atom+xml")
    feed.link(href=f"{base}index.html", rel="alternate", type="text/html")
    feed.updated(calendar.dates_of(tables).updated)
    return feed


def _text(feed: Any) -> str:
    return str(feed.atom_str(pretty=True).decode("utf-8"))


def _base(base: str) -> str:
    return f"{base.rstrip('/')}/" if base else ""


def editions(tables: Tables, base: str = "") -> str:
    """One entry an edition that was released, and this one. ``base``: the site's address, if it has one.

    An entry has a day of publication only where its edition's is known, and not by the plan.
    """
    base = _base(base)
    feed = _feed(tables, EDITIONS, "各期", base)
    for month in sorted({*calendar.released(tables), tables.edition}, reverse=True)[:MOST]:
        dates = calendar.dates_of(tables, month)
        brought = sum(int((rows["_edition"] == month).sum()) for rows in tables.rows.values())
        entry = feed.add_entry(order="append")
        entry.id(f"urn:yuebao:edition:{month}")
        entry.title(f"湖北月报 {words.period(month)}期")
        entry.updated(dates.updated)
        if dates.released:
            entry.published(dates.released)
        here = "index.html" if month == tables.edition else f"editions/{month}/index.html"
        entry.link(href=f"{base}{here}", rel="alternate", type="text/html")
        entry.summary(f"{dates.spoken}。新进 {brought} 行数据。固定的下载文件在 data/{month}/。")
    return _text(feed)


def revisions(tables: Tables, base: str = "") -> str:
    """One entry a corrected or withdrawn figure, with what it was and what it is, the newest first."""
    base, cited = _base(base), attribution.known(tables)
    feed = _feed(tables, REVISIONS, "更正", base)
    for _, row in corrections.rows(tables).head(MOST).iterrows():
        entry = feed.add_entry(order="append")
        key = [str(row[name]) for name in ("dataset", *FIGURE, "source_id")]
        entry.id(f"urn:yuebao:revision:{row['edition']}:{digests.of_values(*key)[:16]}")
        period = "" if words.missing(row["period"]) else words.period(str(row["period"]))
        measure = "" if words.missing(row["measure_zh"]) else str(row["measure_zh"])
        what = f"{row['area_zh']}{period}{measure}"
        entry.title(f"{corrections.KINDS[row['kind']]}：{what}")
        entry.updated(calendar.dates_of(tables, str(row["edition"])).updated)
        old, new = _told(row["old"], row["old_qualifier"], row), _told(row["new"], row["qualifier"], row)
        now = "来源已撤回" if row["kind"] == "withdrawn" else f"现为{new}"
        entry.summary(f"{what}：原为{old}，{now}。来源：{cited[str(row['source_id'])].words}。")
        entry.link(href=f"{base}corrections.html", rel="alternate", type="text/html")
    return _text(feed)


def _told(value: object, qualifier: object, row: pd.Series) -> str:
    """A value in words; of a register, the cells as they are."""
    if isinstance(value, str):
        return value
    unit = "" if words.missing(row["unit_zh"]) else str(row["unit_zh"])
    said = "exact" if words.missing(qualifier) else str(qualifier)
    return words.amount(value, unit, said)  # type: ignore[arg-type]


def sitemap(pages: list[str], base: str, issued: dt.date | None = None) -> str:
    """The site's map, of pages by their names below ``base``, which must be a full address.

    ``issued``: the day the pages went out, where it is known.
    """
    changed = f"<lastmod>{issued.isoformat()}</lastmod>" if issued else ""
    base = _base(base)
    addresses = [base + ("" if page == "index.html" else page) for page in sorted(pages)]
    lines = [f"<url><loc>{escape(a)}</loc>{changed}</url>" for a in addresses]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n' + "\n".join(lines) + "\n</urlset>\n"
    )
