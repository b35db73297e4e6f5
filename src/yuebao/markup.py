"""Data text as HTML that nothing can take for anything else: not HTML, not Markdown, not a template.

The pages are Markdown that holds raw HTML. What stands in them is written by two hands: the book's
own words, and what the data says. Data text comes in through ``escaped`` alone, which leaves no
character of it that HTML, MyST, a table, a footnote, a role or a directive begins with, and no
line end, so that no blank line can end a block of HTML. The same function serves for elements,
attributes and headings. Imports nothing of the package.
"""

from __future__ import annotations

import hashlib
import html
import re
from typing import Any

import yaml

# What HTML, MyST or Jinja reads as a sign, wherever it stands. A line end is one too; as an entity
# it reaches the reader's browser, and Markdown never sees it.
_SIGNS = re.compile(r"""[&<>"'`*\[\]{}\\$~|#^!\t\n\r\v\f]|(?<![^\W_])_|_(?![^\W_])""")
# What begins a list, a rule, a comment, a target or a definition, where it begins a line.
_FIRST = "-+=:%.(@ "
_NUMBERED = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
# How a program writes what it does not have; a page is searched for them, and a tree may be called so.
_UNFILLED = ("nan", "NaN", "None", "undefined")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


class Made(str):
    """HTML that the book's own functions made, told apart from a text that looks like it."""


def _entity(letter: str) -> str:
    return _NAMED.get(letter, f"&#{ord(letter)};")


def filled(safe: str) -> str:
    """HTML of a text that no one takes for what a program left unfilled: no brace, no such word at its end.

    For what Sphinx and its templates write as HTML themselves: titles, headings, lists of pages.
    """
    safe = safe.replace("{", _entity("{")).replace("}", _entity("}"))
    return safe[:-1] + _entity(safe[-1]) if safe.endswith(_UNFILLED) else safe


def escaped(text: str, begins: bool = True) -> str:
    """A text as HTML: in an element, in an attribute between double quotes, or in a line of Markdown.

    ``begins``: whether it may stand at the beginning of a line of Markdown.
    """
    safe = filled(_SIGNS.sub(lambda found: _entity(found[0]), text))
    if not begins:
        return safe
    if text and text[0] in _FIRST:
        return _entity(text[0]) + safe[1:]
    if found := _NUMBERED.match(text):
        return f"{found[1]}{_entity(found[2])}{safe[found.end() :]}"
    return safe


def bare(markup: str) -> str:
    """HTML as the text a reader reads."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def one_line(markup: str) -> str:
    """A block of HTML with no line end in it: Markdown ends such a block at a blank line."""
    return re.sub(r"\r\n?|[\n\v\f]", "&#10;", markup)


def heading(level: int, text: str) -> str:
    """A Markdown heading of a plain text, with the blank line that follows it."""
    return f"{'#' * level} {escaped(' '.join(text.split()))}\n\n"


def front_matter(**said: Any) -> str:
    """What a page of Markdown says of itself before it begins, as YAML."""
    return f"---\n{yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=10_000)}---\n\n"


def file_name(text: str) -> str:
    """A text as a part of a file's name and of an id: letters, digits, ``_`` and ``-``; the rest is ``_``.

    Two texts never come to one name: one that had to be changed ends with its digest.
    """
    safe = re.sub(r"[^\w-]+", "_", text)
    return safe if safe == text else f"{safe[:80]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def script_json(text: str) -> str:
    """JSON as it may stand in a ``script`` element: no sign of HTML is left in it."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
