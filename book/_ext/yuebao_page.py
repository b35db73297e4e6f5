"""The few things a template cannot do: tidy each page's body, and leave out Sphinx's own search index."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_DIV = re.compile(r"<(/?)div\b")
_HEAD = re.compile(
    r'\s*(?:<p class="(?:meta|lead)">.*?</p>'
    r'|<details class="contents-list".*?</details>|(<div class="cards">))',
    re.S,
)
_SIDE = '<div class="side">'


def _end_of_div(body: str, start: int) -> int:
    """Where the ``div`` opened at ``start`` ends."""
    depth = 0
    for tag in _DIV.finditer(body, start):
        depth += -1 if tag.group(1) else 1
        if depth == 0:
            return body.index(">", tag.end()) + 1
    raise ValueError("the page's .side is never closed")


def _end_of_head(body: str) -> int:
    """Where the page's head ends: title, ruled line, list of sections, lead and cards, in a row."""
    place = re.search(r"</h1>", body)
    end = place.end() if place else 0
    while True:
        part = _HEAD.match(body, end)
        if part is None:
            return end
        if part.group().endswith('<div class="cards">'):
            return _end_of_div(body, part.start(1))
        end = part.end()


def side_last(body: str) -> str:
    """Set ``.side`` beside the page's body: h1's section = head, ``.body``, ``.side``.

    In Markdown whatever follows a ``##`` belongs to that heading's section, so the side
    matter may be written anywhere and is moved here.
    """
    start = body.find(_SIDE)
    if start < 0:
        return body
    end = _end_of_div(body, start)
    side = body[start:end]
    rest = (body[:start] + body[end:]).rstrip()
    closing = "</section>"
    if not rest.startswith("<section") or not rest.endswith(closing):
        return rest + side
    head = _end_of_head(rest)
    return (
        f'<section class="has-side"{rest[len("<section") : head]}\n'
        f'<div class="body">{rest[head : -len(closing)]}</div>\n'
        f"{side}\n{closing}\n"
    )


def with_contents(body: str, toc: str) -> str:
    """A folded list of the page's sections, under the title of a long prose page."""
    sections = re.search(r"<ul>\s*<li>.*?</a>\s*(<ul>.*</ul>)\s*</li>\s*</ul>", toc, re.S)
    if sections is None or sections.group(1).count("<li>") < 5:
        return body
    listing = (
        '<details class="contents-list" data-pagefind-ignore><summary>本页各节</summary>'
        f"{sections.group(1)}</details>"
    )
    place = re.search(r'</h1>\s*(<p class="meta">.*?</p>)?', body, re.S)
    return body if place is None else f"{body[: place.end()]}\n{listing}{body[place.end() :]}"


def tidy(body: str) -> str:
    """Labels in Chinese, folded code out of the search index, wide tables scrolled by key."""
    body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    folded = '<details class="admonition hide'
    body = body.replace(folded, folded.replace("<details", "<details data-pagefind-ignore"))
    body = body.replace('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper')
    return body.replace('title="Link to this heading"', 'title="本节链接" aria-label="本节链接"')


def _page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    body = context.get("body")
    if not body:
        return
    body = tidy(body)
    kind = (context.get("meta") or {}).get("kind")
    if kind == "prose" or (kind is None and pagename != context.get("master_doc")):
        body = with_contents(body, context.get("toc") or "")
    context["body"] = side_last(body)


def _no_index(app: Sphinx) -> None:
    app.builder.search = False  # type: ignore[attr-defined]  # Pagefind stands in for it


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("comments_config", None, "")  # Jupyter Book always sets it
    app.connect("builder-inited", _no_index)
    app.connect("html-page-context", _page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
