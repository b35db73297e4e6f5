"""Feeds read by a feed reader, the site's map, and what the head of a page tells machines."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest
import rdflib

import small
from small import figure, put
from yuebao import feeds, metadata
from yuebao.project import Project
from yuebao.tables import assemble

BASE = "https://example.org/yuebao/"


def test_the_feed_of_editions_has_the_released_ones_and_this_one(project: Project) -> None:
    small.put_list(
        project,
        "editions",
        small.rows(
            "edition released embargo_until note_zh note_en",
            "2024-04 | 2024-05-10T09:30+08:00 | | |",
            "2024-05 | | | |",
        ),
    )
    read = feedparser.parse(feeds.editions(assemble(project), BASE))
    assert not read.bozo
    assert read.feed.title == "湖北月报：各期"
    assert [entry.id for entry in read.entries] == [
        "urn:yuebao:edition:2024-05",
        "urn:yuebao:edition:2024-04",
    ]
    assert [entry.link for entry in read.entries] == [
        f"{BASE}index.html",
        f"{BASE}editions/2024-04/index.html",
    ]
    assert read.entries[1].updated.startswith("2024-05-10T09:30")
    assert read.feed.links[0].href == f"{BASE}editions.atom"


def test_an_edition_not_released_is_in_no_feed(project: Project) -> None:
    read = feedparser.parse(feeds.editions(assemble(project)))
    assert [entry.id for entry in read.entries] == ["urn:yuebao:edition:2024-05"]


def test_the_feed_of_corrections_says_old_and_new(project: Project) -> None:
    put(project, "2024-05", "fraud", [figure(value=99), figure(period="2023-04", value="", obs_status="M")])
    text = feeds.revisions(assemble(project), BASE)
    read = feedparser.parse(text)
    assert not read.bozo
    told = {entry.title: entry.summary for entry in read.entries}
    assert told["更正：湖北省2024年4月立案"].startswith("湖北省2024年4月立案：原为100起，现为99起。来源：")
    assert "原为125起，来源已撤回。" in told["撤回：湖北省2023年4月立案"]
    assert len({entry.id for entry in read.entries}) == len(read.entries) == 2
    assert text == feeds.revisions(assemble(project), BASE)


def test_no_corrections_is_an_empty_feed(project: Project) -> None:
    read = feedparser.parse(feeds.revisions(assemble(project)))
    assert not read.bozo
    assert read.entries == []


def test_the_map_names_the_pages_by_their_full_address(project: Project, tmp_path: Path) -> None:
    for page in ("index", "fraud", "search", "404"):
        (tmp_path / f"{page}.html").write_text("")
    held = assemble(project)
    feeds.write(held, tmp_path, BASE.rstrip("/"))
    root = ElementTree.parse(tmp_path / "sitemap.xml").getroot()
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert root.tag == f"{space}urlset"
    assert [loc.text for loc in root.iter(f"{space}loc")] == [f"{BASE}fraud.html", BASE]
    (tmp_path / "sitemap.xml").unlink()
    feeds.write(held, tmp_path)  # a site without an address has no map: a map's addresses are full ones
    assert not (tmp_path / "sitemap.xml").exists()


@pytest.mark.parametrize("chapter", ["fraud", "trees", "trade_in", "context"])
def test_the_head_describes_the_chapters_datasets(project: Project, chapter: str) -> None:
    held = assemble(project)
    content = json.loads(metadata.schema_org(held, chapter, BASE))
    assert content["@context"] == "https://schema.org/"
    content["@context"] = {"@vocab": "https://schema.org/"}  # what the address stands for, without asking it
    graph = rdflib.Graph().parse(data=json.dumps(content), format="json-ld")
    schema = rdflib.Namespace("https://schema.org/")
    found = set(graph.subjects(rdflib.RDF.type, schema.Dataset))
    assert len(found) == len(held.of_chapter(chapter))
    for dataset in found:
        for needed in (schema.name, schema.description, schema.license, schema.creator, schema.distribution):
            assert graph.value(dataset, needed) is not None, needed
        description = str(graph.value(dataset, schema.description))
        assert 20 <= len(description) <= 5000
    files = {str(o) for o in graph.objects(None, schema.contentUrl)}
    assert f"{BASE}data/2024-05/{chapter}.csv" in files
    spans = {str(o) for o in graph.objects(None, schema.temporalCoverage)}
    assert all("/" in span for span in spans)
