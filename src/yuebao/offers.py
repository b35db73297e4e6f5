"""What a buyer gets: the rows of one subsidy rule joined into one offer, rate and limits together.

Sources give a rule in pieces: a rate in one row, its cap in another, how many items in a third. A
cap printed without its rate reads as a flat sum, so nothing shows the pieces by themselves: an
``Offer`` joins the rows of one area, programme and category whose conditions are one and whose
dates overlap, and everything that tells a subsidy tells an offer. Only sound rows (``tables.is_sound``)
are joined; where a piece is known from an unofficial source only, the offer says so without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from yuebao import words
from yuebao.markup import escaped
from yuebao.tables import TRUST, is_sound

GIVES = ("subsidy_rate", "subsidy_amount", "extra_subsidy", "subsidy_factor", "subsidy_rate_cap")
LIMITS = ("subsidy_cap", "subsidy_floor")
TERMS = ("price_ceiling", "items_per_person", "times_per_person")
PARAMETERS = (*GIVES, *LIMITS, *TERMS)

# Parts of a condition that say what a limit is counted by, not when the rule holds.
SCOPES = ("每件", "每类", "每位消费者", "每家回收企业", "每自然年")
OF_ALL = ("各档最高", "各档最低")  # the ends of a scale whose steps are rules of their own

UNSEEN = "比例或定额未见公布"
UNSOUND = "比例或定额只见于非正式来源"
STEPS = "各档分列"
NOT_STATED = "未写明"


@dataclass(frozen=True)
class Part:
    """One piece of a rule, given by one source or several alike.

    ``row``: the labelled row shown for it; ``rows``: all of them; ``condition``: the parts of its
    condition that say when the rule holds; ``scope``: what a limit is counted by.
    """

    row: pd.Series
    rows: tuple[pd.Series, ...]
    condition: frozenset[str]
    scope: str

    @property
    def parameter(self) -> str:
        """What the piece sets."""
        return str(self.row["parameter"])

    @property
    def row_id(self) -> str:
        """The id of the row shown."""
        return str(self.row["row_id"])

    def words(self, tagged: bool) -> str:
        """The piece in words, its number as HTML that leads to its row, or as plain text."""
        value, unit = self.row["value"], str(self.row["unit_zh"])
        number = words.shown(value, unit, "exact", self.row_id) if tagged else words.amount(value, unit)
        scope = _printed(self.scope, tagged)
        if self.parameter == "subsidy_rate":
            return f"售价的{number}"
        if self.parameter == "subsidy_rate_cap":
            return f"售价的{number}以内"
        if self.parameter == "extra_subsidy":
            return f"另加{number}"
        if self.parameter == "subsidy_factor":
            return f"标准提高为{number}"
        if self.parameter == "subsidy_cap":
            return f"各档最高{number}" if self.scope in OF_ALL else f"{scope}最多{number}"
        if self.parameter == "subsidy_floor":
            return f"各档最低{number}" if self.scope in OF_ALL else f"{scope}最少{number}"
        if self.parameter == "price_ceiling":
            return f"单价不超过{number}"
        if self.parameter in ("items_per_person", "times_per_person"):
            return f"{scope or '每人'}限{number}"
        return number


@dataclass(frozen=True)
class Offer:
    """One rule as a buyer meets it: what is given, up to how much, on what terms, from when to when."""

    parts: tuple[Part, ...]
    remark: str = ""  # what is missing of the rule
    replaced_by: Offer | None = None  # the rule that took its place

    @property
    def row(self) -> pd.Series:
        """The labelled row of what is given, else of the first limit."""
        return self.parts[0].row

    @property
    def condition(self) -> str:
        """When the rule holds, in the source's words without what a limit is counted by."""
        return "；".join(w for w in tokens(self.row["condition"]) if w not in (*SCOPES, *OF_ALL))

    @property
    def row_ids(self) -> list[str]:
        """The ids of the rows shown, of all parts."""
        return list(dict.fromkeys(part.row_id for part in self.parts))

    @property
    def cited(self) -> list[str]:
        """Every source of every part, those shown first."""
        shown = [str(part.row["source_id"]) for part in self.parts]
        return list(dict.fromkeys([*shown, *(str(r["source_id"]) for p in self.parts for r in p.rows)]))

    @property
    def retroactive(self) -> bool:
        """Whether a source says that it also holds for applications made before it was published."""
        return any(row["retroactive"] == "yes" for part in self.parts for row in part.rows)

    @property
    def valid(self) -> pd.Series:
        """The row whose dates are the offer's: the one that tells the end of a replaced rule, if any."""
        ends = [r for r in self.parts[0].rows if r["valid_to_basis"] == "replaced"]
        return ends[0] if ends else self.row

    def told(self, tagged: bool = False) -> str:
        """The whole rule as one label: 售价的12%，最多2万元."""
        pieces = []
        for part in self.parts:
            other = [w for w in tokens(part.row["condition"]) if w in part.condition - _condition(self.row)]
            pieces.append(_printed("".join(other), tagged) + part.words(tagged))
        return "，".join(pieces) + (f"；{_printed(self.remark, tagged)}" if self.remark else "")

    def standing(self, tagged: bool = False) -> str:
        """How it stands to another rule of the same days: replaced by which, retroactive or not."""
        said = []
        if self.replaced_by is not None:
            later = self.replaced_by
            start = later.row["valid_from"]
            # A rule that begins with the one it replaces took its place later than its dates say.
            since = "已由"
            if later.row["valid_from_basis"] == "stated" and start != self.row["valid_from"]:
                since = f"自{words.period(str(start))}起由"
            if later.row["programme"] != self.row["programme"]:
                said.append(f"{since}“{_printed(str(later.row['programme']), tagged)}”取代")
            elif later.row["parameter"] == "subsidy_factor":
                said.append(f"{since.removesuffix('由')}{later.told(tagged)}")
            else:
                condition = _printed(later.condition, tagged)
                said.append(f"{since}“{condition}”的{later.told(tagged)}取代")
            if later.retroactive:
                said.append("后者追溯适用于此前的申请")
        if self.retroactive:
            said.append("追溯适用于公布以前的申请")
        return "；".join(said)


