"""The areas the province is divided into: which they are, what lies in them, what lies beside them."""

from __future__ import annotations

import pandas as pd

from yuebao.exhibits import text

LEVELS = ("prefecture", "direct")  # 地级 and 省直辖县级: together the province without a gap


def codes(areas: pd.DataFrame) -> list[str]:
    """Codes of the areas that have a page each, in the order of the code list ``areas``."""
    return [str(code) for code in areas.loc[areas["level"].isin(LEVELS), "area_code"]]


def within(areas: pd.DataFrame, code: str) -> list[str]:
    """The area's own code, then its counties'."""
    return [code, *(str(c) for c in areas.loc[areas["parent_code"] == code, "area_code"])]


def beside(neighbours: pd.DataFrame, code: str) -> list[str]:
    """Codes of the areas that border it, from the code list ``neighbours``."""
    return [str(c) for c in neighbours.loc[neighbours["area_code"] == code, "neighbour_code"]]


def page(code: str) -> str:
    """The name of an area's page."""
    return f"area-{code}"


def link(code: str, name: str) -> str:
    """An area's name as a link to its page."""
    return f'<a href="{page(code)}.html">{text(name)}</a>'
