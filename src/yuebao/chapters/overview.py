"""The front page: the month's lead, three columns, one larger chart, what the checks say."""

from __future__ import annotations

import pandas as pd

from yuebao import bundle, charts, feeds, rules, trace, words
from yuebao.chapter import Chapter, shown_value
from yuebao.chapters import claims, fraud, trade_in, trees
from yuebao.charts import Drawing
from yuebao.exhibits import Card, Piece, text
from yuebao.project import Project
from yuebao.reference import chapter_title


def lead(chapter: Chapter) -> Piece:
    """The edition's line and a sentence of its largest movements."""
    said = []
    cars = chapter.tables.shown("trade_in", area_code=chapter.area, measure="vehicles", category="car_all")
    cars = cars[cars["obs_status"] == "A"].sort_values("last_day", kind="stable")
    sales = [trade_in.series(chapter, "sales", "all", year) for year in trade_in.programmes(chapter)]
    told = [rows.iloc[-1] for rows in sales if len(rows)]
    if told:
        last = max(told, key=lambda row: row["last_day"])
        amount = shown_value(last)
        said.append(f"{words.period(last['period'])}，全国消费品以旧换新带动销售额{amount}")
    if len(cars):
        last = cars.iloc[-1]
        amount = shown_value(last)
        said.append(f"{words.period(last['period'])}，全省汽车以旧换新{amount}")
    goal = trade_in.target(chapter)
    if goal and not said:
        amount = shown_value(goal.done)
        share, _ = goal.said
        said.append(f"{words.period(goal.done['period'])}，家电以旧换新{amount}，为全年目标的{share}%")
    cases = fraud._changes(chapter, "cases_occurred", "yoy")
    if len(cases):
        last = cases.iloc[-1]
        fell = words.shown_change(last["change_pct"], "yoy", last["row_id"])
        said.append(f"{words.period(last['period'])}电信网络诈骗发案{fell}")
    total = trees.totals(chapter, chapter.area)
    if len(total):
        last = total.iloc[-1]
        amount = shown_value(last)
        said.append(f"登记的古树名木{amount}")
    warned = len(chapter.report.of("warning"))
    meta = chapter.meta_line(
        f'<a href="quality.html">检查：错误 0，提示 {warned} 条</a>',
        '<a href="methods.html">编制说明</a>',
        '<a href="#downloads">数据下载</a>',
    )
    return chapter.head(meta, f"{'；'.join(said)}。", [])


def _column(title: str, page: str, card: Card | None, picture: Drawing | None, alt: str, name: str,
            finding: str) -> tuple[str, Card | None]:  # fmt: skip
    """A column of the front page, and the figure it shows."""
    parts = [f'<section class="column"><h2><a href="{page}.html">{title}</a></h2>']
    if card is None:
        parts.append('<p class="missing">截至本期未公布。</p>')
    else:
        parts += [
            f'<p class="card-label">{text(card.label)}，{text(card.period)}</p>',
            f'<p class="card-value">{card.value}<span class="unit">{text(card.unit)}</span></p>',
            f'<p class="card-change">{card.change}</p>' if card.change else "",
        ]
    if picture is not None:
        drawn = charts.svg(picture.narrow, f"front-{name}")
        parts.append(
            f'<figure class="exhibit"><div class="chart" role="img" aria-label="{text(alt)}">'
            f"{drawn}</div></figure>"
        )
    if card is not None:
        parts.append(f'<p class="card-source">{card.source_line()}</p>')
    if finding:
        parts.append(f'<p class="finding warning">{finding}</p>')
    return "".join(parts) + "</section>", card


def _finding(chapter: Chapter, name: str) -> str:
    found = chapter.report.of("warning", name)
    if not found:
        return ""
    first = found[0]
    subject = f"{first.area}{words.period(first.period) if first.period else ''}{first.measure}"
    said = f"核对：{text(subject)}，{text(first.says)}。"
    return said + f'<a href="quality.html#c-{name}">共 {len(found)} 条提示</a>'


def _fraud_column(chapter: Chapter) -> tuple[str, Card | None]:
    rows = fraud._tongcheng(chapter, "cases_filed")
    if rows.empty:
        cases = fraud._changes(chapter, "cases_occurred", "yoy")
        card = chapter.change_card(cases.iloc[-1], "发案数") if len(cases) else None
        return _column("电信网络诈骗", "fraud", card, None, "", "fraud", _finding(chapter, "fraud"))
    changes = chapter.tables.shown("fraud", area_code=fraud.TONGCHENG, measure="cases_filed", category=None)
    last = rows.iloc[-1]
    stated = changes[(changes["period"] == last["period"]) & changes["change_pct"].notna()]
    stated = stated.sort_values("change_kind", ascending=False)
    said = " · ".join(
        words.shown_change(c, k, row)
        for c, k, row in zip(stated["change_pct"], stated["change_kind"], stated["row_id"], strict=True)
    )
    spoken = pd.Series(rows.index == rows.index[-1], rows.index)
    frame = fraud.bar_frame(rows, rows["period"].str[2:], spoken)
    frame["text"] = [words.scaled(v)[0] for v in rows["value"]]
    card = chapter.card(last, label="通城县立案", change=said, of_area=False)
    alt = fraud._told(rows)
    return _column(
        "电信网络诈骗", "fraud", card, charts.columns(frame, 130), alt, "fraud", _finding(chapter, "fraud")
    )


