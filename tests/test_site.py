"""The real book, end to end: built once from the repository's own data, then read as a reader would.

The numbers on the pages are compared with the downloads beside them, and the headline
numbers are computed again from those downloads, without the code that made the pages.
"""

from __future__ import annotations

import itertools
import json
import re
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlsplit

import frictionless
import pandas as pd
import pytest
from bs4 import Tag

import small
from drawn_rows import drawn_rows
from site_fixtures import CHAPTERS, DATES, Site, drawn, figures, number, site, told, tree
from yuebao import book, words
from yuebao.chapters import fraud, trade_in

__all__ = ["site"]
pytestmark = pytest.mark.timeout(900)

HUBEI, NATION, TONGCHENG = "420000", "000000", "421222"
TRUSTED = ("official", "press")
JUDGING = ("错误地", "造假", "虚报", "谎", "误导", "夸大", "失实", "竟", "离谱", "荒唐", "算错", "可疑")


# --- pages ---------------------------------------------------------------------------------


def test_every_page_of_the_contents_is_there(site: Site) -> None:
    assert set(site.listed) <= set(site.names)
    rows = {name for name in site.names if name.startswith("rows-")}
    others = set(site.names) - set(site.listed) - rows
    assert others == {"search", "404", *site.areas}, "and no page that nothing leads to"
    for name in site.names:
        if name not in ("search", "404"):
            links = {a["href"] for a in site.page(name).select("header nav a[href]")}
            others = {f"{other}.html" for other in site.listed} - {f"{name}.html"}
            assert others <= links, f"the bar of pages on {name}"


def test_every_page_is_chinese_with_one_title(site: Site) -> None:
    for name in site.names:
        page = site.page(name)
        assert page.html is not None
        assert page.html["lang"] == "zh-CN", name
        assert len(page.select("h1")) == 1, name
        assert page.title is not None, name
        assert "湖北月报" in page.title.get_text(), name
        assert page.select_one('meta[name="viewport"]'), name


def test_nothing_is_left_unfilled(site: Site) -> None:
    leftover = re.compile(r"\{\{|\}\}|\{%|\bNone\b|\b[Nn]a[Nn]\b|<NA>|\bNaT\b|\bundefined\b|\bTODO\b|待写")
    wrong = []
    for name in site.names:
        article = site.page(name).select_one("article")
        assert article is not None
        strings = article.find_all(string=True)
        parts = [str(s) for s in strings if s.find_parent(["code", "pre"]) is None]
        parts += [str(tag["aria-label"]) for tag in article.select("[aria-label]")]
        for number_, part in enumerate(parts):
            if leftover.search(part):
                wrong.append(f"{name}: {' '.join(parts[max(0, number_ - 3) : number_ + 1])[-120:]}")
    assert wrong == []


def test_the_site_has_no_faults(site: Site) -> None:
    assert book.faults(site.folder) == []


def test_nothing_is_loaded_from_another_host(site: Site) -> None:
    asks = r"(?:url\(|@import\s+|\bimport\(?\s*|\bfetch\(\s*)"
    loading = re.compile(asks + r"""["']?((?:https?:)?//[^"')\s]+)""")
    for path in site.folder.rglob("*"):
        if path.suffix in (".css", ".js", ".html", ".svg"):
            text = path.read_text(encoding="utf-8")
            assert loading.findall(text) == [], path.name
    for name in site.names:
        page = site.page(name)
        for tag in page.select("[src], link[href], object[data], [srcset], [poster]"):
            for attribute in ("src", "href", "data", "srcset", "poster"):
                if tag.name != "a" and tag.has_attr(attribute) and "canonical" not in (tag.get("rel") or []):
                    assert not urlsplit(str(tag[attribute])).netloc, f"{name}: {tag}"
        assert not page.select("iframe, object, embed, base"), name
        assert not page.select("script:not([src]):not([type='application/ld+json'])"), (
            f"{name}: a script in the page"
        )


def test_sections_can_be_linked_to(site: Site) -> None:
    """Headings that notebooks compute are sections of the page, each with an address."""
    for name in (*CHAPTERS, "quality"):
        page = site.page(name)
        headings = page.select("article h2, article h3")
        assert headings, name
        ids = [str(tag["id"]) for tag in page.select("[id]")]
        assert len(ids) == len(set(ids)), f"{name}: an id twice"
        for heading in headings:
            if heading.find_parent(class_="side"):
                assert heading.get("id"), f"{name}: {heading.get_text()}"
                continue
            section = heading.find_parent("section")
            assert section is not None, f"{name}: {heading.get_text()}"
            assert section.get("id"), f"{name}: {heading.get_text()}"
            assert section.find(["h1", "h2", "h3"]) is heading, f"{name}: {heading.get_text()}"
            assert heading.select_one(f'a.headerlink[href="#{section["id"]}"]'), heading.get_text()
            if heading.name == "h3":
                parent = section.find_parent("section")
                assert parent is not None
                assert parent.find(["h1", "h2"]).name == "h2", f"{name}: {heading.get_text()}"  # type: ignore[union-attr]


# --- numbers -------------------------------------------------------------------------------


