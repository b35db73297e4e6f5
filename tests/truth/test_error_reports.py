"""A reader can report an error: from the foot of a page, an exhibit, a row, with its id filled in.

Where no address is configured there is no link to nowhere, and the words beside it are true.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup

import small
from site_fixtures import Site, site
from test_chrome import bind
from yuebao import errata, publish, rows
from yuebao.faults import UsageError
from yuebao.project import Project
from yuebao.tables import Tables

__all__ = ["site"]
pytestmark = pytest.mark.timeout(900)

TRACKER = "https://git.example/yuebao/issues/new"


def configured(tmp_path: Path, report: str | None, baseurl: str = "") -> Project:
    """A project whose configuration gives an address for reports."""
    context = {} if report is None else {"report": report}
    config = {"html": {"baseurl": baseurl}, "sphinx": {"config": {"html_context": context}}}
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return Project(tmp_path)


# --- none configured -----------------------------------------------------------------------------


def test_without_an_address_every_foot_says_where_to_turn(site: Site) -> None:
    if errata.address(site.project):
        pytest.skip("an address is configured")
    for name in site.names:
        page = site.page(name)
        assert not page.select("a.report"), name
        assert "data-report" not in str(page), name
        foot = page.select_one("footer.imprint")
        assert foot is not None
        entry = {dt.get_text(): dt.find_next("dd") for dt in foot.select("dt")}["勘误"]
        assert entry is not None, name
        link = entry.select_one("a")
        assert link is not None, name
        assert unquote(str(link["href"])).endswith("#勘误"), name
    assert errata.WITHOUT in site.text("about")


# --- one configured ------------------------------------------------------------------------------


def test_with_an_address_every_foot_links_it_with_edition_and_page(tmp_path: Path) -> None:
    for name, page in bind(tmp_path, report=TRACKER).items():
        link = page.select_one("footer a.report")
        assert link is not None, name
        asked = parse_qs(urlsplit(str(link["href"])).query)
        assert "2024-05" in asked["title"][0], name
        assert f"editions/2024-05/{name}.html" in asked["body"][0], name


def test_every_row_has_a_link_with_its_id_and_edition(real: Tables) -> None:
    dataset = real.datasets["context"]
    filled = errata.fill(rows.page(real, dataset), TRACKER, real.edition, rows.page_name(dataset))
    items = BeautifulSoup(filled, "html.parser").select("ol.rows > li")
    assert len(items) > 10
    for item in items:
        link = item.select_one("a.report")
        assert link is not None
        assert link.get_text() == errata.LABEL
        asked = parse_qs(urlsplit(str(link["href"])).query)
        assert str(item["id"]) in asked["title"][0]
        assert real.edition in asked["title"][0]
        assert f"editions/{real.edition}/rows-context.html#{item['id']}" in asked["body"][0]


def test_every_exhibit_and_row_of_the_site_has_a_place_for_the_link(real: Tables) -> None:
    page = rows.page(real, real.datasets["context"])
    assert page.count("<li id=") == page.count("<span data-report=")
    assert errata.fill(page, "", real.edition, "rows-context").count("report") == 0


def test_a_mail_has_subject_and_body() -> None:
    link = errata.link("mailto:a@b.example", "2026-06", "fraud", "fraud-1")
    asked = parse_qs(urlsplit(link).query)
    assert link.startswith("mailto:a@b.example?subject=")
    assert "fraud-1" in asked["subject"][0]
    assert "editions/2026-06/fraud.html#fraud-1" in asked["body"][0]
    assert "+" not in link, "mail programs show a plus as it is"


def test_a_tracker_with_parameters_of_its_own() -> None:
    link = errata.link(f"{TRACKER}?labels=data", "2026-06", "fraud")
    assert parse_qs(urlsplit(link).query)["labels"] == ["data"]
    named = errata.link(
        "https://lab.example/new?issue[title]={title}&issue[description]={body}", "2026-06", "fraud"
    )
    assert "issue[title]=" in named
    assert "{" not in named
    assert "2026-06" in unquote(named)


def test_what_is_put_in_stays_text() -> None:
    filled = errata.fill(errata.slot('a"><b>'), TRACKER, "2026-06", "fraud")
    link = BeautifulSoup(filled, "html.parser").a
    assert link is not None
    assert '"><b>' in unquote(str(link["href"]))
    assert not re.search("<b>", html.unescape(filled).replace('"><b>', ""))


WRONG = ["http://x.example", "javascript:alert(1)", "a@b.example", "mailto:", "https://", "https://x y"]


@pytest.mark.parametrize("wrong", WRONG)
def test_an_address_one_cannot_report_to_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(UsageError, match="https:// 开头的网址或 mailto:"):
        errata.address(configured(tmp_path, wrong))


@pytest.mark.parametrize("right", ["", None, TRACKER, "mailto:a@b.example"])
def test_an_address_or_none_is_taken(tmp_path: Path, right: str | None) -> None:
    assert errata.address(configured(tmp_path, right)) == (right or "")


# --- before it goes out --------------------------------------------------------------------------


def test_publish_says_what_is_left_empty(tmp_path: Path) -> None:
    said = publish.unset(configured(tmp_path, ""))
    assert len(said) == 2
    assert "html.baseurl" in said[0]
    assert "html_context.report" in said[1]
    assert publish.unset(configured(tmp_path, TRACKER, "https://yuebao.example/")) == []
    assert [line for line in publish.unset(configured(tmp_path, TRACKER)) if "baseurl" in line]


def test_the_repositorys_own_configuration_is_good() -> None:
    assert errata.address(Project(small.REPO)) in ("", errata.address(Project(small.REPO)))
