"""The tile map: one equal square an area, lying roughly as the areas do, each a link to its page.

It is a list in the order of reading, so it is told and walked through with the keyboard
as it is seen; its places are classes, for a page may hold no style of its own.
"""

from __future__ import annotations

import math

import pandas as pd

from yuebao import areas, words
from yuebao.exhibits import text

SHADES = 5
NOTE = "方格大小相等，按大致方位排列；数值从小到大分五档，越大越深，斜线为未公布"


def shades(values: pd.Series) -> pd.Series:
    """Each value's shade, 1 to 5, by its place among those told, equal values alike; 0 for none."""
    told = values.notna().sum()
    place = values.rank(method="max")
    return place.map(lambda n: 0 if pd.isna(n) else math.ceil(n / told * SHADES))


def tile_map(frame: pd.DataFrame, lists: dict[str, pd.DataFrame], label: str) -> str:
    """The map as HTML.

    ``frame``: one row an area with ``area_code``, ``value`` (missing where none was told) and
    ``text`` (the value in words); areas without a row are 未公布. ``lists``: the code lists.
    ``label`` names the map to those who do not see it.
    """
    names = lists["areas"].set_index("area_code")["short_zh"]
    held = lists["tiles"].merge(frame[["area_code", "value", "text"]], on="area_code", how="left")
    held = held.sort_values(["tile_row", "tile_column"])
    items = []
    for (_, tile), shade in zip(held.iterrows(), shades(held["value"]), strict=True):
        told = tile["text"] if shade else words.MISSING
        items.append(
            f'<li class="tile c{tile["tile_column"]} r{tile["tile_row"]} t{shade}">'
            f'<a href="{areas.page(tile["area_code"])}.html"><b>{text(names[tile["area_code"]])}</b> '
            f"<span>{text(told)}</span></a></li>"
        )
    return f'<ol class="tiles" aria-label="{text(label)}">{"".join(items)}</ol>'
