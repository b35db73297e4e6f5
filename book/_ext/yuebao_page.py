"""The few things a template cannot do.

Headings get addresses that stay, each page's body is tidied, the templates are told what they
cannot find out, and Sphinx's own search index is left out.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from docutils.parsers.rst import Directive, directives, roles
from markupsafe import Markup, escape
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from yuebao import cite, errata, markup

_DIV = re.compile(r"<(/?)div\b")
_HEAD = re.compile(
    r'\s*(?:<p class="(?:meta|lead)">.*?</p>'
    r'|<details class="contents-list".*?</details>|(<div class="cards">))',
    re.S,
)
_SIDE = '<div class="side">'
REFERENCE = "quality"  # from this page on the contents are reference pages, before it chapters
LONGEST = 150  # characters of a description
SAID = {"search": "在全书中查找词语、地区、指标与来源", "404": "没有找到这一页；全书各页与搜索"}


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


# --- addresses of headings ---------------------------------------------------------------

_EXHIBIT = re.compile(r'<figure class="exhibit" id="x-([^"]+)"')
_NOT_IN_ID = re.compile(r"[^\w.-]+")


class HeadingIds(SphinxTransform):
    """Ids of sections that are the same in every edition, in place of docutils' id1, id2, …

    The heading of an exhibit may claim something that another edition does not; its section is
    named after the exhibit. Any other is named after its words.
    """

    default_priority = 870  # after references are resolved, before Sphinx collects the contents

    def apply(self, **kwargs: Any) -> None:
        explicit = {self.document.nameids.get(name) for name, told in self.document.nametypes.items() if told}
        sections = list(self.document.findall(nodes.section))
        taken = {i for section in sections for i in section["ids"] if i in explicit}
        renamed: dict[str, str] = {}
        for section in sections:
            kept = [i for i in section["ids"] if i in explicit]
            wanted = self.name(section)
            found, number = wanted, 1
            while found in taken:
                number += 1
                found = f"{wanted}-{number}"
            taken.add(found)
            renamed |= {old: found for old in section["ids"] if old not in explicit}
            section["ids"] = [found, *kept]
            self.document.ids[found] = section
        for link in self.document.findall(nodes.reference):
            if link.get("refid") in renamed:
                link["refid"] = renamed[link["refid"]]
        here = self.document.settings.env
        for slugs in (  # by which MyST resolves [text](#words) later, on this page and from others
            getattr(self.document, "myst_slugs", {}),
            here.metadata[here.docname].get("myst_slugs", {}),
        ):
            slugs |= {
                slug: (line, renamed.get(place, place), words) for slug, (line, place, words) in slugs.items()
            }

    @staticmethod
    def name(section: nodes.section) -> str:
        """The exhibit's name where the section holds one itself, else the heading's words."""
        for child in section.children:
            exhibit = _EXHIBIT.search(child.astext()) if isinstance(child, nodes.raw) else None
            if exhibit:
                return exhibit.group(1)
        title = section.next_node(nodes.title)
        words = _NOT_IN_ID.sub("-", title.astext()).strip("-.") if title is not None else ""
        return words or "s"


# --- nothing is read from this machine, nothing is fetched ---------------------------------

# What puts a file's content on a page, fetches an address, or hands text to the browser as it is.
_READS = ("include", "literalinclude", "raw", "csv-table", "image", "figure", "figure-md")


class Refused(Directive):
    """A directive the book does not have: what stands on a page is the book's own, or text."""

    has_content = True
    optional_arguments = 99
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        raise self.error(f"书页不用指令 {self.name}")


def _refused_role(name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any, **__: Any) -> Any:
    return [], [inliner.reporter.error(f"书页不用 {name}", line=lineno)]


class NoFiles(SphinxTransform):
    """A page that names a file of this machine is an error: Sphinx would put the file on the site."""

    default_priority = 200

    def apply(self, **kwargs: Any) -> None:
        for node in self.document.findall(
            lambda n: isinstance(n, (nodes.image, addnodes.download_reference))
        ):
            where = node.get("uri") or node.get("reftarget")
            logging.getLogger(__name__).warning("书页引了文件 %s", where, location=node)


# --- titles and headings are text too ------------------------------------------------------


def _in_template(value: object) -> Markup:
    """The templates' ``e``: a text as HTML, see ``markup.filled``."""
    return Markup(markup.filled(str(escape(value))))


