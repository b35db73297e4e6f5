"""Checks of a finished site, and what is staged for Jupyter Book."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from yuebao import book
from yuebao.faults import YuebaoError
from yuebao.pages import Page
from yuebao.project import Project

GOOD = {
    "index.html": """<!doctype html><html><head>
<link rel="canonical" href="https://yuebao.example/index.html">
<link rel="stylesheet" href="_static/a.css?v=1"><script src="_static/a.js"></script></head>
<body id="top"><h1 id="标题">月报</h1>
<a href="#%E6%A0%87%E9%A2%98">here</a> <a href="fraud.html#损失">there</a> <a href="fraud.html">page</a>
<a href="data/">folder</a> <a href="data/latest/%E6%95%B0.csv" download>file</a>
<a href="https://www.hubei.gov.cn/">outside, as a link</a> <a href="mailto:a@b.example">mail</a>
<img src="data:image/png;base64,AAAA" alt=""></body></html>""",
    "fraud.html": '<html><body><h2 id="损失">损失</h2><a href="index.html?a=b#top">back</a></body></html>',
    "data/index.html": '<html><body><a href="../index.html">up</a></body></html>',
    "data/latest/数.csv": "a\n",
    "_static/a.css": "",
    "_static/a.js": "",
}


def site(folder: Path, **more: str) -> Path:
    """A good little site, with ``fraud`` or another page's body replaced."""
    for name, text in GOOD.items():
        path = folder / "html" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, body in more.items():
        (folder / "html" / f"{name}.html").write_text(f'<h2 id="损失"></h2>{body}', encoding="utf-8")
    return folder / "html"


def test_a_good_site_passes(tmp_path: Path) -> None:
    assert book.faults(site(tmp_path)) == []
    book.check(site(tmp_path))


WRONG = {
    "dead link": ('<a href="gone.html">x</a>', "fraud.html: 链接的文件不存在 gone.html"),
    "dead download": (
        '<a href="data/latest/none.csv">x</a>',
        "fraud.html: 链接的文件不存在 data/latest/none.csv",
    ),
    "dead folder": ('<a href="_static/">x</a>', "fraud.html: 链接的文件不存在 _static/"),
    "dead fragment": ('<a href="index.html#gone">x</a>', "fraud.html: 链接的位置不存在 index.html#gone"),
    "dead fragment of its own": ('<a href="#gone">x</a>', "fraud.html: 链接的位置不存在 #gone"),
    "dead script": ('<script src="_static/b.js"></script>', "fraud.html: 链接的文件不存在 _static/b.js"),
    "dead image": ('<img src="a.png">', "fraud.html: 链接的文件不存在 a.png"),
    "foreign script": (
        '<script src="https://cdn.example/a.js"></script>',
        "fraud.html: 向外站请求 https://cdn.example/a.js",
    ),
    "foreign script without a scheme": (
        '<script src="//cdn.example/a.js"></script>',
        "fraud.html: 向外站请求 //cdn.example/a.js",
    ),
    "foreign style": (
        '<link rel="stylesheet" href="http://fonts.example/f.css">',
        "fraud.html: 向外站请求 http://fonts.example/f.css",
    ),
    "foreign image": (
        '<img src="https://x.example/a.png">',
        "fraud.html: 向外站请求 https://x.example/a.png",
    ),
    "foreign frame": (
        '<iframe src="https://x.example/"></iframe>',
        "fraud.html: 不该有的元素 <iframe>",
    ),
    "script in the page": ("<script>x()</script>", "fraud.html: 不该有的元素 <script>"),
    "a handler": ('<p onmouseover="x()">x</p>', 'fraud.html: 不该有的元素 <p onmouseover="x()">'),
    "an address that runs": (
        '<a href=" java\nscript:x()">x</a>',
        'fraud.html: 不该有的元素 <a href=" java\nscript:x()">',
    ),
    "unfilled words": ("<p>{{losses}}</p>", "fraud.html: 未填的内容 {{losses}}"),
    "a number that is none": ("<td>nan</td>", "fraud.html: 未填的内容 >nan<"),
    "nothing where something should be": ("<td>None</td>", "fraud.html: 未填的内容 >None<"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(tmp_path: Path, name: str) -> None:
    body, told = WRONG[name]
    html = site(tmp_path, fraud=body)
    assert book.faults(html) == [told]
    with pytest.raises(YuebaoError) as caught:
        book.check(html)
    assert told in str(caught.value)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    html = site(tmp_path, fraud="".join(body for body, _ in WRONG.values()))
    assert set(book.faults(html)) == {told for _, told in WRONG.values()}


def test_a_link_out_of_the_site_is_dead(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("x", encoding="utf-8")
    html = site(tmp_path, fraud='<a href="../outside.txt">x</a>')
    assert book.faults(html) == ["fraud.html: 链接的文件不存在 ../outside.txt"]


def test_the_overview_is_the_front_page() -> None:
    assert book.staged_name("overview") == "index"
    assert book.staged_name("fraud") == "fraud"


def contents(project: Project, toc: list[str], pages: list[str]) -> list[str]:
    text = yaml.safe_dump(
        {"format": "jb-book", "root": "index", "chapters": [{"file": name} for name in toc]}
    )
    (project.root / "_toc.yml").write_text(text, encoding="utf-8")
    made = book._toc(project, [Page(name, None) for name in pages], ["rows-fraud"])
    return [entry["file"] for entry in made["chapters"]]


def test_a_new_notebook_gets_into_the_contents(project: Project) -> None:
    toc = ["fraud", "trees", "quality", "about"]
    assert contents(project, toc, ["overview", "fraud"]) == toc
    assert contents(project, toc, ["overview", "buses"]) == ["fraud", "trees", "buses", "quality", "about"]


def test_pages_of_rows_are_below_the_sources(project: Project) -> None:
    contents(project, ["fraud", "sources"], [])
    made = book._toc(project, [], ["rows-fraud", "rows-trees"])
    assert made["chapters"][0] == {"file": "fraud"}
    assert made["chapters"][1]["sections"] == [{"file": "rows-fraud"}, {"file": "rows-trees"}]
