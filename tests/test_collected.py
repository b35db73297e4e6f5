"""Nothing collected is lost, and nothing in the returns is invented.

``tests/collected`` is a copy of the files the figures were first typed into. Both
sides are read here afresh, with csv and Decimal; nothing of the package and
nothing of the scripts that moved the figures is used. A collected row is answered
by exactly one row of a return: same source, same area, same period, same value in
base units, where the collected row states a change the same change, and where it has a
measure's code the same measure.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COLLECTED = ROOT / "tests" / "collected"
DATA = ROOT / "data"
Row = dict[str, str]

FIGURES = ("fraud", "context", "trees", "trade_in", "trade_in_policy")
READ = {
    "seed_page.csv", "fraud/figures.csv", "fraud/tongcheng_monthly.csv", "fraud/tongcheng_by_town.csv",
    "fraud/tongcheng_by_type.csv", "trees/aggregates.csv", "trees/records.csv", "trade_in/progress.csv",
    "trade_in/targets.csv", "trade_in/policy.csv", "newest/newest.csv", "newest/raised.csv",
    "seed_page_further.csv", "trade_in/policy_further.csv",
}  # fmt: skip
SOURCE_LISTS = {"fraud/sources.csv", "trees/sources.csv", "trade_in/sources.csv"}
SEED_SOURCE = "hbrb_2024_04"
TONGCHENG = "421222"
CHINESE_NUMERALS = {"一千": 1000, "千": 1000, "百": 100}
PERIODS = {
    "2017-Q1": "2017-01/2017-03",
    "2019-03-04/P18D": "2019-03-04/2019-03-21",
    "2020-04-26/P1Y": "2020-04-26/2021-04-25",
    "2023-W01/2023-W12": "2023-01-02/2023-03-26",
    "2023-01-21T08:00/2023-01-25T17:00": "2023-01-21/2023-01-25",
}
# "2025" where the note says the count ends on a press conference, or that its end is not stated.
PERIODS_OF_SOURCE = {
    ("hb_2025_all", "2025"): "2025-01-01/2025-12-25",
    ("f2_jz_court_2025", "2025"): "2025-01-01/..",
    ("cn_crntt20260205", "2023/2025"): "2023/..",
    ("cn_xwlb20231024", "2023-08/2023-10"): "2023-08/..",
    ("cn_xwlb20241226", "../2024-12-26"): "../..",
}
# Ends that were taken from the day of publication or of a meeting: the source prints a start only.
ENDS_TAKEN = {
    ("cn_bastille20250506", "2025-01-01/2025-05-05"),
    ("cn_etnet20260102", "2024-09/2025-12-31"),
    ("cn_gmteight20250722", "2025-01-01/2025-07-22"),
    ("cn_pdo20241019", "2024-04/2024-10-18"),
    ("cn_pdo20250722", "2025-01-01/2025-07-22"),
    ("cn_shine20240930", "2024-08/2024-09-30"),
    ("cn_xinhuaen20250620", "2025-01-01/2025-06-20"),
    ("ez_2021", "2021-01-01/2022-01-20"),
    ("f2_bk_2021", "2021-05-01/2021-12-01"),
    ("f2_cn_2016jul", "2013/2016-09-14"),
    ("f2_cn_2017", "2017-01-01/2017-12-24"),
    ("f2_cn_2017aug", "2016/2017-08-12"),
    ("f2_cn_2017h1", "2016/2017-08"),
    ("f2_cn_2020jul", "2020-01-01/2020-07-28"),
    ("f2_cn_2021may_c", "2020-10/2021-06-17"),
    ("f2_cn_2021may_c", "2021-01-01/2021-06-17"),
    ("f2_cn_2024", "2024/2025-06-16"),
    ("f2_cn_2024may_c", "2021-01-01/2024-05-27"),
    ("f2_hb_2021jun_cns", "2020-09/2021-06-02"),
    ("f2_hb_2024apr", "2023-01-01/2024-04-17"),
    ("f2_hb_2024apr", "2024-01-01/2024-04-17"),
    ("f2_hb_pbc_2023h1", "2023-01-01/2023-07-28"),
    ("f2_sy_shayang_2025", "2025-01-01/2025-12-01"),
    ("f2_ts_2019", "2019-06-13/2019-08-14"),
    ("f2_wc_2025", "2024-01-01/2025-04-19"),
    ("f2_wh_2023_cnr", "2020-10/2023-04-07"),
    ("f2_wh_2025_grrb", "2025-01-01/2025-07-24"),
    ("f2_yc_2021", "2021-01-01/2021-07-16"),
    ("hb_2021_apr", "2020-09/2021-06-01"),
    ("wh_2018_aug", "2018-01-01/2018-08-16"),
    ("wh_2019", "2019-01-01/2019-12-18"),
    ("wh_2023_apr", "2023-01-01/2023-04-07"),
    ("wh_2023_sep", "2023-01-01/2023-09-21"),
    ("wh_2025_jul", "2025-01-01/2025-07-24"),
}
# What the founding page prints of a period, by the start of the collected note.
PERIODS_OF_NOTE = {"since 2023": "2023-01-01/..", "period not": "../.."}
SURVEY_WORDS = {
    "": "未注明",
    "(older article)": "未注明（较早的文章）",
    "(页面无日期)": "未注明（页面无日期）",
    "(论文, 年份未见)": "论文，年份未见",
    "(2016统计, 美篇)": "2016年统计（美篇）",
    "2025起": "第三次普查（2025起）",
}
# A survey's total as broadcasts tell it, in the source's own words.
SURVEYS_TOLD = {"cn_xwlb20250216": "全国现有", "cn_xwlb20250314": "全国普查范围内"}
# Measures the returns call otherwise, or split by what the source counts; all others keep their name.
RENAMED = {
    "calls_blocked_per_day": {"numbers_blocked_per_day"},
    "campaign_events": {"publicity_events"},
    "card_holders_sanctioned": {"users_sanctioned"},
    "court_persons_sentenced": {"court_persons_sentenced", "court_fraud_defendants"},
    "face_to_face_dissuasions": {"persons_dissuaded"},
    "funds_returned": {"funds_returned", "funds_intercepted_returned"},
    "gold_intercepted_kg": {"gold_intercepted"},
    "persons_dissuaded": {"persons_dissuaded", "persons_successfully_dissuaded"},
    "persons_dissuaded_face_to_face": {"persons_dissuaded"},
    "recipients": {"refund_recipients"},
    "type_share": {"type_share", "type_share_prosecuted"},
    "zero_fraud_enterprises": {"zero_fraud_enterprises_share"},
    "zero_fraud_schools": {"zero_fraud_schools_share"},
    "zero_fraud_townships": {"zero_fraud_townships", "zero_fraud_townships_share"},
    "applications": {"applications", "applicants"},
    "items": {"items_sold", "orders", "appliance_stock"},
    "items_applied": {"items_applied", "units_applied"},
    "retail_growth_yoy": {"retail_growth"},
    "sales_per_subsidy_yuan": {"sales_per_subsidy"},
    "stores": {"stores", "firms", "offline_participants"},
    "subsidies_count": {"subsidies"},
    "transaction_growth_yoy": {"transaction_growth"},
    "units_sold": {"units_sold", "items_sold", "market_vehicles_sold"},
    "vehicles": {"vehicles", "industry_trade_in_vehicles"},
    "visits": {"platform_visits"},
}
REGISTER_COLUMNS = (
    "area_code", "species_zh", "species_latin", "age_years", "height_m", "girth_cm", "crown_m",
    "location_zh", "longitude", "latitude",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A figure as collected. ``whens``: the spellings of its period a return may use.

    ``measures``: the codes a return may use, or None where no code was collected.
    ``further``: changes the row tells besides its own, in its note or on the row of the
    month compared with; ``due`` are those among them that must be in the returns.
    """

    where: str
    source: str
    area: str
    whens: frozenset[str]
    value: Decimal | str | None
    change: Decimal | None = None
    qualifier: str | None = None
    further: frozenset[Decimal] = field(default_factory=frozenset)
    due: frozenset[Decimal] = field(default_factory=frozenset)
    measures: frozenset[str] | None = None

    def __str__(self) -> str:
        when = " or ".join(sorted(self.whens))
        return f"{self.where}: {self.source} {self.area} {when} {self.value} {self.change}"