def test_every_number_of_an_exhibit_stands_in_its_own_download(site: Site) -> None:
    """Promise 2; that each number of any page stands in the row it names is in test_trace.py."""
    missing = []
    for name in site.names:
        for tag in site.page(name).select("figure.exhibit data"):
            own = tag.find_parent("figure").select_one(".exhibit-tools a[download]")  # type: ignore[union-attr]
            value = number(str(tag["value"]))
            assert value is not None, f"{name}: {tag}"
            if own is None or tag.find_parent(class_="finding") is not None:
                continue
            file = str(own["href"]).rsplit("/", 1)[1]
            if value not in site.numbers(file):
                missing.append(f"{name}: {tag} not in {file}")
    assert missing == []


def test_the_pages_hold_many_numbers(site: Site) -> None:
    """So that the test above is about something."""
    for name, least in {"fraud": 200, "trees": 400, "trade_in": 200, "context": 10, "index": 10}.items():
        assert len(site.page(name).select("data")) >= least, name


def test_every_number_is_printed_as_the_book_formats_it(site: Site) -> None:
    for name in site.names:
        for tag in site.page(name).select("data"):
            value = Decimal(str(tag["value"]))
            printed = tag.get_text()
            digits, scale = words.scaled(value)  # type: ignore[arg-type]
            allowed = {digits + scale, words.plain(value), words.plain(abs(value))}
            if tag.find_parent(class_="card-value") is not None and scale:
                unit = tag.find_next_sibling(class_="unit")
                assert unit is not None
                if unit.get_text().startswith(scale):
                    allowed.add(digits)  # 82.6 in large figures, 万株 in small ones
            if value == 0:
                allowed.add("持平")
            assert printed in allowed, f"{name}: {tag}"


@pytest.mark.parametrize("name", [*CHAPTERS, "index", "quality", "dictionary", "sources"])
def test_headlines_and_leads_have_no_number_of_their_own(site: Site, name: str) -> None:
    """A digit outside of a data element is a date's."""
    places = ".lead, .card-value, .card-change, .card-label, h2, h3, .exhibit-caption"
    found = []
    for tag in site.page(name).select(places):
        if tag.find_parent(class_="side"):
            continue
        plain = "".join(
            str(piece) for piece in tag.find_all(string=True) if piece.find_parent("data") is None
        )
        rest = re.sub(r"\d+ 行", "", DATES.sub("", plain))  # rows of the table below are counted
        if re.search(r"\d", rest):
            found.append(f"{name}: {tag.get_text()}")
    assert found == []


def carried(figure_text: str, site: Site, file: str) -> list[str]:
    """Numbers told in a text that do not stand in the download; its own words may be repeated."""
    cells = {cell for row in site.rows(file)[1:] for cell in row}
    for cell in sorted((c for c in cells if len(c) > 3), key=len, reverse=True):
        if number(cell) is None:
            figure_text = figure_text.replace(cell, " ")
    held = {abs(n) for n in site.numbers(file)}
    return [printed for printed, size in told(figure_text) if size not in held]


@pytest.mark.parametrize("name", [*CHAPTERS, "index"])
def test_charts_and_their_descriptions_tell_the_numbers_of_their_download(site: Site, name: str) -> None:
    wrong = []
    for figure in figures(site.page(name)):
        link = figure.select_one(".exhibit-tools a[download]")
        assert link is not None
        file = str(link["href"]).rsplit("/", 1)[1]
        label = figure.select_one(".chart[aria-label]")
        if label is None:
            continue
        for text in (drawn(figure), str(label["aria-label"])):
            text = re.sub(r"T\d{4}", "", text)
            counts = [int(n) for n in re.findall(r"(?:公布了|共)(\d+)(?:个日期)", text)]
            if counts:
                rows = site.table(file.removesuffix(".csv"))
                dated = rows[rows["图中"] == "画出"] if "图中" in rows else rows
                assert sum(counts) == len(dated), f"{name} {file}: {text}"
            text = re.sub(r"(?:公布了|共)\d+(?:个日期|条规则)", "", text)
            wrong += [f"{file}: {printed} of “{text}”" for printed in carried(text, site, file)]
    assert wrong == []


def test_findings_tell_numbers_of_the_downloads(site: Site) -> None:
    """What the checks say, on every page, down to the number they recomputed."""
    files = site.downloads
    held = {abs(n) for n in site.numbers(*files)}
    cells = {cell for file in files for row in site.rows(file)[1:] for cell in row}
    wrong = []
    for name in (*CHAPTERS, "index", "quality"):
        for tag in site.page(name).select(".finding"):
            text = re.sub(r"(?:另有|共) \d+ 条(?:提示)?", "", tag.get_text())
            for cell in sorted((c for c in cells if len(c) > 3 and c in text), key=len, reverse=True):
                text = text.replace(cell, " ")
            wrong += [f"{name}: {n} of “{tag.get_text()}”" for n, size in told(text) if size not in held]
    assert wrong == []