def _text_is_text(app: Sphinx) -> None:
    """What Sphinx and its templates write of a text is no more mistaken than what the book writes itself."""
    written = app.registry.get_translator_class(app.builder)

    class Translator(written):  # type: ignore[misc, valid-type]
        def encode(self, text: object) -> str:
            return markup.filled(super().encode(text))

    app.set_translator(app.builder.name, Translator, override=True)
    app.builder.templates.environment.filters |= {"e": _in_template, "escape": _in_template}  # type: ignore[attr-defined]


# --- each page ---------------------------------------------------------------------------


def tidy(body: str) -> str:
    """Labels in Chinese, folded code out of the search index, wide tables scrolled by key."""
    body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    folded = '<details class="admonition hide'
    body = body.replace(folded, folded.replace("<details", "<details data-pagefind-ignore"))
    body = body.replace('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper')
    return body.replace('title="Link to this heading"', 'title="本节链接" aria-label="本节链接"')


def described(body: str) -> str:
    """A description taken from the page: its lead, else its first paragraph, cut after 150 characters."""
    found = re.search(r'<p class="lead">(.*?)</p>', body, re.S) or re.search(r"<p>(.*?)</p>", body, re.S)
    said = html.unescape(re.sub(r"<[^>]+>|\s+", " ", found.group(1))) if found else ""
    said = re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", re.sub(r"\s+", " ", said)).strip()
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _bar(app: Sphinx, pagename: str) -> list[list[dict[str, Any]]]:
    """The contents in two lines, chapters and reference: each page's name, title, and if it is here."""
    env = app.env
    listed = env.toctree_includes.get(app.config.root_doc, [])
    above = {child: page for page, children in env.toctree_includes.items() for child in children}
    line, place = {pagename}, pagename
    while place in above and above[place] not in line:
        place = above[place]
        line.add(place)
    parent = (env.metadata.get(pagename) or {}).get("parent")  # of a page the contents do not list
    pages = [
        {
            "name": name,
            "title": env.titles[name].astext(),
            "here": name == pagename,
            "within": name != pagename and (name in line or name == parent),
        }
        for name in listed
    ]
    cut = listed.index(REFERENCE) if REFERENCE in listed else len(listed)
    return [pages[:cut], pages[cut:]]


def _wanted(pagename: str, body: str) -> dict[str, bool]:
    """Which scripts a page needs, of those that not every page does."""
    return {
        "yuebao-search": pagename == "search",
        "yuebao-tables": '<table class="data"' in body,
        "yuebao-chart": 'class="exhibit-tools"' in body,
    }


def _page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    body = context.get("body") or ""
    context["bar"] = _bar(app, pagename)
    context["scripts"] = _wanted(pagename, body)
    said = (context.get("meta") or {}).get("description") or SAID.get(pagename) or described(body)
    context["description"] = said
    edition, report = str(context.get("edition") or ""), str(context.get("report") or "")
    context["report_link"] = errata.link(report, edition, pagename) if report and edition else ""
    if not body:
        return
    body = tidy(body)
    if edition:
        address, released = str(app.config.html_baseurl or ""), str(context.get("released_on") or "")
        body = cite.fill(body, cite.Bound(pagename, edition, address, released))
        body = errata.fill(body, report, edition, pagename)
    kind = (context.get("meta") or {}).get("kind")
    if kind == "prose" or (kind is None and pagename != context.get("master_doc")):
        body = with_contents(body, context.get("toc") or "")
    context["body"] = side_last(body)


# --- the page for what is not found --------------------------------------------------------

_ADDRESS = re.compile(r'((?:href|src|action|data-content_root)=")(?![a-z]+:|/|#)(?:\./)?')


def rooted(page: str, base: str) -> str:
    """The page with every address from the server's root on: it is shown wherever nothing was found."""
    return _ADDRESS.sub(lambda found: found.group(1) + base, page)


def _not_found(app: Sphinx, error: Exception | None) -> None:
    path = Path(app.outdir) / "404.html"
    if error is None and path.is_file():
        base = urlsplit(app.config.html_baseurl).path.rstrip("/") + "/"
        path.write_text(rooted(path.read_text(encoding="utf-8"), base), encoding="utf-8")


def _no_index(app: Sphinx) -> None:
    app.builder.search = False  # type: ignore[attr-defined]  # Pagefind stands in for it


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("comments_config", None, "")  # Jupyter Book always sets it
    app.connect("builder-inited", _no_index)
    app.connect("builder-inited", _text_is_text)
    app.connect("html-page-context", _page)
    app.connect("build-finished", _not_found)
    app.add_transform(HeadingIds)
    app.add_transform(NoFiles)
    for name in _READS:
        directives.register_directive(name, Refused)
    for name in ("raw", "download"):
        roles.register_local_role(name, _refused_role)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