@dataclass(frozen=True)
class Returned:
    """A figure as it stands in a return."""

    where: str
    source: str
    area: str
    when: str
    value: Decimal | str | None
    change: Decimal | None
    qualifier: str
    measure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.source} {self.area} {self.when} {self.value} {self.change}"


# ---- reading ---------------------------------------------------------------------------------


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Collected:
    """The collected files, less the rows that ``left_out.csv`` names."""

    folder: Path
    left_out: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, folder: Path, data: Path) -> Collected:
        return cls(folder, frozenset((r["file"], r["row"]) for r in rows(data / "left_out.csv")))

    def rows(self, name: str) -> Iterator[tuple[str, Row]]:
        """The rows of one file, each with ``file:line``, the header being line 1."""
        for line, row in enumerate(rows(self.folder / name), start=2):
            if (name, str(line)) not in self.left_out:
                yield f"{name}:{line}", row


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def base_value(text: str, unit: str) -> Decimal:
    """The printed number in base units: 近4 万元 -> 40000, 82万多 株 -> 820000, 一千余 株 -> 1000."""
    bare, factor = re.sub("[近约余多]", "", text), Decimal(1)
    for sign, times in (("万", 10_000), ("亿", 100_000_000)):
        if bare.endswith(sign):
            bare, factor = bare.removesuffix(sign), factor * times
        if unit.startswith(sign):
            factor *= times
    return Decimal(CHINESE_NUMERALS.get(bare, bare)) * factor