def test_counts_of_findings_are_the_same_everywhere(site: Site) -> None:
    by_chapter = site.table("quality-checks-by-chapter").set_index("chapter_zh")["found"].astype(int)
    titles = {name: site.page(name).h1.find(string=True) for name in CHAPTERS}  # type: ignore[union-attr]
    quality = site.page("quality")
    assert len(quality.select(".finding")) == by_chapter["合计"] == site.result.warnings
    for name in CHAPTERS:
        meta = site.page(name).select_one(".meta a")
        assert meta is not None
        assert meta.get_text() == f"{by_chapter[str(titles[name])]} 条", name
        assert quality.select_one(f"#c-{name}"), name
    front = site.page("index").select_one(".meta a")
    assert front is not None
    assert front.get_text() == f"检查：错误 0，提示 {by_chapter['合计']} 条"


def test_tables_say_how_many_rows_they_have(site: Site) -> None:
    for name in site.names:
        for summary in site.page(name).select(".exhibit-table > summary"):
            said = re.search(r"（(\d+) 行）", summary.get_text())
            assert said is not None, summary
            body = summary.find_next("tbody")
            assert body is not None
            assert len(body.select("tr:not(.group)")) == int(said[1]), f"{name}: {summary.get_text()}"


def datasets(site: Site) -> list[str]:
    """Names of the datasets that have an edition and a source in each row."""
    both = {"edition", "source_id"}
    return [f.removesuffix(".csv") for f in site.downloads if both <= set(site.rows(f)[0])]


def test_the_sources_page_counts_what_each_source_gave(site: Site) -> None:
    given = pd.concat([site.table(name)["source_id"] for name in datasets(site)]).value_counts()
    page = site.page("sources")
    items = page.select("ol.sources > li[id]")
    assert {str(i["id"]) for i in items} == set(given.index), "every source used, and no other"
    for item in items:
        (count,) = item.select("data")
        assert int(str(count["value"])) == given[str(item["id"])], item["id"]


def test_the_front_page_counts_the_new_rows(site: Site) -> None:
    new = {name: int((site.table(name)["edition"] == site.result.edition).sum()) for name in datasets(site)}
    heading = site.page("index").select_one("#new")
    assert heading is not None
    paragraph = heading.find_next("p")
    assert paragraph is not None
    said = [int(n) for n in re.findall(r"(\d+) 行", paragraph.get_text())]
    assert sorted(said) == sorted(n for n in new.values() if n)


# --- the headline numbers, computed again ------------------------------------------------------


def last_day(period: str) -> str:
    """The last day of a period as text that sorts; a month or a year ends on its own last day."""
    end = period.split("/")[-1]
    return f"{end}-99-99"[:10] if len(end) == 4 else f"{end}-99"[:10]


def rows(site: Site, dataset: str, **wanted: str) -> pd.DataFrame:
    """Rows of a dataset's download where the columns hold just these values, by last day."""
    table = site.table(dataset)
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table.assign(last=table["period"].map(last_day)).sort_values("last", kind="stable")


def decimals(values: pd.Series) -> list[Decimal]:
    return [Decimal(v) for v in values]


def cards(site: Site, name: str) -> dict[str, Tag]:
    """A page's headline figures by their label."""
    found = {}
    for card in site.page(name).select(".card, .column"):
        label = card.select_one(".card-label")
        if label is not None:
            found[label.get_text()] = card
    return found


def values(tag: Tag | None, where: str = "data") -> list[Decimal]:
    assert tag is not None
    return [Decimal(str(d["value"])) for d in tag.select(where)]


def lead(site: Site, name: str) -> list[Decimal]:
    return values(site.page(name).select_one(".lead"))


def latest_change(site: Site, measure: str) -> tuple[Decimal, str]:
    held = rows(site, "fraud", area_code=HUBEI, measure=measure, category="", change_kind="yoy")
    last = held[held["change_pct"] != ""].iloc[-1]
    return Decimal(last["change_pct"]), last["period"]


def newest_figure(site: Site, area: str) -> pd.Series:
    """An area's newest figure of the measures that may lead the page, the first of them on one day."""
    held = rows(site, "fraud", area_code=area, category="", obs_status="A")
    held = held[(held["value"] != "") | (held["change_kind"] == "yoy")]
    held = held[held["measure"].isin(fraud.NEWEST) & ~held["period"].str.contains(r"\.\.")]
    held = held[held["grade_of_trust"] != "unofficial"]
    held = held.assign(last=held["period"].map(last_day), place=held["measure"].map(fraud.NEWEST.index))
    return held.sort_values(["last", "place"], ascending=[False, True]).iloc[0]


def test_fraud_headlines(site: Site) -> None:
    cases, period = latest_change(site, "cases_occurred")
    loss, _ = latest_change(site, "loss")
    own, nation = newest_figure(site, HUBEI), newest_figure(site, NATION)
    number_of = {row["row_id"]: Decimal(row["value"] or row["change_pct"]) for row in (own, nation)}
    assert lead(site, "fraud") == [cases, loss, *number_of.values()]
    text = site.page("fraud").select_one(".lead").get_text()  # type: ignore[union-attr]
    for row in (own, nation):
        assert f"{row['area_zh']}{words.period(row['period'])}{row['measure_zh']}" in text
    held = cards(site, "fraud")
    assert values(held["发案数"]) == [cases]
    assert held["发案数"].select_one(".card-value").get_text().startswith("−")  # type: ignore[union-attr]
    assert "下降" in held["发案数"].get_text()
    assert words.period(period) in held["发案数"].get_text()
    assert values(held["损失金额"]) == [loss]
    for row in (own, nation):
        assert values(held[str(row["measure_zh"])], ".card-value data") == [number_of[row["row_id"]]]


