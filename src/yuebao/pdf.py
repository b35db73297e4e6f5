"""The whole edition as one PDF, printed by a Chromium that is on the machine.

The finished pages are put one after another into a single document: a cover with the
contents, then each page's article. Links between pages become links inside the document.
Chromium is only run, never installed: where there is none, the book has no PDF.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from yuebao import chromium, cite, pdf_pack, words
from yuebao.faults import YuebaoError

ROWS = 200  # a folded table longer than this is left to the downloads
PICTURES = (".png", ".svg", ".vl.json")
LEFT_OUT = ("rows-",)  # pages that only repeat a download row by row
KEPT = 4  # printed documents that are kept for a book that did not change

# What only the combined document has; the rest is the print part of yuebao.css.
STYLE = """
.pdf-cover{page:cover;display:grid;grid-template-columns:minmax(0,1fr);
  grid-template-rows:auto auto auto auto 1fr;min-height:256mm}
.pdf-masthead{margin:8mm 0 0;max-width:none;padding-bottom:3mm;border-bottom:3px solid var(--ink);
  font:700 46pt/1.2 var(--song);letter-spacing:.14em}
.pdf-period{display:flex;justify-content:space-between;max-width:none;margin:0 0 8mm;padding:2mm 0;
  border-bottom:1px solid var(--rule);color:var(--soft)}
.pdf-period b{color:var(--ink)}
.pdf-cover .lead{margin:0 0 7mm;max-width:none;font-size:14pt}
.pdf-contents{list-style:none;margin:0;padding:0;max-width:none}
.pdf-contents li{padding:1.2mm 0;border-bottom:1px solid var(--rule);break-inside:avoid}
.pdf-contents a{display:flex;gap:4mm;align-items:baseline}
.pdf-contents b{font:700 12pt/1.5 var(--song);white-space:nowrap}
.pdf-contents span{flex:1;min-width:0;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;
  font-size:8.5pt;color:var(--soft)}
.pdf-contents p{margin:0;max-width:none;font-size:8.5pt;line-height:1.7;color:var(--soft)}
.pdf-contents p a{display:inline-block;margin-right:1em;color:var(--ink)}
.pdf-colophon{align-self:end;margin:0;break-inside:avoid;padding-top:8mm;max-width:none;font-size:8.5pt;
  line-height:1.6;color:var(--soft)}
.pdf-colophon p{margin:0;max-width:none}
.pdf-page{break-before:page}
"""


@dataclass(frozen=True)
class Imprint:
    """What the cover says of the edition, and where the site is, if it is anywhere yet."""

    title: str
    edition: str
    licence: str
    baseurl: str
    released: str = ""

    @property
    def period(self) -> str:
        return words.period(self.edition)

    @property
    def name(self) -> str:
        return f"{self.title} {self.period}"

    @property
    def citation(self) -> str:
        """The reference to this very document."""
        place = f"data/{self.edition}/{file_name(self.edition)}"
        return cite.gbt7714("整期", self.edition, cite.where(place, self.baseurl), self.released)


def file_name(edition: str) -> str:
    """The name of an edition's PDF among the downloads."""
    return f"yuebao-{edition}.pdf"


# --- one document of many pages ---------------------------------------------------------


def in_order(toc: Mapping[str, Any]) -> list[str]:
    """The pages a ``_toc.yml`` names, at any depth, in the order of reading."""
    found = [str(toc[key]) for key in ("root", "file") if key in toc]
    for key in ("parts", "chapters", "sections", "subtrees", "entries"):
        for entry in toc.get(key) or ():
            found += in_order(entry)
    return found


def under(toc: Mapping[str, Any]) -> dict[str, str]:
    """Of each page that a ``_toc.yml`` puts below another, the outermost page it is below."""
    found: dict[str, str] = {}
    for key in ("parts", "chapters", "subtrees", "entries"):
        for entry in toc.get(key) or ():
            found |= under(entry)
            if "file" in entry:
                found |= {page: str(entry["file"]) for page in in_order(entry)[1:]}
    return found


def _printed(page: str) -> bool:
    return not page.startswith(LEFT_OUT)


def _tables(article: Tag) -> None:
    """Open what is folded: a chart shows its numbers already, a very long table stays a download."""
    for details in article.select("details"):
        figure = details.find_parent("figure")
        if figure is not None and figure.select_one(".chart"):
            details.decompose()
            continue
        summary = details.find("summary", recursive=False)
        rows = len(details.select("tbody tr"))
        if summary is not None:
            summary.decompose()
        if rows > ROWS:
            details.clear()
            details.name = "p"
            details.attrs = {"class": "exhibit-caption"}
            details.string = f"全表 {rows} 行，篇幅所限没有印出，见本表的下载文件。"
        else:
            details.unwrap()