def area(code: str) -> str:
    return "000000" if code == "100000" else code


def codes(measure: str, ending: str = "") -> frozenset[str]:
    """The codes a return may use for a collected measure, units being no part of a code."""
    bare = re.sub("_(cny|pct)$", "", measure)
    return frozenset(code + ending for code in RENAMED.get(bare, {bare}))


def spellings(source: str, period: str) -> frozenset[str]:
    """The spellings of a collected period a return may use."""
    opened = {f"{period.partition('/')[0]}/.."} if (source, period) in ENDS_TAKEN else set()
    return frozenset({period} | opened)


def fraud_period(source: str, period: str) -> str:
    if period.startswith("P"):  # P2Y/2023-04-07: two years to that day, the window not stated
        return "../" + period.split("/")[1]
    return PERIODS_OF_SOURCE.get((source, period)) or PERIODS.get(period, period)


def changes_in_note(note: str) -> frozenset[Decimal]:
    """Changes a note tells: ``+55.6%``, or ``vs same period 2019: +321.1`` at its end."""
    return frozenset(Decimal(n) for n in re.findall(r"\+(\d+(?:\.\d+)?)(?:%|$)", note))


def fraud_figures(collected: Collected) -> Iterator[Told]:
    for where, r in collected.rows("fraud/figures.csv"):
        source = r["source_id"].lower()
        yield Told(
            where, source, area(r["area_code"]), spellings(source, fraud_period(source, r["period"])),
            number(r["value"]), number(r["stated_change_pct"]),
            "over" if "lower bound" in r["note"] else None, changes_in_note(r["note"]),
            measures=codes(r["measure"]),
        )  # fmt: skip