def test_trees_headlines(site: Site) -> None:
    totals = rows(site, "trees", area_code=HUBEI, measure="trees_total", category="", obs_status="A")
    printed = [Decimal(value) for value in totals["value"].drop_duplicates()]
    total = Decimal(825_854)
    assert total in printed
    assert lead(site, "trees")[0] == total, "the survey's own count, then its other printings"
    assert set(lead(site, "trees")) == set(printed)
    grade = rows(site, "trees", area_code=HUBEI, measure="trees_by_grade", category="grade_1", obs_status="A")
    held = cards(site, "trees")
    assert values(held["古树名木总数"]) == [total]
    assert values(held["一级古树"]) == [Decimal(grade["value"].iloc[-1])]
    assert "825,854株" in site.page("trees").select_one(".card-value").get_text()  # type: ignore[union-attr]


def target(site: Site) -> tuple[Decimal, Decimal, Decimal, Decimal, str]:
    """Appliances sold, the year's target, the share done, the share of the campaign gone, the day."""
    done = rows(
        site, "trade_in", area_code=HUBEI, measure="units_sold", category="appliance", obs_status="A"
    ).iloc[-1]
    day = pd.Timestamp(done["last"])
    aim = rows(
        site,
        "trade_in",
        area_code=HUBEI,
        measure="target_units_sold",
        category="appliance",
        period=str(day.year),
    ).iloc[0]
    sold, wanted = Decimal(done["value"]), Decimal(aim["value"])
    rules = site.table("trade_in_policy")
    rules = rules[(rules["area_code"] == HUBEI) & (rules["category"] == "appliance")]
    (campaign,) = rules[rules["parameter"] == "programme_period"].to_dict("records")
    first, last = pd.Timestamp(campaign["valid_from"]), pd.Timestamp(words.span(campaign["valid_to"])[1])
    tenth = Decimal("0.1")
    share = (sold / wanted * 100).quantize(tenth, ROUND_HALF_UP)
    gone = (Decimal((day - first).days + 1) / ((last - first).days + 1) * 100).quantize(tenth, ROUND_HALF_UP)
    return sold, wanted, share, gone, done["last"]


def test_trade_in_headlines(site: Site) -> None:
    cars = rows(site, "trade_in", area_code=HUBEI, measure="vehicles", category="car_all", obs_status="A")
    count = Decimal(cars["value"].iloc[-1])
    people = rows(site, "trade_in", area_code=HUBEI, measure="applicants", category="car_all").iloc[-1]
    aim = rows(
        site,
        "trade_in",
        area_code=HUBEI,
        measure="target_vehicles",
        category="car_all",
        period=people["last"][:4],
    ).iloc[0]
    sold, wanted, share, gone, day = target(site)
    assert (sold, wanted, day) == (261_000, 1_000_000, "2024-08-08")
    assert (share, gone) == (Decimal("26.1"), Decimal("43.6"))
    assert (Decimal(people["value"]), Decimal(aim["value"])) == (43_100, 40_000)
    told_ = [count, Decimal(people["value"]), Decimal(aim["value"]), sold, share, gone]
    assert lead(site, "trade_in") == told_
    paragraph = site.page("trade_in").select_one(".lead")
    assert paragraph is not None
    assert "不相等同" in paragraph.get_text(), "applicants and cars are not taken for one count"
    taken_for_one = re.search(r"107\.7|107\.8|超额完成", site.text("trade_in"))
    assert taken_for_one is None, "43,100 people are no share of 40,000 cars"
    held = cards(site, "trade_in")
    assert values(held["家电以旧换新"]) == [sold, share, gone]
    assert values(held["汽车以旧换新补贴申请人数"]) == [Decimal(people["value"]), Decimal(aim["value"])]
    table = site.table("trade_in-targets")
    assert {"26.1", "43.6"} <= set(table.iloc[0]), "the computed shares are in the download"


def test_context_headlines(site: Site) -> None:
    for card in cards(site, "context").values():
        (value,) = values(card, ".card-value data")
        label = card.select_one(".card-label").get_text()  # type: ignore[union-attr]
        held = rows(site, "context", measure_zh=label)
        assert value == max(decimals(held["value"])), label
        over = held[held["value"].map(Decimal) == value]["qualifier"].iloc[0] == "over"
        assert card.select_one(".card-value").get_text().startswith("逾") is over, label  # type: ignore[union-attr]


