"""The tile map: one equal square an area, lying roughly as the areas do, each a link to its page.

It is a list in the order of reading, so it is told and walked through with the keyboard
as it is seen; its places are classes, for a page may hold no style of its own. What a
shade means is said by a key with numbers, never in words such as darker: on a dark page the
shades go the other way.
"""

from __future__ import annotations

import math

import pandas as pd

from yuebao import areas, words
from yuebao.exhibits import text

SHADES = 5
NOTE = "方格大小相等，按大致方位排列；按数值从小到大分五档，见图例"
NOT_DRAWN = "不入图"


def shades(values: pd.Series) -> pd.Series:
    """Each value's shade, 1 to 5, by its place among those told, equal values alike; 0 for none."""
    told = values.notna().sum()
    place = values.rank(method="max")
    return place.map(lambda n: 0 if pd.isna(n) else math.ceil(n / told * SHADES))


def _key(values: pd.Series, shade: pd.Series, nothing: str) -> str:
    """What each shade and mark on the map means: the least and the most of its values."""
    entries = []
    if (shade == 0).any():
        entries.append((0, nothing))
    for number in range(1, SHADES + 1):
        own = values[shade == number]
        if len(own):
            ends = dict.fromkeys([words.amount(own.min()), words.amount(own.max())])
            entries.append((number, "—".join(ends)))
    items = [f'<li><span class="t{number}"></span>{text(told)}</li>' for number, told in entries]
    if (shade < 0).any():
        items.append(f'<li><span class="tx"></span>{NOT_DRAWN}</li>')
    return f'<ul class="tile-key" aria-label="图例">{"".join(items)}</ul>'


def tile_map(
    frame: pd.DataFrame, lists: dict[str, pd.DataFrame], label: str, nothing: str = words.MISSING
) -> str:
    """The map and its key as HTML.

    ``frame``: one row an area with ``area_code``, ``value`` (missing where there is none) and
    ``text`` (the value in words); where given, ``when`` (of what time it is) and ``drawn`` (False
    where it may not set the scale: its tile is outlined and bears no number). ``nothing`` is said
    of areas without a value. ``lists``: the code lists. ``label`` names the map to those who do
    not see it.
    """
    names = lists["areas"].set_index("area_code")["short_zh"]
    given = frame.assign(when=frame.get("when", ""), drawn=frame.get("drawn", True))
    wanted = ["area_code", "value", "text", "when", "drawn"]
    placed = lists["tiles"].merge(given[wanted], on="area_code", how="left")
    placed = placed.sort_values(["tile_row", "tile_column"], ignore_index=True)
    out = placed["drawn"].eq(False)
    shade = shades(placed["value"].mask(out)).mask(out, -1)
    items = []
    for (_, tile), number in zip(placed.iterrows(), shade, strict=True):
        told = {0: nothing, -1: NOT_DRAWN}.get(number, tile["text"])
        when = f" <small>{text(tile['when'])}</small>" if number > 0 and tile["when"] else ""
        mark = "tx" if number < 0 else f"t{number}"
        items.append(
            f'<li class="tile c{tile["tile_column"]} r{tile["tile_row"]} {mark}">'
            f'<a href="{areas.page(tile["area_code"])}.html"><b>{text(names[tile["area_code"]])}</b> '
            f"<span>{text(told)}</span>{when}</a></li>"
        )
    tiles = f'<ol class="tiles" aria-label="{text(label)}">{"".join(items)}</ol>'
    return tiles + _key(placed["value"], shade, nothing)