def tongcheng(collected: Collected) -> Iterator[Told]:
    """The county's bulletins. A change stands on the month compared with, and belongs to the month told."""
    monthly = list(collected.rows("fraud/tongcheng_monthly.csv"))
    stated = [r for _, r in monthly] + rows(collected.folder / "fraud" / "ambiguous_values.csv")
    for where, r in monthly:
        due: set[Decimal] = set()
        if r["basis"] == "reported_in_month":
            same = (s for s in stated if (s["source_id"], s["measure"]) == (r["source_id"], r["measure"]))
            due = {Decimal(s["stated_change_pct"]) for s in same if s["stated_change_pct"]}
        yield Told(
            where, r["source_id"], TONGCHENG, frozenset({r["period"]}), Decimal(r["value"]),
            further=frozenset(due), due=frozenset(due), measures=codes(r["measure"]),
        )  # fmt: skip
    for name in ("fraud/tongcheng_by_town.csv", "fraud/tongcheng_by_type.csv"):
        for where, r in collected.rows(name):
            place = (where, r["source_id"], TONGCHENG, frozenset({r["period"]}))
            yield Told(*place, Decimal(r["value"]), measures=codes(r["measure"]))
            if r["stated_share_pct"]:
                yield Told(*place, Decimal(r["stated_share_pct"]), measures=codes(r["measure"], "_share"))


def tree_figures(collected: Collected) -> Iterator[Told]:
    for where, r in collected.rows("trees/aggregates.csv"):
        words = SURVEY_WORDS.get(r["period"], r["period"])
        source, value = "tree_" + r["source_id"].lower(), base_value(r["value"], r["unit"])
        qualifier = "nearly" if "近" in r["value"] else "over" if re.search("[余多]", r["value"]) else None
        yield Told(where, source, area(r["area_code"]), frozenset({words}), value, qualifier=qualifier)


def trade_in_figures(collected: Collected) -> Iterator[Told]:
    for where, r in collected.rows("trade_in/progress.csv"):
        start, end = r["cumulative_since"], r["as_of_date"]
        # A count at a date has no start; one to a month's end starts with a month.
        source = r["source_id"].lower()
        whens = frozenset({end}) | spellings(source, f"{start or '..'}/{end}")
        whens |= spellings(source, f"{start[: len(end)] or '..'}/{end}")
        yield Told(
            where, source, area(r["area_code"]), whens, Decimal(r["value"]),
            qualifier=r["qualifier"], further=changes_in_note(r["note"]), measures=codes(r["measure"]),
        )  # fmt: skip
    for where, r in collected.rows("trade_in/targets.csv"):
        whens = frozenset({r["due"][:4] or "2024/.."})  # due on no stated day: from the plan's year on
        source, value = r["source_id"].lower(), Decimal(r["value"])
        yield Told(where, source, area(r["area_code"]), whens, value, qualifier=r["qualifier"])


def policy_figures(collected: Collected) -> Iterator[Told]:
    """Rules. A date or a phrase is no number: the return's note repeats it as collected.

    A date stands in a column too: where the rule begins or, a last day, where it ends.
    """
    files = ("trade_in/policy.csv", "trade_in/policy_further.csv")
    for where, r in (row for name in files for row in collected.rows(name)):
        dated = r["unit"] in ("date", "dates")
        text = r["unit"] == "text"
        begins = {r["valid_from"]}
        if dated:
            begins |= {r["value"]} | ({""} if r["value"] == r["valid_to"] else set())
        yield Told(
            where, r["source_id"].lower(), area(r["area_code"]),
            frozenset(f"{begin}/{r['valid_to']}" for begin in begins),
            r["value"] if dated or text else Decimal(r["value"]),
        )  # fmt: skip


def seed_figures(collected: Collected) -> Iterator[Told]:
    for name in ("seed_page.csv", "seed_page_further.csv"):
        for where, r in collected.rows(name):
            printed = (p for start, p in PERIODS_OF_NOTE.items() if r["note"].startswith(start))
            period = next(printed, r["period"])
            yield Told(
                where, SEED_SOURCE, area(r["area_code"]), frozenset({period}), number(r["value"]),
                number(r["change_pct"]), qualifier=r["qualifier"],
                measures=codes(r["measure"]) if r["topic"] == "fraud" else None,
            )  # fmt: skip


