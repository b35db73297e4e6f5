"""Three words for nothing: 未见公布 (looked for, not seen), 不适用, and 0 of the book's own rows."""

from __future__ import annotations

import re

import pytest

from site_fixtures import Site, site
from yuebao import words
from yuebao.chapters.known import COUNTS

__all__ = ["site"]
pytestmark = pytest.mark.timeout(900)

# What the book cannot know; 不公布 (its own rule) and 没有发布 (of its own editions) are another matter.
SAYS_TOO_MUCH = re.compile("(?<![否有])(?:未公布|没有公布)")
QIANJIANG = "429005"  # the area of which the book has no row


def test_no_page_says_that_something_was_not_published(site: Site) -> None:
    faults = []
    for name in site.names:
        page = site.page(name)
        labels = [str(tag["aria-label"]) for tag in page.select("[aria-label]")]
        heads = [str(tag["content"]) for tag in page.select("meta[content]")]
        for text in (*page.stripped_strings, *labels, *heads):
            if SAYS_TOO_MUCH.search(text):
                faults.append(f"{name}: {text[:90]}")
    assert faults == []


def test_no_file_of_the_book_s_own_words_says_so(site: Site) -> None:
    faults = []
    for path in sorted((site.folder / "data" / "latest").rglob("*")):
        if path.suffix in (".json", ".txt", ".md") and path.is_file():
            text = path.read_text(encoding="utf-8")
            faults += [f"{path.name}: {m.group()}" for m in SAYS_TOO_MUCH.finditer(text)]
    assert faults == []


def test_what_the_book_has_no_rows_of_is_a_count_of_0(site: Site) -> None:
    counts = site.table("areas-known").set_index("area_code").loc[QIANJIANG]
    assert {counts[name] for name in (*COUNTS, "known")} == {"0"}
    tile = site.page("areas").select_one(f'#x-areas-known ol.tiles a[href="area-{QIANJIANG}.html"]')
    assert tile is not None
    assert tile.span is not None
    assert tile.span.get_text() == "0"
    tile = site.page("areas").select_one(f'#x-areas-map ol.tiles a[href="area-{QIANJIANG}.html"]')
    assert tile is not None
    assert tile.span is not None
    assert tile.span.get_text() == words.MISSING


def test_the_three_words_are_said_in_the_methods(site: Site) -> None:
    text = site.text("methods")
    assert words.MISSING in text
    assert words.NOT_APPLICABLE in text