def test_front_page_headlines(site: Site) -> None:
    held = {label.split("，")[0]: card for label, card in cards(site, "index").items()}
    months = rows(site, "fraud", area_code=TONGCHENG, measure="cases_filed", category="", change_kind="mom")
    months = months[(months["value"] != "") & months["period"].str.fullmatch(r"\d{4}-\d{2}")]
    last = months.iloc[-1]
    filed = rows(site, "fraud", area_code=TONGCHENG, measure="cases_filed", category="")
    by_month = {p: Decimal(v) for p, v in zip(filed["period"], filed["value"], strict=True) if v}
    count, before, year = (by_month[p] for p in ("2024-05", "2024-04", "2023-05"))
    assert (last["period"], count) == ("2024-05", 27)
    assert values(held["通城县立案"], ".card-value data") == [count]
    assert values(held["通城县立案"], ".card-change data") == [count - year, count - before] == [-27, 13]
    total = site.table("trees-survey-totals")
    assert values(held["古树名木总数"], ".card-value data") == [Decimal(total["value"].iloc[-1])]
    sold, _, share, gone, _ = target(site)
    assert values(held["家电以旧换新"], ".card-value data") == [sold]
    assert values(held["家电以旧换新"], ".card-change data") == [share, gone]
    sales = rows(site, "trade_in", area_code=NATION, measure="sales", category="all", counting="cumulative")
    sales = sales[sales["obs_status"].isin(["A", "E"]) & (sales["value"] != "")]
    sales = sales[sales["programme"].str.fullmatch(r"\d{4}")]
    cars = rows(site, "trade_in", area_code=HUBEI, measure="vehicles", category="car_all", obs_status="A")
    told_ = lead(site, "index")
    assert told_[1:] == [
        Decimal(cars["value"].iloc[-1]),
        latest_change(site, "cases_occurred")[0],
        Decimal(total["value"].iloc[-1]),
    ]
    newest = sales[sales["last"] == sales["last"].max()]
    assert told_[0] in decimals(newest["value"])


def test_quality_headlines(site: Site) -> None:
    table = site.table("quality-checks-by-chapter").drop(columns="row_id")
    table = table.set_index("chapter_zh").astype(int)
    parts = table.drop(index="合计")
    assert (parts.sum() == table.loc["合计"]).all()
    total = table.loc["合计"]
    assert [int(n) for n in lead(site, "quality")] == [
        total["checks"],
        total["cases"],
        total["errors"],
        total["found"],
    ]
    assert total["errors"] == 0
    assert (table["cases"] == table["passed"] + table["uncheckable"] + table["found"]).all()


# --- titles that claim something ---------------------------------------------------------------


def title_of(site: Site, page: str, exhibit: str) -> str:
    figure = site.page(page).select_one(f"#x-{page}-{exhibit}")
    assert figure is not None, exhibit
    heading = figure.find_previous(["h2", "h3"])
    assert heading is not None
    return str(heading.find(string=True))


def says_of(site: Site, page: str, exhibit: str) -> str:
    said = site.page(page).select_one(f"#x-{page}-{exhibit} .exhibit-says")
    assert said is not None, exhibit
    return said.get_text()


def test_titles_claim_what_their_tables_show(site: Site) -> None:
    for name in ("case-changes", "justice-changes"):
        drawn_ = drawn_rows(site, f"fraud-{name}")
        title = title_of(site, "fraud", name)
        assert ("同比都下降" in title) is all(drawn_["change_pct"] < 0)
        assert ("同比都上升" in title) is all(drawn_["change_pct"] > 0)
        if "都" in title:
            assert title.startswith("湖北省")
            assert all(measure in title for measure in drawn_["measure_zh"])
            assert all(words.period(period) in title for period in drawn_["period"])

    solved = site.table("fraud-nation-cases-solved").sort_values("period")
    title = title_of(site, "fraud", "nation-cases-solved")
    top = re.search(r"(\d{4})年最多，此后", title)
    assert top is not None
    falling = decimals(solved[solved["period"] >= top[1]]["value"])
    assert len(falling) > 2
    assert all(a > b for a, b in itertools.pairwise(falling))
    assert max(decimals(solved["value"])) == falling[0]

    for name, unit in (("cases", "起"), ("loss", "元")):
        table = site.table(f"fraud-tongcheng-{name}").set_index("period")["value"].map(float)
        last = max(table.index)
        year_before = f"{int(last[:4]) - 1}{last[4:]}"
        says = says_of(site, "fraud", f"tongcheng-{name}")
        assert says.startswith(words.period(last))
        way = "多" if table[last] > table[year_before] else "少"
        assert says.endswith(f"{way}{words.amount(abs(table[last] - table[year_before]), unit)}。")

    towns = site.table("fraud-tongcheng-towns")
    sizes = dict(zip(towns["category_zh"], decimals(towns["value"]), strict=True))
    largest = max(sizes, key=lambda town: sizes[town])
    county = rows(site, "fraud", area_code=TONGCHENG, measure="loss", category="")
    county = county[(county["period"] == towns["period"].iloc[0]) & (county["value"] != "")]
    share = words.rounded(sizes[largest] / Decimal(county["value"].iloc[0]) * 100, 2)
    assert says_of(site, "fraud", "tongcheng-towns") == f"全县损失的{words.plain(share)}%在{largest}。"