def newest_figures(collected: Collected) -> Iterator[Told]:
    """Facts read in pages: a page is known by its address, a rule by the year of its programme."""
    sources = {r["url"]: r["source_id"] for r in rows(DATA / "sources.csv") if r["url"]}
    for where, r in collected.rows("newest/newest.csv"):
        source, rule = sources[r["url"]], r["dataset"] == "trade_in_policy"
        period = PERIODS_OF_SOURCE.get((source, r["period"]), r["period"])
        whens = {f"{period}/", f"{period[:4]}/"} if rule else {period}
        value = None if not r["value"] else Decimal(r["value"])
        if value is not None and value > 1_000_000:  # 502939999999.9999, as it was typed
            value = value.to_integral_value()
        yield Told(
            where, source, r["area_code"], frozenset(whens), r["period"] if r["unit"] == "date" else value,
            number(r["change_pct"]), qualifier=None if rule else r["qualifier"], measures=codes(r["measure"]),
        )  # fmt: skip
    for where, r in collected.rows("newest/raised.csv"):
        rule = r["dataset"] == "trade_in_policy"
        whens = {f"{r['period']}/"} if rule else {SURVEYS_TOLD.get(r["source_id"], r["period"])}
        yield Told(
            where, r["source_id"], r["area_code"], frozenset(whens), number(r["value"]),
            number(r["change_pct"]), qualifier=None if rule else r["qualifier"], measures=codes(r["measure"]),
        )  # fmt: skip


def collected_figures(collected: Collected) -> list[Told]:
    """Every figure of the collected files, those left out excepted."""
    readers = (
        fraud_figures, tongcheng, tree_figures, trade_in_figures, policy_figures, seed_figures,
        newest_figures,
    )  # fmt: skip
    return [told for read in readers for told in read(collected)]


def returned_figures(data: Path) -> list[Returned]:
    """Every row of every month's returns; trees told by the source's words, rules by their dates."""
    found = []
    for dataset in FIGURES:
        for path in sorted(data.glob(f"returns/*/{dataset}.csv")):
            for line, r in enumerate(rows(path), start=2):
                value: Decimal | str | None = number(r["value"])
                when = r.get("survey") or r.get("period", "")
                if dataset == "trade_in_policy":
                    when = f"{r['valid_from']}/{r['valid_to']}"
                    said = re.search(r"collected value ([^;]+)", f"{r['note']}; {r.get('remark', '')}")
                    value = said[1].strip() if said and value is None else value
                where, change = f"{path.parent.name}/{path.name}:{line}", number(r.get("change_pct", ""))
                place = (where, r["source_id"], r["area_code"], when)
                measure = r.get("measure") or r["parameter"]
                found.append(Returned(*place, value, change, r.get("qualifier", ""), measure))
    return found


# ---- comparing -------------------------------------------------------------------------------


def answers(row: Returned, told: Told) -> bool:
    """Whether a return's row is the collected figure; source, area and value are known to agree."""
    own_change = row.change == told.change
    told_elsewhere = told.change is None and row.change in told.further
    same_qualifier = told.qualifier is None or told.value is None or row.qualifier == told.qualifier
    same_measure = told.measures is None or row.measure in told.measures
    return row.when in told.whens and (own_change or told_elsewhere) and same_qualifier and same_measure


def compare(collected: Path, data: Path) -> list[str]:
    """What is lost and what is invented, in words; empty where the two sides agree.

    A row without a value may also hold a further change: one that a collected row of the same
    source, area, period and measure tells in its note or, of the county's bulletins, on the row of the
    month compared with. Each such change answers for one row.
    """
    free: dict[tuple[object, ...], list[Returned]] = defaultdict(list)
    for row in returned_figures(data):
        free[row.source, row.area, row.value].append(row)
    faults, spare = [], []
    for told in sorted(collected_figures(Collected.of(collected, data)), key=lambda t: len(t.whens)):
        candidates = free[told.source, told.area, told.value]
        found = next((row for row in candidates if answers(row, told)), None)
        if found is None:
            faults.append(f"lost: {told}")
            continue
        candidates.remove(found)
        spare += [(told, found.measure, change) for change in told.further if change != found.change]
    for told, measure, change in spare:
        rest = free[told.source, told.area, None]
        same = (row for row in rest if (row.change, row.measure) == (change, measure))
        split = next((row for row in same if row.when in told.whens), None)
        if split is not None:
            rest.remove(split)
        elif change in told.due:
            faults.append(f"lost: the change {change} of {told}")
    return faults + [f"invented: {row}" for rest in free.values() for row in rest]


