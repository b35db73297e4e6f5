"""The founding page's other figures: turquoise testing, tax, court."""

from __future__ import annotations

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
    """What this page is, and three of its figures."""
    cards = []
    for measure in ("price_per_gram", "firms_at_fair", "fake_orders"):
        rows = chapter.tables.shown("context", measure=measure)
        rows = rows[rows["value"].notna()]
        if len(rows):
            cards.append(chapter.card(rows.sort_values("value").iloc[-1]))
    return chapter.opening("创刊版面上另外三类报道的数字：绿松石检测、税务服务与一起骗补案。", cards)


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
    first = words.period(rows["period"].min()) if len(rows) else ""
    return chapter.exhibit(
        name,
        rows,
        title,
        f"湖北日报创刊版面所载，最早的时期为{first}；此后未见更新",
        columns=("area", "measure", "category", "period", "value", "status", "source"),
    )


def side(chapter: Chapter) -> Piece:
    """Definitions, limits, citation, downloads."""
    measures = [m for _, names in TOPICS.values() for m in names]
    known = set(chapter.tables.lists["measures"]["measure"])
    return chapter.side(
        [m for m in measures if m in known][:6],
        ["这些数字只见于一次报道，没有前后可比的数。", "个案的数字不能推及全体。"],
    )