def _trees_column(chapter: Chapter) -> tuple[str, Card | None]:
    rows = trees.latest_totals(chapter, ("prefecture", "direct"))
    rows = rows[rows["area_code"] != trees.SHENNONGJIA].head(6)  # its count does not fit the province's
    frame = fraud.bar_frame(rows, rows["area_short"], pd.Series(False, rows.index))
    drawing = charts.bars(frame, step=24) if len(rows) else None
    alt = "；".join(f"{a} {t}" for a, t in zip(rows["area_short"], fraud.labels(rows), strict=True))
    card = trees.card_total(chapter)
    return _column("古树名木", "trees", card, drawing, alt, "trees", _finding(chapter, "trees"))


def _trade_in_column(chapter: Chapter) -> tuple[str, Card | None]:
    goal = trade_in.target(chapter)
    if goal is None:
        return _column("以旧换新", "trade_in", None, None, "", "trade-in", _finding(chapter, "trade_in"))
    share, gone = goal.said
    card = chapter.card(goal.done, label="家电以旧换新", change=f"目标的 {share}%，年度已过 {gone}%")
    aim = words.amount(goal.target["value"], goal.target["unit_zh"])
    done = words.amount(goal.done["value"], goal.done["unit_zh"], goal.done["qualifier"])
    frame = pd.DataFrame({"label": ["家电"], "share": [goal.share / 100], "text": [f"{done} / {aim}"]})
    picture = charts.bullets(frame, goal.elapsed / 100, f"年度已过{words.plain(goal.elapsed)}%")
    alt = f"家电{done}，目标{aim}，完成{words.plain(goal.share)}%，年度已过{words.plain(goal.elapsed)}%。"
    return _column("以旧换新", "trade_in", card, picture, alt, "trade-in", _finding(chapter, "trade_in"))


def columns(chapter: Chapter) -> Piece:
    """Three columns, one a chapter."""
    made = [column(chapter) for column in (_fraud_column, _trees_column, _trade_in_column)]
    inner = "".join(html for html, _ in made)
    cards = tuple(card for _, card in made if card is not None)
    return Piece(f'<div class="columns">{inner}</div>\n', cards=cards)


def split(chapter: Chapter) -> Piece:
    """The month's larger chart, and beside it what is new, the claims desk, the downloads."""
    chart = trade_in.scrappage_2024(chapter)
    heading, _, figure = chart.markdown.partition("\n\n")
    main = f"<h2>{text(heading.lstrip('# '))}</h2>{figure.strip()}"
    html = f'<div class="split"><div class="split-main">{main}</div>'
    html += f'<div class="split-side">{_beside(chapter)}</div></div>\n'
    return Piece(html, chart.attachment, chart.chart)


def _desk(chapter: Chapter) -> str:
    """What the claims desk came to, in a sentence."""
    n = claims.said(claims.claims(Project.find(), chapter.tables))
    return (
        f"来源写明的百分数共{n['all']}个，按它自己的数字重算：一致{n[rules.AGREES]}个，"
        f"截尾后一致{n[rules.TRUNCATED]}个，在约数范围内{n[rules.ROUNDING]}个，"
        f"不一致{n[rules.DISAGREES]}个，无从核对{n[rules.UNCHECKED]}个。"
        '逐个列在<a href="claims.html">核对台</a>；互相对不上的数字，各章都列出双方。'
    )


def _beside(chapter: Chapter) -> str:
    new = {
        d.title: int((chapter.tables.rows[d.name]["_edition"] == chapter.edition).sum())
        for d in chapter.tables.datasets.values()
        if d.chapter
    }
    brought = trace.own_id("calendar-editions", chapter.edition)
    told = "；".join(
        f"{text(title)} {words.shown_count(count, brought)} 行" for title, count in new.items() if count
    )
    files = "".join(
        f'<li><a href="data/latest/{d.name}.csv" download>{text(d.title)}</a></li>'
        for d in chapter.tables.datasets.values()
        if d.chapter
    )
    files += '<li><a href="data/latest/sources.csv" download>来源</a></li>'
    books = " ".join(
        f'<a href="data/latest/{name}.xlsx" download>{text(chapter_title(name, chapter.tables))}</a>'
        for name in chapter.tables.chapters
    )
    whole = f'<a href="data/latest/{bundle.name(chapter.edition)}" download>整期 ZIP</a>'
    others = (
        f"<li>工作簿（XLSX）：{books}</li><li>{whole}：各种格式、校验和与说明</li>"
        '<li><a href="data/latest/datapackage.json" download>数据包说明</a> '
        '<a href="data/latest/catalog.json" download>目录（DCAT）</a> '
        '<a href="data/latest/SHA256SUMS" download>校验和</a></li>'
        f'<li>订阅（Atom）：<a href="{feeds.EDITIONS}">各期</a> <a href="{feeds.REVISIONS}">更正</a></li>'
    )
    return (
        f'<h2 id="new">本期新进的数据</h2><p>{told or "没有新行"}。</p>'
        f'<h2 id="desk"><a href="claims.html">核对台</a></h2><p>{_desk(chapter)}</p>'
        f'<h2 id="downloads">下载（CSV）</h2><ul>{files}</ul><ul>{others}</ul>'
        '<p>每行写明来源。列的含义见<a href="dictionary.html">数据字典</a>，'
        '出处见<a href="sources.html">来源</a>。</p>'
    )