def register_differences(collected: Path, data: Path) -> list[str]:
    """Collected records of single trees that differ from their row of the register, and the reverse.

    The register's number of a record is its source and its place among that source's records.
    """
    register = {r["record_no"]: r for p in sorted(data.glob("returns/*/trees_register.csv")) for r in rows(p)}
    faults: list[str] = []
    places: dict[str, int] = defaultdict(int)
    for where, r in Collected.of(collected, data).rows("trees/records.csv"):
        source = "tree_" + r["source_id"].lower()
        places[source] += 1
        kept = register.pop(f"{source}-{places[source]}", None)
        if kept is None:
            faults.append(f"lost: {where} {source}-{places[source]}")
            continue
        for name in REGISTER_COLUMNS:
            if not equal(kept[name], r[name]):
                faults.append(f"{where} {name}: collected {r[name]}, register {kept[name]}")
    return faults + [f"invented: {record}" for record in register]


def equal(one: str, other: str) -> bool:
    """Equal as text, or as numbers (8.0 and 8)."""
    try:
        return one == other or Decimal(one) == Decimal(other)
    except ArithmeticError:
        return False


def ambiguous_readings_used(collected: Path, data: Path) -> list[str]:
    """Rows of returns that hold a reading marked as not to be used."""
    readings = {
        (area(r["area_code"]), base_value(r["value"], r["unit"]))
        for r in rows(collected / "fraud" / "ambiguous_values.csv")
    }
    return [str(row) for row in returned_figures(data) if (row.area, row.value) in readings]


def left_out_faults(collected: Path, data: Path) -> list[str]:
    """Rows of left_out.csv without a reason, named twice, or pointing at no file or line."""
    faults, seen = [], set()
    for line, r in enumerate(rows(data / "left_out.csv"), start=2):
        where, path = f"left_out.csv:{line}", collected / r["file"]
        if not (r["reason_zh"].strip() and r["reason_en"].strip()):
            faults.append(f"{where}: a reason is missing")
        if (r["file"], r["row"]) in seen:
            faults.append(f"{where}: named twice")
        seen.add((r["file"], r["row"]))
        if not path.is_file():
            faults.append(f"{where}: no file {r['file']}")
        elif r["row"] != "0" and not 2 <= int(r["row"]) <= len(rows(path)) + 1:
            faults.append(f"{where}: no line {r['row']} in {r['file']}")
    return faults


# ---- the checks ------------------------------------------------------------------------------


def test_nothing_lost_and_nothing_invented() -> None:
    assert compare(COLLECTED, DATA) == []


def test_every_collected_file_is_read_or_left_out_with_a_reason() -> None:
    named = {r["file"] for r in rows(DATA / "left_out.csv")}
    files = {p.relative_to(COLLECTED).as_posix() for p in COLLECTED.rglob("*.csv")}
    assert files - READ - SOURCE_LISTS - named == set()
    assert files >= READ | SOURCE_LISTS


def test_every_collected_source_is_kept() -> None:
    kept = {r["source_id"] for r in rows(DATA / "sources.csv")}
    for name in SOURCE_LISTS:
        prefix = "tree_" if name.startswith("trees/") else ""
        collected = {prefix + r["source_id"].lower() for r in rows(COLLECTED / name)}
        assert collected - kept == set()


