"""What a chart becomes when the reader reaches for it: the runtime, a small file a chart, its embed page.

The pictures in the pages stay as they are; these files are fetched on demand by
``_static/yuebao-chart.js``. The specifications are compiled here, so that the
runtime needs neither Vega-Lite nor the right to evaluate text as a program.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yuebao import attribution, charts, cite, words
from yuebao.faults import YuebaoError
from yuebao.markup import escaped

# The parts of Vega our kinds of chart draw with, and its interpreter of expressions. Without
# maps, networks, trees and Vega-Lite it is half the size. vl_convert holds these modules.
SNIPPET = """
import { expressionInterpreter as expr } from "https://cdn.jsdelivr.net/npm/vega-interpreter@2.0.0/+esm";
import { transforms } from "https://cdn.jsdelivr.net/npm/vega-dataflow@6.1.0/+esm";
import * as data from "https://cdn.jsdelivr.net/npm/vega-transforms@5.1.0/+esm";
import * as layout from "https://cdn.jsdelivr.net/npm/vega-view-transforms@5.1.0/+esm";
import * as encode from "https://cdn.jsdelivr.net/npm/vega-encode@5.1.0/+esm";
import { View } from "https://cdn.jsdelivr.net/npm/vega-view@6.1.0/+esm";
import { parse } from "https://cdn.jsdelivr.net/npm/vega-parser@7.1.0/+esm";
Object.assign(transforms, data, layout, encode);
export { View, parse, expr };
"""
DEMO = re.compile(r'<p class="demo-bar".*?</p>', re.S)
SIZES = ("wide", "narrow")
FIGURE = re.compile(r'<figure class="exhibit" id="x-(?P<name>[^"]+)">')
LOADED = re.compile(r'<link rel="(?:stylesheet|icon)"[^>]*>|<script[^>]*yuebao(?:-chart)?\.js[^>]*></script>')
ORIGIN = re.compile(r'<svg[^>]*><g[^>]*?\stransform="translate\(([\d.-]+),([\d.-]+)\)"')


@dataclass(frozen=True)
class Place:
    """Where a chart stands: the page's file, what its head loads of ours, its demo mark."""

    page: str
    head: str
    demo: str


def runtime() -> str:
    """The program that draws a compiled specification, as one JavaScript module.

    Raises YuebaoError where vl_convert no longer holds a module it is made of.
    """
    import vl_convert

    try:
        return str(vl_convert.javascript_bundle(SNIPPET))
    except BaseException as error:  # its panics are no Exceptions
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise YuebaoError(
            f"vl_convert 不能打包图表程序：{error}；请照新版本改 interactive.SNIPPET 里的模块版本"
        ) from error


def compiled(spec: charts.Spec, picture: str) -> dict[str, Any]:
    """A Vega-Lite specification as Vega that draws into the very frame of ``picture``, its SVG.

    The frame is fixed because the reader's own type is wider or narrower than the one measured
    with: the box must not change its size when one takes the other's place.
    """
    import vl_convert

    vega: dict[str, Any] = vl_convert.vegalite_to_vega(spec)
    found = ORIGIN.search(picture)
    if found is None:
        raise YuebaoError("图的 SVG 里找不到原点；请改 interactive.ORIGIN")
    left, top = (float(part) for part in found.groups())
    for unread in ("$schema", "usermeta"):
        vega.pop(unread, None)
    # The SVG's own width and height are taken from the picture in the page.
    return {**vega, "autosize": "none", "padding": {"left": left, "top": top, "right": 0, "bottom": 0}}


def places(html: Path) -> dict[str, Place]:
    """Where every exhibit stands on the site's pages, by name; of two places the first page's."""
    found: dict[str, Place] = {}
    for path in sorted(html.glob("*.html")):
        text = path.read_text(encoding="utf-8")
        demo = DEMO.search(text)
        place = Place(path.name, "\n".join(LOADED.findall(text)), demo.group() if demo else "")
        for figure in FIGURE.finditer(text):
            found.setdefault(figure["name"], place)
    return found


def _up(head: str) -> str:
    return re.sub(r'(href|src)="(?!data:|/|\w+:)', r'\1="../', head)


def embed_page(
    item: dict[str, Any], place: Place, edition: str, address: str = "", released: str = ""
) -> str:
    """The page a frame on another site shows: one chart, its words, its sources, its citation, the way back.

    ``address`` and ``released``: of the site and the edition, where they are known (see ``cite``).
    """
    name, title = item["name"], escaped(item["title"])
    alt = escaped(item["alt"])
    boxes = "".join(
        f'<div class="chart {size}" role="img" aria-label="{alt}">{item["svg"][size]}</div>' for size in SIZES
    )
    back = f"../{place.page}#x-{name}"
    said = escaped(attribution.together(item["sources"]))
    edition_zh = words.period(edition)
    bound = cite.Bound(place.page.removesuffix(".html"), edition, address, released)
    citation = cite.fill(cite.folded(title, f"x-{name}"), bound)
    source = f"<span>来源：{said}</span>" if said else ""
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title} · 湖北月报 {edition_zh}</title>
{_up(place.head)}
</head>
<body class="embed">
{place.demo}
<main>
<figure class="exhibit" id="x-{name}">
<h1>{title}</h1>
<p class="exhibit-caption">{escaped(item["caption"])}</p>
{boxes}
<div class="exhibit-tools">{source}<span>{edition_zh}期</span>{citation}\
<a href="{back}" target="_blank" rel="noopener">湖北月报：原图、数据与说明</a></div>
</figure>
</main>
</body>
</html>
"""


def write(
    attachments: list[dict[str, Any]], html: Path, edition: str, address: str = "", released: str = ""
) -> list[str]:
    """Write the runtime, ``charts/<name>.<size>.json`` and ``embed/<name>.html``; gives their names.

    Only for charts that stand on a page. Raises YuebaoError.
    """
    placed = places(html)
    drawn = {item["name"]: item for item in attachments if "charts" in item and item["name"] in placed}
    if not drawn:
        return []
    program = runtime()
    file = f"vega-{hashlib.sha256(program.encode()).hexdigest()[:12]}.js"
    files = {f"_static/{file}": program}
    for name, item in drawn.items():
        for size in SIZES:
            spec = compiled(item["charts"][size], item["svg"][size])
            held = {"runtime": file, "spec": spec}
            files[f"charts/{name}.{size}.json"] = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
        files[f"embed/{name}.html"] = embed_page(item, placed[name], edition, address, released)
    for path, text in files.items():
        target = html / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
    return sorted(files)