def _tidy(article: Tag) -> None:
    """Leave out what is of use on a screen only."""
    for tag in article.select(
        "nav, form, script, style, template, button, input, iframe, [hidden], .headerlink, .contents-list, "
        "details.hide, .toctree-wrapper"
    ):
        tag.decompose()
    for cell in article.select("div.cell"):
        if not cell.get_text(strip=True) and cell.select_one("svg, img") is None:
            cell.decompose()
    for column in article.select(".column"):
        if column.select_one(".chart.narrow"):
            for chart in column.select(".chart.wide"):
                chart.decompose()
    for chart in article.select(".chart.narrow"):
        if chart.find_parent(class_="column") is None:
            chart.decompose()
    _tables(article)
    for tools in article.select(".exhibit-tools"):
        for child in list(tools.children):
            if not child.get_text(strip=True).startswith("来源"):
                child.extract()
        if not tools.get_text(strip=True):
            tools.decompose()


def _address(href: str, page: str, ids: Mapping[str, set[str]], imprint: Imprint) -> str | None:
    """Where a link of ``page`` leads from inside the document; None where it leads nowhere."""
    parts = urlsplit(href)
    if parts.scheme or parts.netloc:
        return href
    target, fragment = urldefrag(href)
    there, fragment = unquote(target).removesuffix(".html") if target else page, unquote(fragment)
    if there in ids:
        if fragment and fragment in ids[there]:
            return f"#{there}--{fragment}"
        return f"#{there}"
    if not imprint.baseurl:
        return None
    fixed = re.sub(r"^data/latest/", f"data/{imprint.edition}/", href)
    return f"{imprint.baseurl.rstrip('/')}/{fixed}"


def _links(article: Tag, page: str, ids: Mapping[str, set[str]], imprint: Imprint) -> None:
    for link in article.select("a[href]"):
        href = str(link["href"])
        to = _address(href, page, ids, imprint)
        if to is not None:
            link["href"] = to
            for name in ("download", "rel", "target"):
                del link[name]
            continue
        file = href.rsplit("/", 1)[-1]
        if file.endswith(PICTURES):
            link.decompose()  # it shows what is printed here
            continue
        if href.startswith("data/") and file not in link.get_text():
            link.append(f"（{file}）")
        link.unwrap()


REFERS = ("for", "headers", "aria-labelledby", "aria-describedby", "aria-controls", "aria-details")


def _ids(article: Tag, page: str) -> None:
    """Every id, and every reference to one, with the page's name before it."""
    for tag in article.find_all(True):
        for name in list(tag.attrs):
            value = tag.attrs[name]
            if name == "id":
                tag[name] = f"{page}--{value}"
            elif name in REFERS:
                listed = value if isinstance(value, list) else str(value).split()
                tag[name] = " ".join(f"{page}--{one}" for one in listed)
            elif name in ("href", "xlink:href") and tag.name != "a" and str(value).startswith("#"):
                tag[name] = f"#{page}--{str(value)[1:]}"
            elif isinstance(value, str) and "url(#" in value:
                tag[name] = value.replace("url(#", f"url(#{page}--")


def _article(path: Path) -> Tag | None:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select_one("article")


def _esc(text: str) -> str:
    return html.escape(text, quote=True)


@dataclass(frozen=True)
class Document:
    """The combined document but for the page numbers of its contents."""

    imprint: Imprint
    style: str
    lead: str
    titles: dict[str, str]  # by page, in order
    parts: dict[str, list[str]]  # a page's sections
    under: Mapping[str, str]  # the page another one is below
    body: str
    left_out: bool

    def text(self, numbers: Mapping[str, int]) -> str:
        """As HTML; ``numbers``: the page each part begins on, once that is known."""
        said = self.imprint
        lines = []
        for top, title in self.titles.items():
            if self.under.get(top) in self.titles:
                continue
            below = "\n".join(
                f'<a href="#{page}">{_esc(name)} {numbers.get(page, "")}</a>'
                for page, name in self.titles.items()
                if self.under.get(page) == top
            )
            parts = "" if below else "　".join(self.parts[top])
            lines.append(
                f'<li><a href="#{top}"><b>{_esc(title)}</b><span>{_esc(parts)}</span>'
                f"{numbers.get(top, '')}</a>{below and f'<p>{below}</p>'}</li>"
            )
        running = "".join(
            f'@page p{i}{{@top-left{{content:"{_css(said.name)}"}}@top-right{{content:"{_css(title)}"}}}}\n'
            f".pdf-page.p{i}{{page:p{i}}}\n"
            for i, title in enumerate(self.titles.values())
        )
        where = f"网站：{_esc(said.baseurl)}。" if said.baseurl else ""
        kept = "逐行列出下载文件的各页没有收入。" if self.left_out else ""
        colophon = (
            f"<p>怎样引用：{_esc(said.citation)}　引用一章，题名写章名，地址用该章的固定页面。</p>"
            '<p>数字的来源：每个数字的出处列在<a href="#sources">来源</a>一章，图表下写明来源，'
            "引用数字请一并引它的来源。</p>"
            f"<p>许可：{_esc(said.licence)}。{where}</p>"
            f"<p>图的数据表、程序代码和下载文件在网站上；超过{ROWS}行的表没有印出。{kept}</p>"
        )
        return (
            '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
            f"<title>{_esc(said.name)}</title>\n"
            '<meta http-equiv="Content-Security-Policy" content="default-src file: data:; '
            "script-src 'none'; style-src 'unsafe-inline'\">\n"
            f'<meta name="author" content="{_esc(said.title)}">\n'
            f"<style>{self.style}\n{STYLE}\n{running}"
            '@page cover{@top-left{content:""}@bottom-center{content:""}}</style></head><body>\n'
            f'<div class="pdf-cover"><p class="pdf-masthead">{_esc(said.title)}</p>'
            f'<p class="pdf-period"><b>{_esc(said.period)}</b><span>整期</span></p>{self.lead}'
            f'<ol class="pdf-contents">{"".join(lines)}</ol>'
            f'<div class="pdf-colophon">{colophon}</div></div>\n{self.body}</body></html>\n'
        )