def _printed(text: str, tagged: bool) -> str:
    """A text of the data as part of HTML, or of plain text."""
    return escaped(text) if tagged else text


def tokens(condition: object) -> list[str]:
    """The parts of a condition: 新能源车；首版."""
    return [] if words.missing(condition) else [part.strip() for part in str(condition).split("；")]


def date_words(value: object, basis: object) -> str:
    """A date of a rule as it may be printed: what was inferred is not printed as a date of the rule."""
    if words.missing(value):
        return NOT_STATED
    if basis == "stated":
        return str(value)
    if basis == "replaced":
        return f"{value}（被取代）"
    return f"{NOT_STATED}（推定 {value}）"


def span_words(valid: Mapping[str, Any] | pd.Series) -> str:
    """From when to when a rule holds, in one cell: 2024-05-16 至 2024-12-31（被取代）."""
    first, first_basis = valid["valid_from"], valid["valid_from_basis"]
    last, last_basis = valid["valid_to"], valid["valid_to_basis"]
    if words.missing(first) and words.missing(last):
        return NOT_STATED
    if first_basis == last_basis == "inferred":
        return f"{NOT_STATED}（推定 {first} 至 {last}）"
    if words.missing(last):
        return f"{date_words(first, first_basis)} 起"
    if last_basis == "inferred":
        return f"{date_words(first, first_basis)} 起，止日{NOT_STATED}（推定 {last}）"
    if words.missing(first):
        return f"至 {date_words(last, last_basis)}"
    return f"{date_words(first, first_basis)} 至 {date_words(last, last_basis)}"


def build(rules: pd.DataFrame) -> list[Offer]:
    """The offers of labelled rows of ``trade_in_policy``, by programme's year, area, programme and dates."""
    rules = rules[rules["parameter"].isin(PARAMETERS) & rules["value"].notna()]
    sound = is_sound(rules)
    found: list[Offer] = []
    for _, rows in rules.groupby(["area_code", "programme", "category"], sort=True):
        found += _of_programme(_parts(rows[sound[rows.index]]), _parts(rows[~sound[rows.index]]))
    found = [replace(offer, replaced_by=_later(offer, found)) for offer in found]
    return sorted(found, key=_order)


def _order(offer: Offer) -> tuple[str, ...]:
    row = offer.row
    start = "" if words.missing(row["valid_from"]) else str(row["valid_from"])
    kind = next(iter(tokens(row["condition"])), "") if len(tokens(row["condition"])) > 1 else ""
    return (
        str(row["programme"])[-4:], str(row["area_code"]), str(row["category"]), str(row["programme"]),
        start, kind, f"{row['value']:020.4f}", str(row["condition"]),
    )  # fmt: skip


