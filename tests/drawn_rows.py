"""What a page's charts draw, read back from their downloads."""

from __future__ import annotations

import pandas as pd

from site_fixtures import Site, figures

AVERAGE, LEFT_OUT, IN_PICTURE = "每月平均", "没有画出的缘由", "图中"


def charted(site: Site, page: str) -> list[str]:
    """The exhibits of a page that are drawn, by the name of their download."""
    return [str(f["id"]).removeprefix("x-") for f in figures(site.page(page)) if f.select_one(".chart svg")]


def average(rows: pd.DataFrame) -> str | None:
    """The column of monthly averages, where an exhibit draws these."""
    return next((str(c) for c in rows.columns if str(c).startswith(AVERAGE)), None)


def drawn_rows(site: Site, name: str) -> pd.DataFrame:
    """The rows of an exhibit's download that its chart draws, with numbers as numbers."""
    rows = site.table(name).replace("", None)
    for column in ("value", "change_pct"):
        rows[column] = pd.to_numeric(rows[column]) if column in rows else None
    for column in ("category", "qualifier", "change_kind"):
        rows[column] = rows.get(column, None)
    if column := average(rows):
        rows = rows[rows[column].notna()]
    if IN_PICTURE in rows:
        rows = rows[rows[IN_PICTURE] == "画出"]
    return rows.reset_index(drop=True)
