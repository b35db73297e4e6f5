"""The founding page's other figures: turquoise testing, tax, court."""

from __future__ import annotations

import pandas as pd

from yuebao import words
from yuebao.chapter import Chapter
from yuebao.exhibits import Piece

TOPICS = {
    "turquoise": ("绿松石检测", ["world_output_share", "price_per_gram", "test_fee", "test_station_opened"]),
    "tax": ("税务服务", ["deputies_visiting", "firms_at_fair", "policy_sessions", "firm_tax_relief"]),
    "court": (
        "虚假订单骗补案",
        ["fake_orders", "subsidy_obtained", "drivers_involved", "fake_order_loss", "court_fine"],
    ),
}


def opening(chapter: Chapter) -> Piece:
    """What this page is, and three of its figures: the newest, of one day's the total."""
    cards = []
    for measure in ("price_per_gram", "firms_at_fair", "fake_orders"):
        rows = chapter.tables.sound("context", measure=measure)
        rows = rows[rows["value"].notna()].assign(_total=rows["category"].isna())
        rows = rows.sort_values(["last_day", "_total"], na_position="first", kind="stable")
        if len(rows):
            cards.append(chapter.card(rows.drop(columns="_total").iloc[-1]))
    names = [title for title, _ in TOPICS.values()]
    return chapter.opening(f"创刊版面上另外几类报道的数字：{'、'.join(names[:-1])}与{names[-1]}。", cards)


def printed(rows: pd.DataFrame) -> str:
    """Where rows were printed, in words: by one publisher on one day, or by how many sources."""
    sources = rows.drop_duplicates("source_id")
    if len(sources) != 1:
        return f"见于{len(sources)}份来源"
    source = sources.iloc[0]
    date = source["source_date_published"]
    when = "" if words.missing(date) else f"，{date}"
    return f"只见于一份来源（{source['source_publisher']}{when}）"


def topic(chapter: Chapter, name: str) -> Piece:
    """One topic's figures as a table."""
    title, measures = TOPICS[name]
    rows = chapter.tables.shown("context", measure=measures)
    order = {m: i for i, m in enumerate(measures)}
    rows = (
        rows.assign(_o=rows["measure"].map(order))
        .sort_values(["_o", "period"], kind="stable")
        .drop(columns="_o")
    )
    return chapter.exhibit(
        name,
        rows,
        title,
        f"{printed(rows)}；时期各不相同，见各行" if len(rows) else "",
        columns=("area", "measure", "category", "period", "value", "status", "source"),
    )


def side(chapter: Chapter) -> Piece:
    """Definitions, limits, citation, downloads."""
    measures = [m for _, names in TOPICS.values() for m in names]
    known = set(chapter.tables.lists["measures"]["measure"])
    rows = chapter.tables.shown("context")
    once = rows["source_id"].nunique() == 1
    limits = [f"这些数字{printed(rows)}，本书没有收到前后可比的数。"] if once else []
    return chapter.side([m for m in measures if m in known][:6], [*limits, "个案的数字不能推及全体。"])
