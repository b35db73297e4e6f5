"""Row ids: what a number on a page carries, and where on the site the row of that id stands.

An id is made of what a row is about and never of its value, so it stays the same through
the editions and through corrections. Two kinds, told apart by their form:

- ``fraud-3f9a1c2b0d``: a row of a dataset, the dataset's name and a digest of the row's key;
  it stands on ``rows-fraud.html``.
- ``trade_in-targets-1``: a row the book computed itself, of the exhibit ``targets`` of the page
  ``trade_in``; it stands in that exhibit's own table.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import pandas as pd

from yuebao.markup import escaped

LENGTH = 10  # hex digits of a dataset's id: 40 bits, two of 20,000 rows alike once in 5,000 books
_OF_DATASET = re.compile(r"([a-z][a-z0-9_]*)-([0-9a-f]{10}|[0-9a-f]{40})")
_PAGE = re.compile(r"[a-z][a-z0-9_]*(?:-\d{6})?(?=-)")  # trees, or area-420100 of many made from one notebook
_NAMED = re.compile(r'data-row="([^"]*)"')
Rows = str | Iterable[str]


def digest(parts: Iterable[object], length: int = LENGTH) -> str:
    """Hex digits that stand for the parts of a key; a missing part is an empty one."""
    joined = "\x1f".join("" if pd.isna(part) else str(part) for part in parts)  # type: ignore[call-overload]
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()[:length]


def row_ids(dataset: str, frame: pd.DataFrame, key: list[str]) -> pd.Series:
    """The id of every row of a dataset; rows of one key (its vintages) share it.

    Two keys whose short digests are alike get the whole digest instead.
    """
    if frame.empty:
        return pd.Series(dtype="str", index=frame.index)
    whole = pd.Series(
        [digest(row, 40) for row in frame[key].itertuples(index=False)], frame.index, dtype="str"
    )
    short = whole.str[:LENGTH]
    alike = whole.groupby(short).transform("nunique") > 1
    return f"{dataset}-" + short.where(~alike, whole)


def own_id(exhibit: str, name: object) -> str:
    """The id of a computed row: ``exhibit`` is the page and the exhibit, ``name`` the row within it."""
    return f"{exhibit}-{re.sub(r'[^0-9A-Za-z_.一-鿿-]+', '_', str(name))}"


def computed_id(exhibit: str, figure: str) -> str:
    """The id of a row the book computed about a figure: the exhibit's name and the figure's digest."""
    return own_id(exhibit, figure.rpartition("-")[2])


def dataset_of(row_id: str) -> str | None:
    """The dataset a row id is of; None for a row the book computed."""
    match = _OF_DATASET.fullmatch(row_id)
    return match[1] if match else None


def page_of(row_id: str) -> str:
    """The page the row stands on."""
    dataset = dataset_of(row_id)
    if dataset:
        return f"rows-{dataset}"
    page = _PAGE.match(row_id)
    return page[0] if page else row_id


def address(row_id: str) -> str:
    """Where the row stands on the site, as a link from any page."""
    return f"{page_of(row_id)}.html#{escaped(row_id)}"


def listed(rows: Rows) -> list[str]:
    """Row ids as a list. Raises ValueError where there is none: each number comes from a row."""
    found = [rows] if isinstance(rows, str) else list(dict.fromkeys(rows))
    if not found or not all(found):
        raise ValueError("a number without a row it came from")
    return found


def named(markup: str) -> list[str]:
    """The ids of the rows a piece of HTML tells numbers of."""
    return [row for ids in _NAMED.findall(markup) for row in ids.split()]


def links(rows: Iterable[str], said: str = "依据") -> str:
    """Links to the rows a computed row was computed from: 依据 1、2."""
    found = list(dict.fromkeys(rows))
    if not found:
        return ""
    if len(found) == 1:
        return f'<a class="basis" href="{address(found[0])}">{escaped(said)}</a>'
    numbered = (f'<a href="{address(row)}">{at}</a>' for at, row in enumerate(found, start=1))
    return f'<span class="basis">{escaped(said)} {"、".join(numbered)}</span>'