def _condition(row: pd.Series) -> frozenset[str]:
    return frozenset(tokens(row["condition"])) - {*SCOPES, *OF_ALL}


def _parts(rows: pd.DataFrame) -> list[Part]:
    """The rows as parts, those that give one thing alike as one; the most trusted row shown."""
    ranked = rows.assign(
        _trust=rows["grade_of_trust"].map({g: i for i, g in enumerate(TRUST)}),
        _end=rows["valid_to_basis"].map({"replaced": 0, "stated": 1}).fillna(2),
    ).sort_values(["_trust", "_end", "source_id", "valid_from"], kind="stable")
    groups: dict[tuple[object, ...], list[pd.Series]] = {}
    for _, row in ranked.iterrows():
        key = (row["parameter"], frozenset(tokens(row["condition"])), row["value"])
        groups.setdefault(key, []).append(row)
    parts = []
    for same in groups.values():
        scope = [w for w in tokens(same[0]["condition"]) if w in (*SCOPES, *OF_ALL)]
        parts.append(Part(same[0], tuple(same), _condition(same[0]), scope[0] if scope else ""))
    return parts


def _overlap(a: Part, b: Part) -> bool:
    """Whether two parts can hold on one day, by any of their rows; a date not told is any."""
    return any(_meet(one, other) for one in a.rows for other in b.rows)


def _meet(a: pd.Series, b: pd.Series) -> bool:
    starts = [words.span(str(r["valid_from"]))[0] for r in (a, b) if not words.missing(r["valid_from"])]
    ends = [words.span(str(r["valid_to"]))[1] for r in (a, b) if not words.missing(r["valid_to"])]
    return not starts or not ends or max(s for s in starts if s) <= min(e for e in ends if e)


def _of_programme(parts: list[Part], unsound: list[Part]) -> list[Offer]:
    """The offers of one area, programme and category."""
    bases = [part for part in parts if part.parameter in GIVES]
    limits = [part for part in parts if part.parameter in LIMITS]
    terms = [part for part in parts if part.parameter in TERMS]
    whole = [part for part in limits if part.scope in OF_ALL]
    limits = [part for part in limits if part.scope not in OF_ALL]
    offers: list[list[Part]] = [[base] for base in bases]
    joined: set[int] = set()
    for at, limit in enumerate(limits):
        for offer in offers:
            base = offer[0]
            # What is given on top, or as a factor of another scale, has not that scale's limit.
            plain = base.parameter not in ("extra_subsidy", "subsidy_factor")
            if plain and limit.condition <= base.condition and _overlap(limit, base):
                offer.append(limit)
                joined.add(at)
    alone: dict[frozenset[str], list[Part]] = {}
    for at, limit in enumerate(limits):
        if at not in joined:
            alone.setdefault(limit.condition, []).append(limit)
    for term in terms:
        for offer in [*offers, *alone.values()]:
            if _overlap(term, offer[0]) and offer[0].parameter not in ("extra_subsidy", "subsidy_factor"):
                offer.append(term)
    found = [Offer(tuple(offer)) for offer in offers]
    for condition, pieces in alone.items():
        hidden = [p for p in unsound if p.parameter in GIVES and condition <= p.condition]
        found.append(Offer(tuple(pieces), UNSOUND if hidden else UNSEEN))
    if whole:
        whole = sorted(whole, key=lambda part: part.scope, reverse=True)  # 最高 after 最低
        found.append(Offer(tuple(whole), STEPS if bases else UNSEEN))
    if terms and not offers and not alone:
        found.append(Offer(tuple(terms), UNSEEN))
    return found


def _later(offer: Offer, all_offers: Iterable[Offer]) -> Offer | None:
    """The rule that took the offer's place, as its rows name it."""
    named = [
        r["replaced_by"] for part in offer.parts for r in part.rows if not words.missing(r["replaced_by"])
    ]
    if not named:
        return None
    wanted = str(named[0])
    for other in all_offers:
        if other is offer or other.row["area_code"] != offer.row["area_code"]:
            continue
        same = other.row["programme"] == offer.row["programme"]
        if (same and set(tokens(wanted)) == set(tokens(other.row["condition"]))) or (
            other.row["programme"] == wanted
        ):
            return other
    return None