def test_the_register_holds_the_trees_as_collected() -> None:
    assert register_differences(COLLECTED, DATA) == []


def test_years_of_a_tree_survey_are_those_the_source_prints() -> None:
    for path in DATA.glob("returns/*/trees.csv"):
        for r in rows(path):
            printed = set(re.findall(r"\d{4}", r["survey"]))
            assert not printed or set(re.findall(r"\d{4}", r["period"])) <= printed, r


def test_a_rule_that_is_a_date_has_it_in_a_column() -> None:
    for path in DATA.glob("returns/*/trade_in_policy.csv"):
        for r in (r for r in rows(path) if r["unit"] == "date"):
            said = re.findall(r"collected value ([^;]+)", f"{r['note']}; {r.get('remark', '')}")
            assert said, r
            assert said[0].strip() in f"{r['valid_from']}/{r['valid_to']} {r['condition']}", r


def test_ambiguous_readings_are_not_figures() -> None:
    assert ambiguous_readings_used(COLLECTED, DATA) == []


def test_rows_left_out_have_reasons_and_exist() -> None:
    assert left_out_faults(COLLECTED, DATA) == []


def test_the_list_of_rows_left_out_is_short() -> None:
    assert len(rows(DATA / "left_out.csv")) < 20


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("508.19", "万株", "5081900"),
        ("82万多", "株", "820000"),
        ("1.45万余", "株", "14500"),
        ("近4", "万元", "40000"),
        ("近百", "万元", "1000000"),
        ("一千余", "株", "1000"),
        ("1", "万元/棵", "10000"),
        ("27.5", "%", "27.5"),
    ],
)
def test_printed_numbers_in_base_units(text: str, unit: str, value: str) -> None:
    assert base_value(text, unit) == Decimal(value)


# ---- the checks can fail ---------------------------------------------------------------------

