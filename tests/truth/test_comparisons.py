"""Bars are comparisons: no chart sets counts of windows of unequal length side by side."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from site_fixtures import Site, figures, site  # noqa: F401
from yuebao import spans
from yuebao.chapter import Chapter
from yuebao.chapters import trade_in

# Stocks and rates have a day or a base, not a window whose length makes them larger.
STOCKS = ("trees", "context")


def lengths(spec: Any) -> bool:
    """Whether a Vega-Lite specification draws lying or standing bars by a column ``value``."""
    if isinstance(spec, dict):
        mark = spec.get("mark")
        kind = mark.get("type") if isinstance(mark, dict) else mark
        encoded = spec.get("encoding", {})
        if kind == "bar" and any(encoded.get(c, {}).get("field") == "value" for c in ("x", "y")):
            return True
        return any(lengths(part) for part in spec.values())
    return isinstance(spec, list) and any(lengths(part) for part in spec)


def bars(site: Site, page: str) -> list[str]:  # noqa: F811
    """The exhibits of a page that are bars of ``value``."""
    found = []
    for figure in figures(site.page(page)):
        name = str(figure["id"]).removeprefix("x-")
        file = site.folder / "data" / "latest" / f"{name}.vl.json"
        if file.is_file() and lengths(json.loads(file.read_text(encoding="utf-8"))):
            found.append(name)
    return found


@pytest.mark.parametrize("page", ["trade_in", "index"])
def test_no_bars_of_unequal_spans(site: Site, page: str) -> None:  # noqa: F811
    for name in bars(site, page):
        table = site.table(name)
        if "period" in table and not name.startswith(STOCKS):
            assert spans.comparable(table), f"{name}: {sorted(set(table['period']))}"


def test_sales_of_unequal_windows_are_a_table(site: Site) -> None:  # noqa: F811
    table = site.table("trade_in-sales")
    figure = site.page("trade_in").select_one("#x-trade_in-sales")
    assert figure is not None
    assert bool(figure.select(".chart")) is spans.comparable(table)


def test_sales_of_equal_windows_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    chapter = Chapter.open("trade_in")
    rows = trade_in.series(chapter, "sales", "all", "2025").tail(1)
    alike = pd.concat([rows, rows.assign(period="2024-01-01/2024-12-31", programme="2024")])
    monkeypatch.setattr(trade_in, "programmes", lambda _: ["2024", "2025"])
    monkeypatch.setattr(trade_in, "series", lambda *args: alike[alike["programme"] == args[-1]])
    assert trade_in.sales(chapter).chart is not None