# --- the parts of a chapter's page ---------------------------------------------------------------


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_page_has_its_parts(site: Site, name: str) -> None:
    page = site.page(name)
    assert page.select_one(".lead").get_text().strip()  # type: ignore[union-attr]
    for card in page.select(".cards > .card"):
        for part in (".card-label", ".card-value", ".card-period", ".card-source a"):
            assert card.select_one(part), f"{card.get_text()}: {part}"
        assert card.select_one(".card-value data"), card.get_text()
        assert re.search(r"\d{4}年", card.select_one(".card-period").get_text())  # type: ignore[union-attr]
    assert 2 <= len(page.select(".cards > .card")) <= 4
    side = page.select_one(".side")
    assert side is not None
    for part in ("terms", "cannot", "cite", "downloads"):
        assert side.select_one(f"h2#{part}"), part
    assert len(side.select("dl.terms dt")) == len(side.select("dl.terms dd")) >= 3
    for term in side.select("dt, dd"):
        assert term.get_text().strip()
    assert side.select_one("#cannot").find_next("ul").select("li")  # type: ignore[union-attr]
    cite = side.select_one("#cite").find_next("p").get_text()  # type: ignore[union-attr]
    assert "湖北月报" in cite
    assert words.period(site.result.edition) in cite
    offered = [str(a["href"]) for a in side.select("ul a[download]")]
    assert f"data/latest/{name}.csv" in offered
    headings = {str(h.find(string=True)) for h in page.select("article h2")}
    assert "检查提示" in headings, "findings that concern the chapter"


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_exhibit_has_its_parts(site: Site, name: str) -> None:
    page = site.page(name)
    exhibits = list(figures(page))
    assert len(exhibits) >= 3
    for figure in exhibits:
        place = str(figure["id"])
        heading = figure.find_previous(["h2", "h3"])
        assert heading is not None
        assert str(heading.find(string=True)).strip(), place
        assert figure.select_one(".exhibit-caption").get_text().strip(), place  # type: ignore[union-attr]
        drawings = figure.select(".chart")
        assert [c["class"][1] for c in drawings] in ([], ["wide", "narrow"]), place
        for chart in drawings:
            assert chart["role"] == "img", place
            assert len(str(chart["aria-label"])) > 10, place
            assert chart.select_one("svg path, svg line, svg rect"), place
        if drawings:
            told_ = figure.select_one(".exhibit-alt")
            assert told_ is not None
            assert told_.get_text() == drawings[0]["aria-label"], place
        assert figure.select_one("table.data thead th[scope=col]"), place
        assert figure.select("table.data tbody tr"), place
        link = figure.select_one(".exhibit-tools a[download]")
        assert link is not None, place
        assert (site.folder / str(link["href"])).is_file(), place
        assert str(link["href"]) == f"data/latest/{place.removeprefix('x-')}.csv"
        sources = figure.select('.exhibit-tools a[href^="sources.html#"]')
        cells = figure.select('table.data a[href^="sources.html#"]')
        columns = [th.get_text() for th in figure.select("thead th")]
        assert sources or cells or "来源" in columns, place


def test_ids_in_charts_are_apart(site: Site) -> None:
    for name in site.names:
        page = site.page(name)
        ids = [str(t["id"]) for t in page.select("[id]")]
        assert len(ids) == len(set(ids)), name
        for tag in page.select("svg [clip-path], svg [fill^=url]"):
            for address in re.findall(r"url\(#([^)]+)\)", str(tag.get("clip-path")) + str(tag.get("fill"))):
                assert address in ids, f"{name}: {address}"


def test_every_source_link_leads_to_its_source(site: Site) -> None:
    held = {str(t["id"]) for t in site.page("sources").select("[id]")}
    known = set(site.table("sources")["source_id"])
    count = 0
    for name in (*CHAPTERS, "index", "quality"):
        for link in site.page(name).select('a[href^="sources.html#"]'):
            source = str(link["href"]).split("#", 1)[1]
            assert source in held, f"{name}: {source}"
            assert source in known, f"{name}: {source}"
            assert link.get_text().strip(), f"{name}: {link}"
            count += 1
    assert count > 300


def test_a_row_of_a_table_has_its_source(site: Site) -> None:
    """Promise 3: in a table of figures each row links its source."""
    for name in CHAPTERS:
        for figure in figures(site.page(name)):
            headers = [th.get_text() for th in figure.select("thead th")]
            if not {"数值", "公布的变化", "树龄"} & set(headers):
                continue
            for row in figure.select("tbody tr:not(.group)"):
                assert row.select('a[href^="sources.html#"]'), f"{figure['id']}: {row.get_text(' ')}"


def test_a_mirror_is_printed_and_not_linked(site: Site) -> None:
    table = site.table("sources").set_index("source_id")
    for item in site.page("sources").select("ol.sources > li[id]"):
        source = table.loc[str(item["id"])]
        links = [str(a["href"]) for a in item.select("a[href^=http]")]
        assert links == ([source["url"]] if source["link"] == "true" and source["url"] else []), item["id"]
        if source["url"]:
            assert source["url"] in item.get_text(), item["id"]


# --- what the book is careful about ---------------------------------------------------------------