Edit = Callable[[list[Row], int], None]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the collected files and the data, free to be doctored."""
    shutil.copytree(COLLECTED, tmp_path / "collected")
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path


def doctor(paths: list[Path], wanted: Row, edit: Edit) -> None:
    """Edit the first row that holds the cells ``wanted``."""
    for path in paths:
        table = rows(path)
        for place, row in enumerate(table):
            if wanted.items() <= row.items():
                header = list(row)
                edit(table, place)
                with path.open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, header, lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(table)
                return
    raise AssertionError(f"no row {wanted}")


def put(**cells: str) -> Edit:
    return lambda table, place: table[place].update(cells)


def drop(table: list[Row], place: int) -> None:
    del table[place]


def repeat(table: list[Row], place: int) -> None:
    table.append(dict(table[place]))


SHIYAN = {"source_id": "sy_2021", "measure": "cases_filed"}
TOTAL = {"source_id": "tree_a25", "measure": "trees_total"}
TRADED = {"source_id": "hb_hbrb_20240813", "measure": "units_sold"}
AMOUNT = {"parameter": "subsidy_amount"}
SECOND_CHANGE = {"source_id": "tc_2024_03", "change_pct": "213.47"}


@pytest.mark.parametrize(
    ("dataset", "wanted", "edit", "expected"),
    [
        ("fraud", SHIYAN, put(value="5073"), ["lost: fraud/figures.csv", "invented: 2024-04/fraud.csv"]),
        ("fraud", SHIYAN, put(change_pct="6.25"), ["lost", "invented"]),
        ("fraud", SHIYAN, put(area_code="420100"), ["lost", "invented"]),
        ("fraud", SHIYAN, put(period="2022"), ["lost", "invented"]),
        ("fraud", SHIYAN, put(measure="reports_received"), ["lost", "invented"]),
        ("fraud", SHIYAN, put(source_id="hb_2022"), ["lost", "invented"]),
        ("fraud", SHIYAN, drop, ["lost"]),
        ("fraud", SHIYAN, repeat, ["invented"]),
        ("fraud", SECOND_CHANGE, drop, ["lost: the change 213.47"]),
        ("fraud", SECOND_CHANGE, put(change_pct="999"), ["lost: the change 213.47", "invented"]),
        ("trees", TOTAL, put(value="825845"), ["lost: trees/aggregates.csv", "invented"]),
        ("trees", TOTAL, put(survey="2020"), ["lost", "invented"]),
        ("trees", {"source_id": "tree_s11"}, put(qualifier="exact"), ["lost", "invented"]),
        ("trade_in", TRADED, put(value="26100"), ["lost: trade_in/progress.csv", "invented"]),
        ("trade_in", TRADED, put(period="../2024-08-31"), ["lost", "invented"]),
        ("trade_in", TRADED, put(qualifier="over"), ["lost", "invented"]),
        ("trade_in", TRADED, put(change_pct="12"), ["lost", "invented"]),
        ("trade_in_policy", AMOUNT, put(value="1"), ["lost: trade_in/policy.csv", "invented"]),
        ("context", {"measure": "court_fine"}, put(value="50000"), ["lost: seed_page.csv", "invented"]),
    ],
)  # fmt: skip
def test_a_doctored_return_is_reported(
    copy: Path, dataset: str, wanted: Row, edit: Edit, expected: list[str]
) -> None:
    doctor(sorted(copy.glob(f"data/returns/*/{dataset}.csv")), wanted, edit)
    faults = compare(copy / "collected", copy / "data")
    assert len(faults) == len(expected)
    assert all(fault.startswith(start) for fault, start in zip(faults, expected, strict=True)), faults


@pytest.mark.parametrize("name", sorted(READ - {"trees/records.csv"}))
def test_a_collected_row_that_no_return_answers_is_reported(copy: Path, name: str) -> None:
    table = rows(copy / "collected" / name)
    figure = next(r for r in table if re.fullmatch(r"\d+", r["value"]))
    doctor([copy / "collected" / name], figure, put(value="123456789"))
    faults = compare(copy / "collected", copy / "data")
    assert [f for f in faults if f.startswith(f"lost: {name}")], faults


@pytest.mark.parametrize("column", ["species_zh", "age_years", "height_m", "girth_cm"])
def test_a_doctored_tree_is_reported(copy: Path, column: str) -> None:
    registers = sorted(copy.glob("data/returns/*/trees_register.csv"))
    doctor(registers, {"record_no": "tree_s01-1"}, put(**{column: "361"}))
    (fault,) = register_differences(copy / "collected", copy / "data")
    assert column in fault


@pytest.mark.parametrize(("edit", "expected"), [(drop, "lost"), (put(record_no="tree_s01-9"), "lost")])
def test_a_missing_tree_is_reported(copy: Path, edit: Edit, expected: str) -> None:
    registers = sorted(copy.glob("data/returns/*/trees_register.csv"))
    doctor(registers, {"record_no": "tree_s01-1"}, edit)
    assert register_differences(copy / "collected", copy / "data")[0].startswith(expected)


@pytest.mark.parametrize("reading", ["2594300", "594300"])
def test_an_ambiguous_reading_in_a_return_is_reported(copy: Path, reading: str) -> None:
    doctor(sorted(copy.glob("data/returns/*/fraud.csv")), SECOND_CHANGE, put(value=reading))
    assert len(ambiguous_readings_used(copy / "collected", copy / "data")) == 1


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"reason_en": " "}, "a reason is missing"),
        ({"reason_zh": ""}, "a reason is missing"),
        ({"file": "fraud/nothing.csv"}, "no file"),
        ({"row": "999"}, "no line"),
        ({"row": "1"}, "no line"),
        ({"row": "3"}, "named twice"),
    ],
)
def test_a_faulty_row_left_out_is_reported(copy: Path, cells: Row, expected: str) -> None:
    wanted = {"file": "fraud/ambiguous_values.csv", "row": "2"}
    doctor([copy / "data" / "left_out.csv"], wanted, put(**cells))
    (fault,) = left_out_faults(copy / "collected", copy / "data")
    assert expected in fault
