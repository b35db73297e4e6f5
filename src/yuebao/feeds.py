"""Atom feeds of the editions and of the revisions, and the site's map."""

from __future__ import annotations

import datetime as dt
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd

from yuebao import calendar, words
from yuebao.tables import Tables

EDITIONS, REVISIONS = "editions.atom", "revisions.atom"
MOST = 100  # entries of a feed, the newest first


def _end(edition: str) -> dt.datetime:
    return dt.datetime.combine(words.month_span(edition)[1], dt.time(23, 59, 59), calendar.beijing())


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
    feed.updated(_end(tables.edition))
    return feed


def _text(feed: Any) -> str:
    return str(feed.atom_str(pretty=True).decode("utf-8"))


def _base(base: str) -> str:
    return f"{base.rstrip('/')}/" if base else ""


def editions(tables: Tables, base: str = "") -> str:
    """One entry an edition that was released, and this one. ``base``: the site's address, if it has one."""
    base = _base(base)
    feed = _feed(tables, EDITIONS, "各期", base)
    released = calendar.released(tables)
    listed = {**released, tables.edition: _end(tables.edition)}
    for month in sorted(listed, reverse=True)[:MOST]:
        brought = sum(int((rows["_edition"] == month).sum()) for rows in tables.rows.values())
        entry = feed.add_entry(order="append")
        entry.id(f"urn:yuebao:edition:{month}")
        entry.title(f"湖北月报 {words.period(month)}期")
        entry.updated(listed[month])
        here = "index.html" if month == tables.edition else f"editions/{month}/index.html"
        entry.link(href=f"{base}{here}", rel="alternate", type="text/html")
        entry.summary(f"新进 {brought} 行数据。固定的下载文件在 data/{month}/。")
    return _text(feed)


def revised(tables: Tables) -> pd.DataFrame:
    """Every revised or withdrawn figure, newest first: labelled rows with ``old`` and ``new``."""
    found = []
    for dataset in tables.datasets.values():
        if dataset.chapter and dataset.is_figures:
            rows = tables.revisions(dataset.name)
            if len(rows):
                found.append(tables._with_labels(rows).assign(_dataset=dataset.name))
    if not found:
        return pd.DataFrame()
    return pd.concat(found).sort_values(["_edition", "_file", "_row"], ascending=False, kind="stable")


def revisions(tables: Tables, base: str = "") -> str:
    """One entry a revised or withdrawn figure, with what it was and what it is."""
    base = _base(base)
    feed = _feed(tables, REVISIONS, "修订", base)
    for _, row in revised(tables).head(MOST).iterrows():
        entry = feed.add_entry(order="append")
        entry.id(f"urn:yuebao:revision:{row['_edition']}:{row['row_id']}")
        what = f"{row['area_zh']}{words.period(row['period'])}{row['measure_zh']}"
        entry.title(f"修订：{what}")
        entry.updated(_end(str(row["_edition"])))
        unit = str(row["unit_zh"])
        entry.summary(f"{what}：原为{words.amount(row['old'], unit)}，现为{words.amount(row['new'], unit)}。")
        entry.link(href=f"{base}corrections.html", rel="alternate", type="text/html")
    return _text(feed)


def sitemap(pages: list[str], base: str, edition: str) -> str:
    """The site's map, of pages by their names below ``base``, which must be a full address."""
    day = words.month_span(edition)[1].isoformat()
    base = _base(base)
    addresses = [base + ("" if page == "index.html" else page) for page in sorted(pages)]
    lines = [f"<url><loc>{escape(a)}</loc><lastmod>{day}</lastmod></url>" for a in addresses]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n' + "\n".join(lines) + "\n</urlset>\n"
    )