def test_the_tongcheng_case_is_stated_beside_its_recomputation(site: Site) -> None:
    filed = rows(site, "fraud", area_code=TONGCHENG, measure="loss", category="")
    by_month = {p: Decimal(v) for p, v in zip(filed["period"], filed["value"], strict=True) if v}
    rise = (by_month["2024-05"] / by_month["2024-04"] - 1) * 100
    assert rise.quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal("448.63")
    stated = filed[(filed["period"] == "2024-05") & (filed["change_kind"] == "mom")]["change_pct"]
    assert list(stated) == ["81.77"]
    for page, table in (("fraud", "claims"), ("claims", "doubtful")):
        rows_ = site.page(page).select(f"#x-{page}-{table} tbody tr")
        claim = next(row for row in rows_ if "81.77" in row.get_text()).get_text()
        for part in ("2024年5月", "损失金额", "环比上升81.77%", "环比上升448.63%", "通城县公安局"):
            assert part in claim, f"{page}: {part}"
    row = site.table("claims").set_index("stated").loc["环比上升81.77%"]
    assert (row["found"], row["verdict_zh"]) == ("环比上升448.63%", "不一致")
    for name in ("fraud", "quality"):
        said = [t.get_text() for t in site.page(name).select(".finding") if "81.77" in t.get_text()]
        assert len(said) == 1, name
        assert "来源写明“环比上升81.77%”，按公布的数重算为环比上升448.63%" in said[0], name


def test_findings_are_worded_neutrally(site: Site) -> None:
    for name in (*CHAPTERS, "index", "quality"):
        for tag in site.page(name).select(".finding"):
            assert not any(word in tag.get_text() for word in JUDGING), tag.get_text()


def test_areas_without_a_total_are_said_and_never_drawn(site: Site) -> None:
    areas = site.table("areas")
    all_17 = areas[areas["level"].isin(["prefecture", "direct"])].set_index("area_code")["short_zh"]
    assert len(all_17) == 17
    totals = site.table("trees")
    totals = totals[(totals["measure"] == "trees_total") & (totals["category"] == "")]
    totals = totals[totals["value"] != ""]
    known = set(totals[totals["obs_status"].isin(["A", "E", "F"])]["area_code"])
    without = {short for code, short in all_17.items() if code not in known}
    assert without, "some area has no total"
    figure = site.page("trees").select_one("#x-trees-by-area")
    assert figure is not None
    note = figure.select_one(".finding")
    assert note is not None
    said = re.search(r"未见公布总数：([^。]*)。", note.get_text())
    assert said is not None
    assert set(said[1].split("、")) == without
    for place in ("#x-trees-by-area .chart", "#x-trees-by-area tbody"):
        for tag in site.page("trees").select(place):
            text = tag.get_text(" ") + str(tag.get("aria-label", ""))
            for short in without:
                assert short not in text, f"{short} in {place}"
    front = site.page("index").select_one('.column .chart[aria-label*="株"]')
    assert front is not None
    for short in without:
        assert short not in front.get_text(" ") + str(front["aria-label"])
    assert Decimal(0) not in decimals(site.table("trees-by-area")["value"]), "unknown is not zero"


def test_what_a_chart_leaves_out_its_description_leaves_out(site: Site) -> None:
    """神农架's count does not fit the province's: it is in no chart, nor told as if it were."""
    for name in ("trees", "index"):
        for chart in site.page(name).select(".chart"):
            drawn_, told_ = chart.get_text(" "), str(chart["aria-label"])
            if "神农架" not in drawn_:
                assert "神农架 逾63.7万株" not in told_, f"{name}: {told_[:80]}"


def test_doubtful_figures_are_in_no_chart_and_no_headline(site: Site) -> None:
    units = site.table("units").set_index("unit")["label_zh"]
    doubtful, sound = set(), set()
    for dataset in CHAPTERS:
        table = site.table(dataset)
        for value, status, unit in zip(table["value"], table["obs_status"], table["unit"], strict=True):
            if value:
                printed = words.amount(float(value), units[unit])
                (doubtful if status == "U" else sound).add(printed)
    only = doubtful - sound
    assert {"2595.5万台", "2780.2万台"} <= only
    for name in (*CHAPTERS, "index"):
        page = site.page(name)
        for place in page.select(".lead, .card, .column, .chart"):
            text = place.get_text() + str(place.get("aria-label", ""))
            for printed in only:
                told_ = re.search(rf"(?<![\d,.]){re.escape(printed)}", text)
                assert told_ is None, f"{name}: {printed} in {text}"
    for digits in ("2595.5万", "2780.2万"):
        places = site.page("trade_in").find_all("data", string=digits)
        assert places, "shown among the doubtful figures"
        for place in places:
            figure = place.find_parent("figure")
            assert figure is not None
            assert figure["id"] in ("x-trade_in-doubtful", "x-trade_in-conflicts")


def test_a_preliminary_figure_is_marked_and_its_replacement_shown(site: Site) -> None:
    table = site.table("trade_in-preliminary")
    assert {"P", "A"} <= set(table["obs_status"])
    figure = site.page("trade_in").select_one("#x-trade_in-preliminary")
    assert figure is not None
    lines = figure.select("tbody tr")
    assert len(lines) == len(table)
    for line, status, value in zip(lines, table["obs_status"], table["value"], strict=True):
        assert ("初步数" in line.get_text()) is (status == "P"), line.get_text(" ")
        assert Decimal(value) in values(line)
    first = set(decimals(table[table["obs_status"] == "P"]["value"]))
    final = set(decimals(table[table["obs_status"] == "A"]["value"]))
    for name in ("trade_in", "index"):
        for chart in site.page(name).select(".chart"):
            shown = {size for _, size in told(chart.get_text("\n") + "\n" + str(chart["aria-label"]))}
            assert not (first - final) & shown, chart["aria-label"]


