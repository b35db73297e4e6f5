"""What a buyer gets: rate and limits of one rule are one label, and no inferred date passes for stated."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from bs4 import Tag

from site_fixtures import Site, figures, site  # noqa: F401
from small import policy, put
from yuebao import offers, tables
from yuebao.chapter import Chapter
from yuebao.project import Project
from yuebao.tables import Tables

GIVEN = {"subsidy_rate", "subsidy_amount", "extra_subsidy", "subsidy_factor", "subsidy_rate_cap"}
LIMITS = {"subsidy_cap", "subsidy_floor"}


def built(project: Project, *rules: dict[str, object]) -> list[offers.Offer]:
    put(project, "2024-04", "trade_in_policy", rules)
    return offers.build(tables.assemble(project).labelled("trade_in_policy"))


RATE = policy(parameter="subsidy_rate", value=12, unit="percent")
CAP = policy(parameter="subsidy_cap", value=20000)


def test_rate_and_cap_are_one_label(empty: Project) -> None:
    (offer,) = built(empty, CAP, RATE)
    assert offer.told() == "售价的12%，最多2万元"
    assert len(offer.row_ids) == 2


def test_a_limit_an_item_belongs_to_every_rate_of_its_rule(empty: Project) -> None:
    first, second = (policy(parameter="subsidy_rate", value=v, unit="percent", condition=c)
                     for v, c in ((15, "二级能效"), (20, "一级能效")))  # fmt: skip
    per_item = policy(parameter="subsidy_cap", value=2000, condition="每件")
    found = built(empty, first, per_item, second)
    assert [offer.told() for offer in found] == ["售价的15%，每件最多2,000元", "售价的20%，每件最多2,000元"]


def test_a_cap_of_another_condition_or_of_other_days_is_not_joined(empty: Project) -> None:
    other = policy(parameter="subsidy_cap", value=15000, condition="燃油车")
    later = policy(parameter="subsidy_cap", value=30000, valid_from="2025-01-01", valid_to="2025-12-31")
    assert sorted(offer.told() for offer in built(empty, RATE, other, later)) == sorted(
        ["售价的12%", f"最多1.5万元；{offers.UNSEEN}", f"最多3万元；{offers.UNSEEN}"]
    )


def test_a_rate_from_an_unofficial_source_is_not_printed_but_said(empty: Project) -> None:
    sources = pd.read_csv(empty.data / "sources.csv", dtype=str, keep_default_na=False)
    sources.loc[sources["source_id"] == "s_copy", "grade"] = "unofficial"
    sources.to_csv(empty.data / "sources.csv", index=False)
    (offer,) = built(empty, {**RATE, "source_id": "s_copy"}, CAP)
    assert offer.told() == f"最多2万元；{offers.UNSOUND}"


def test_of_two_amounts_of_the_same_days_the_replaced_one_says_so(empty: Project) -> None:
    first = policy(condition="新能源车；首版", replaced_by="新能源车；提高后",
                   valid_to="2024-07-24", valid_to_basis="replaced")  # fmt: skip
    raised = policy(condition="新能源车；提高后", value=20000, retroactive="yes")
    one, two = built(empty, first, raised)
    assert one.standing() == "已由“新能源车；提高后”的2万元取代；后者追溯适用于此前的申请"
    assert two.standing() == "追溯适用于公布以前的申请"
    assert offers.date_words(one.valid["valid_to"], one.valid["valid_to_basis"]) == "2024-07-24（被取代）"


@pytest.mark.parametrize(
    ("value", "basis", "printed"),
    [
        ("2024-12-31", "stated", "2024-12-31"),
        ("2024-12-31", "inferred", "未写明（推定 2024-12-31）"),
        ("2024-12-31", None, "未写明（推定 2024-12-31）"),  # not marked is not stated
        (None, None, "未写明"),
    ],
)
def test_an_inferred_date_is_not_printed_as_stated(
    value: str | None, basis: str | None, printed: str
) -> None:
    assert offers.date_words(value, basis) == printed


# --- the book ------------------------------------------------------------------------------------


def test_every_cap_of_the_book_stands_with_what_it_limits(real: Tables) -> None:
    for offer in offers.build(real.labelled("trade_in_policy")):
        pieces = {part.parameter for part in offer.parts}
        if not pieces & GIVEN:
            assert offer.remark in (offers.UNSEEN, offers.UNSOUND, offers.STEPS), offer.told()


def test_every_sound_rate_and_limit_of_the_book_is_in_an_offer(real: Tables) -> None:
    rules = real.labelled("trade_in_policy")
    rules = rules[rules["parameter"].isin(offers.PARAMETERS) & tables.is_sound(rules)]
    joined = {r["row_id"] for o in offers.build(rules) for part in o.parts for r in part.rows}
    assert joined == set(rules["row_id"])


def test_notes_that_tell_of_inferred_dates_have_their_basis() -> None:
    """What was typed with a note that its end is the programme's year is marked so."""
    rules = Chapter.open("trade_in").tables.labelled("trade_in_policy")
    text = rules["note"].fillna("") + rules["remark"].fillna("")
    year = text.str.contains("= programme year, not stated")
    assert (rules[year & rules["valid_to"].notna()]["valid_to_basis"] == "inferred").all()
    assumed = text.str.contains("valid_to assumed")
    assert (rules[assumed]["valid_to_basis"] == "replaced").all()