def _css(text: str) -> str:
    """``text`` within a CSS string."""
    return re.sub(r'(["\\])', r"\\\1", text)


def document(site: Path, toc: Mapping[str, Any], imprint: Imprint) -> Document:
    """The finished ``site``'s pages, in the order of its ``toc``, as one document."""
    pages = in_order(toc)
    kept = [page for page in pages if _printed(page)]
    articles = {page: found for page in kept if (found := _article(site / f"{page}.html")) is not None}
    for article in articles.values():
        _tidy(article)
    ids = {
        page: {str(tag["id"]) for tag in article.select("[id]")} - {str(article.get("id"))}
        for page, article in articles.items()
    }
    titles, parts, bodies, lead = {}, {}, [], ""
    for i, (page, article) in enumerate(articles.items()):
        title = article.select_one("h1")
        titles[page] = title.get_text(" ", strip=True) if title else page
        if i == 0:  # the front page has the book's name, which the cover has already
            titles[page] = "本期概览"
            if title is not None:
                title.string = titles[page]
            front = article.select_one(".lead")
        parts[page] = [
            h.get_text("", strip=True) for h in article.select("h2") if h.find_parent(class_="side") is None
        ]
        _links(article, page, ids, imprint)
        _ids(article, page)
        if i == 0 and front is not None:
            lead = str(front.extract())
        bodies.append(f'<div class="pdf-page p{i}" id="{page}">{article.decode_contents()}</div>\n')
    sheet = site / "_static" / "yuebao.css"
    style = sheet.read_text(encoding="utf-8") if sheet.is_file() else ""
    return Document(imprint, style, lead, titles, parts, under(toc), "".join(bodies), len(kept) < len(pages))


# --- printing it ------------------------------------------------------------------------


def _page_numbers(printed: bytes) -> dict[str, int]:
    """By the name of each place that is linked to, the number of its page, from 1."""
    reader = PdfReader(BytesIO(printed))
    numbers = {page.indirect_reference: i + 1 for i, page in enumerate(reader.pages)}
    places = reader.root_object.get("/Dests", {})
    return {str(name)[1:]: numbers[places[name][0]] for name in places}


def _settled(printed: bytes, imprint: Imprint, digest: str) -> bytes:
    """The PDF without what differs from one printing to the next: times, the browser's name, its id."""
    info = {"Title": imprint.name, "Author": imprint.title, "Subject": f"{imprint.period}整期"}
    return pdf_pack.pack(printed, info, bytes.fromhex(digest)[:16])


def _remember(kept: Path, file: Path, printed: bytes) -> None:
    kept.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".tmp")
    beside.write_bytes(printed)
    beside.replace(file)
    for old in sorted(kept.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)[KEPT:]:
        old.unlink()


def imprint(config: Mapping[str, Any], edition: str) -> Imprint:
    """What a ``_config.yml`` says for the cover."""
    context = ((config.get("sphinx") or {}).get("config") or {}).get("html_context") or {}
    baseurl = str((config.get("html") or {}).get("baseurl") or "")
    licence, released = str(context.get("licence") or ""), str(context.get("released_on") or "")
    return Imprint(str(config.get("title") or "月报"), edition, licence, baseurl, released)


def make(program: Path, site: Path, staging: Path, edition: str, kept: Path) -> bytes:
    """The finished ``site`` as a PDF; ``staging`` has its ``_toc.yml`` and ``_config.yml``.

    ``kept``: a folder of earlier printings; an unchanged book is not printed again.

    Raises YuebaoError where Chromium fails.
    """
    toc = yaml.safe_load((staging / "_toc.yml").read_text(encoding="utf-8"))
    config = yaml.safe_load((staging / "_config.yml").read_text(encoding="utf-8"))
    said = imprint(config, edition)
    whole = document(site, toc, said)
    draft = whole.text({})
    digest = hashlib.sha256(f"{chromium.version(program)}\0{draft}".encode()).hexdigest()
    file = kept / f"{digest}.pdf"
    if file.is_file():
        file.touch()
        return file.read_bytes()
    try:
        numbers = _page_numbers(chromium.printed(program, draft, site, draft=True))
        printed = _settled(chromium.printed(program, whole.text(numbers), site), said, digest)
    except (PyPdfError, ValueError, KeyError) as error:
        raise YuebaoError(f"{program.name} 印出的 PDF 读不出（{error}）；请换一个 Chromium") from error
    _remember(kept, file, printed)
    return printed
