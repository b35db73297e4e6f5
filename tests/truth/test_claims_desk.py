"""The desk says on whose numbers each claim was computed again; its counts are re-derived from its file."""

from __future__ import annotations

import pandas as pd
import pytest

from site_fixtures import Site, site
from small import FIRST, figure, put
from yuebao import rules, tables
from yuebao.chapters import claims
from yuebao.project import Project

__all__ = ["site"]


def desk(project: Project, *rows: dict[str, object]) -> pd.DataFrame:
    put(project, FIRST, "fraud", rows)
    return claims.claims(project, tables.assemble(project))


def stated(**given: object) -> dict[str, object]:
    return figure(**{"value": 500, "change_pct": -50, "change_kind": "yoy", **given})


@pytest.mark.parametrize(("source", "base"), [("s_police", "own"), ("s_paper", "other")])
def test_a_claim_says_whose_numbers_it_is_computed_from(empty: Project, source: str, base: str) -> None:
    rows = desk(empty, stated(), figure(period="2023-04", value=1000, source_id=source))
    assert list(rows["verdict"]) == [rules.AGREES]
    assert list(rows["base"]) == [base]
    assert ("日报" in rows["base_publishers"].iloc[0]) is (base == "other")


def test_the_claimants_own_number_goes_before_anothers(empty: Project) -> None:
    others = [
        figure(period="2023-04", value=v, source_id=s) for v, s in ((900, "s_paper"), (1000, "s_police"))
    ]
    rows = desk(empty, stated(), *others)
    assert list(rows["base"]) == ["own"]
    assert list(rows["recomputed"]) == [-50]


def test_what_is_doubtful_is_in_no_count_and_no_base(empty: Project) -> None:
    rows = desk(empty, stated(obs_status="U"), figure(period="2023-04", value=1000))
    assert list(rows["sound"]) == [False]
    counts = claims.counts(rows).set_index("verdict")["claims"]
    assert counts["all"] == 0
    assert counts[claims.DOUBTFUL] == 1
    rows = desk(empty, stated(), figure(period="2023-04", value=1000, obs_status="U"))
    assert list(rows["verdict"]) == [rules.UNCHECKED]


# --- the real book ----------------------------------------------------------------------------


def file(site: Site) -> pd.DataFrame:
    return site.table("claims")


def test_each_base_is_the_publishers_it_says(site: Site) -> None:
    publishers = pd.concat([site.table(n) for n in ("fraud", "trees", "trade_in", "context")])
    publisher_of = publishers.set_index("row_id")["source_publisher"]
    again = file(site)
    again = again[again["recomputed"] != ""]
    assert len(again)
    for _, row in again.iterrows():
        whose = {publisher_of[i] for i in row["from_rows"].split(";")} - {row["source_publisher"]}
        assert (row["base"] == "other") is bool(whose), row["row_id"]
        assert whose <= set(row["base_publishers"].split("；"))
        cells = site.page("claims").find(id=row["row_id"])
        assert cells is not None
        assert ("另一公布者" in cells.get_text()) is bool(whose)


def test_the_lead_and_the_front_page_count_what_the_file_holds(site: Site) -> None:
    sound = file(site)
    sound = sound[sound["sound"].str.lower() == "true"]
    doubtful = file(site).drop(sound.index)
    again = sound[sound["recomputed"] != ""]
    most = again["source_publisher"].value_counts()
    first = again[again["source_publisher"] == most.index[0]]
    expected = [
        len(sound),
        len(sound) - len(again),
        len(again),
        (again["base"] == "own").sum(),
        (again["base"] == "other").sum(),
        len(first),
        first["source_id"].nunique(),
        *((sound["verdict"] == v).sum() for v in ("agrees", "agrees_truncated", "agrees_within_rounding")),
        (sound["verdict"] == "disagrees").sum(),
        len(doubtful),
        (doubtful["verdict"] == "disagrees").sum(),
    ]
    for page, place in (("claims", ".lead"), ("index", "#desk + p")):
        tag = site.page(page).select_one(place)
        assert tag is not None
        assert [int(str(n["value"])) for n in tag.select("data")] == expected, page
        assert most.index[0] in tag.get_text()
        assert "自己公布的数" not in tag.get_text()
        assert "它自己的数字" not in tag.get_text()


def test_claims_stand_under_who_makes_them(site: Site) -> None:
    table = site.table("claims-publishers")
    sound = file(site)
    sound = sound[sound["sound"].str.lower() == "true"]
    sizes = sound["source_publisher"].value_counts()
    assert dict(zip(table["publisher"], table["claims"].astype(int), strict=True)) == sizes.to_dict()
    for verdict in ("agrees", "unchecked"):
        groups = site.page("claims").select(f"#x-claims-{verdict} tr.group th")
        names = [th.get_text() for th in groups]
        assert len(names) == len(set(names)) > 1