def caps(tag: Tag, of: pd.Series) -> list[Tag]:
    return [number for number in tag.select("data") if of.get(str(number["data-row"])) in LIMITS]


def test_no_page_prints_a_cap_without_its_rate(site: Site) -> None:  # noqa: F811
    """Wherever a cap stands, the same cell says what is given, or that it is not known."""
    of = site.table("trade_in_policy").set_index("row_id")["parameter"]
    alone, count = [], 0
    for name in site.names:
        if name.startswith("rows-"):
            continue
        for cell in site.page(name).select("td, .chart, p"):
            numbers = caps(cell, of)
            count += len(numbers)
            given = any(of.get(str(n["data-row"])) in GIVEN for n in cell.select("data"))
            said = re.search(r"未见公布|非正式来源|各档分列", cell.get_text())
            if numbers and not given and not said:
                alone.append(f"{name}: {cell.get_text()}")
    assert alone == []
    assert count > 20


def test_no_chart_draws_a_cap_alone(site: Site) -> None:  # noqa: F811
    for name in site.names:
        for figure in figures(site.page(name)):
            for chart in figure.select(".chart"):
                assert "补贴上限" not in chart.get_text(), f"{name} {figure['id']}"


def test_no_page_prints_an_inferred_date_of_a_rule_as_stated(site: Site) -> None:  # noqa: F811
    """In tables of rules a date in 起止 is one that a source tells, or says what it is."""
    rules = site.table("trade_in_policy").set_index("row_id")
    count = inferred = 0
    for name in site.names:
        for figure in figures(site.page(name)):
            headers = [th.get_text() for th in figure.select("thead th")]
            for row in figure.select("tbody tr:not(.group)") if "起止" in headers else []:
                cells = dict(zip(headers, [td.get_text() for td in row.select("td")], strict=True))
                count += 1
                for number in row.select("data"):
                    rule = rules.loc[str(number["data-row"])]
                    bases = {rule["valid_from_basis"], rule["valid_to_basis"]}
                    dates = [rule[c] for c in ("valid_from", "valid_to") if rule[f"{c}_basis"] == "inferred"]
                    if "inferred" in bases and any(date in cells["起止"] for date in dates):
                        inferred += 1
                        assert "推定" in cells["起止"], f"{name}: {cells}"
    assert count > 40
    assert inferred > 10


def test_a_rule_that_has_dates_and_no_number_says_not_applicable(site: Site) -> None:  # noqa: F811
    for name in site.names:
        for figure in figures(site.page(name)):
            headers = [th.get_text() for th in figure.select("thead th")]
            if "起止" in headers:
                assert "未公布" not in figure.select_one("table").get_text(), name  # type: ignore[union-attr]
    assert "暂停公告：不适用" in site.text("area-420600")