def test_sparse_figures_are_not_joined_across_programmes(site: Site) -> None:
    """A chart of dated counts has one line a programme at most."""
    for name in ("cars", "appliances", "digital", "ebikes", "scrappage-2024"):
        table = site.table(f"trade_in-{name}")
        wide = site.page("trade_in").select_one(f"#x-trade_in-{name} .chart.wide")
        assert wide is not None
        lines = wide.select("g.mark-line path")
        assert len(lines) <= table["programme"].nunique(), name
        # a value is drawn for each row that says so, no more
        drawn_rows = table[table["图中"] == trade_in.DRAWN] if "图中" in table else table
        marks = wide.select("g.mark-symbol path")
        assert len(marks) == len(drawn_rows), name


# --- the downloads ---------------------------------------------------------------------------------


def test_downloads_open_in_excel_and_everywhere(site: Site) -> None:
    for path in sorted((site.folder / "data").glob("*/*.csv")):  # those in sdmx/ are for machines
        raw = path.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf"), path.name
        assert not raw[3:].startswith(b"\xef\xbb\xbf"), path.name
        assert b"\r" not in raw, path.name
        assert raw.endswith(b"\n"), path.name
        header, *lines = site.rows(path.name)
        assert len(header) == len(set(header)), path.name
        assert all(len(line) == len(header) for line in lines), path.name
        assert lines, path.name


def test_a_fixed_edition_lies_beside_the_newest(site: Site) -> None:
    data = site.folder / "data"
    fixed = data / site.result.edition
    assert tree(fixed) == tree(data / "latest")
    assert f"yuebao-{site.result.edition}.zip" in tree(fixed)


def test_each_row_names_its_source(site: Site) -> None:
    sources = site.table("sources").set_index("source_id")
    held = datasets(site)
    assert set(held) == {"fraud", "trees", "trees_register", "trade_in", "trade_in_policy", "context"}
    for name in held:
        table = site.table(name)
        for column in ("publisher", "title", "url", "date_published"):
            own = table["source_id"].map(sources[column])
            assert (table[f"source_{column}"] == own).all(), f"{name}: {column}"
        assert (table["source_title"] != "").all(), name
        assert (table["source_publisher"] != "").all(), name
        editions = set(site.project.editions())
        assert set(table["edition"]) <= editions, name


def test_each_row_of_an_exhibit_names_its_source(site: Site) -> None:
    known = set(site.table("sources")["source_id"])
    for file in site.downloads:
        if file.split("-")[0] not in (*CHAPTERS, "overview"):
            continue
        table = site.table(file.removesuffix(".csv"))
        if file == "trees-register-counts.csv":  # counted by the book: the rows it counted name their sources
            assert (table["from_rows"] != "").all()
            continue
        assert set(table["source_id"]) <= known, file


def test_nothing_of_the_returns_is_lost_or_added(site: Site) -> None:
    """Each row of a download is a row of a return of its month, and of each source all are there."""
    for name in datasets(site):
        table = site.table(name)
        returned: dict[tuple[str, ...], int] = {}
        place = ["edition", "source_id", "area_code", *(["value"] if "value" in table else ["record_no"])]
        for path in sorted(site.project.returns.glob(f"*/{name}.csv")):
            part = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
            for row in part.assign(edition=path.parent.name)[place].itertuples(index=False):
                held = tuple(str(number(cell) if number(cell) is not None else cell) for cell in row)
                returned[held] = returned.get(held, 0) + 1
        for row in table[place].itertuples(index=False):
            held = tuple(str(number(cell) if number(cell) is not None else cell) for cell in row)
            returned[held] = returned.get(held, 0) - 1
        added = [row for row, left in returned.items() if left < 0]
        lost = sum(left for left in returned.values() if left > 0)
        assert added == [], name
        assert lost <= 0.02 * len(table), f"{name}: {lost} rows of the returns are not in the download"


def test_the_data_package_describes_its_files(site: Site) -> None:
    folder = site.folder / "data" / "latest"
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["version"] == site.result.edition
    paths = {r["path"] for r in package["resources"]}
    assert {f"{name}.csv" for name in datasets(site)} <= paths
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type", "note"])[:10]
    assert len(report.tasks) == len(paths)


def test_the_dictionary_describes_every_column(site: Site) -> None:
    package = json.loads((site.folder / "data" / "latest" / "datapackage.json").read_text(encoding="utf-8"))
    text = site.text("dictionary")
    for resource in package["resources"]:
        assert resource["title"] in text
        assert resource["path"] in text
        for field in resource["schema"]["fields"]:
            assert field["title"].strip(), field["name"]
            assert field["description"].strip(), field["name"]
    for measure in site.table("measures")["measure"]:
        assert site.page("dictionary").select_one(f"#m-{measure}"), measure


def test_the_repository_is_what_is_built(site: Site) -> None:
    """The copy the tests build has the repository's own editions."""
    assert site.result.edition == max(p.name for p in (small.REPO / "data" / "returns").iterdir())
    of_areas = len(site.areas) - 1  # one notebook, a page an area
    assert site.result.pages_run == len(list(site.project.notebooks.glob("*.ipynb"))) + of_areas
