"""The front page: the month's lead, three columns, one larger chart, what the checks say."""

from __future__ import annotations

from yuebao import bundle, charts, feeds, trace, words
from yuebao.chapter import Chapter, shown_value
from yuebao.chapters import claims, fraud, trade_in, trees
from yuebao.charts import Drawing
from yuebao.exhibits import Card, Piece, text
from yuebao.project import Project
from yuebao.reference import chapter_title
from yuebao.tables import is_sound


def lead(chapter: Chapter) -> Piece:
    """The edition's line and a sentence of its largest movements."""
    said = []
    cars = chapter.tables.sound("trade_in", area_code=chapter.area, measure="vehicles", category="car_all")
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
        said.append(f"{words.period(goal.done['period'])}，家电以旧换新{amount}，{goal.says('全年目标')}")
    cases = fraud._changes(chapter, "cases_occurred", "yoy")
    if len(cases):
        last = cases.iloc[-1]
        fell = words.shown_change(last["change_pct"], "yoy", last["row_id"])
        said.append(f"{words.period(last['period'])}{last['area_zh']}电信网络诈骗发案{fell}")
    if total := trees.spoken_total(chapter):
        said.append(total)
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
        parts.append(f'<p class="missing">截至本期{words.MISSING}。</p>')
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
    warnings = chapter.warnings(name)
    first = next((finding for finding in warnings if not chapter.doubts(finding)), None)
    if first is None:  # what is in doubt leads nothing
        return ""
    subject = f"{first.area}{words.period(first.period) if first.period else ''}{first.measure}"
    said = f"核对：{text(subject)}，{text(first.says)}。"
    return said + f'<a href="quality.html#c-{name}">共 {len(warnings)} 条提示</a>'


def _fraud_column(chapter: Chapter) -> tuple[str, Card | None]:
    rows = fraud._tongcheng(chapter, "cases_filed")
    if rows.empty:
        cases = fraud._changes(chapter, "cases_occurred", "yoy")
        card = chapter.change_card(cases.iloc[-1], "发案数") if len(cases) else None
        return _column("电信网络诈骗", "fraud", card, None, "", "fraud", _finding(chapter, "fraud"))
    last = rows.iloc[-1]
    said = fraud.month_changes(rows, "tongcheng-cases")
    frame = fraud.month_bars(rows)
    frame["text"] = frame["text"].str.removesuffix(str(last["unit_zh"]))
    card = chapter.card(last, label="通城县立案", change=said, of_area=False)
    alt = fraud._told(rows)
    return _column(
        "电信网络诈骗", "fraud", card, charts.columns(frame, 130), alt, "fraud", _finding(chapter, "fraud")
    )


def _trees_column(chapter: Chapter) -> tuple[str, Card | None]:
    """The province's total, and beside it the same total of each survey: what the bars are is on them."""
    rows = trees.surveys(chapter)
    rows = rows[is_sound(rows)] if len(rows) else rows
    drawing = trees.survey_bars(rows, step=24) if len(rows) else None
    alt = trees.survey_alt(rows) if len(rows) else ""
    card = trees.card_total(chapter)
    return _column("古树名木", "trees", card, drawing, alt, "trees", _finding(chapter, "trees"))


def _trade_in_column(chapter: Chapter) -> tuple[str, Card | None]:
    goal = trade_in.target(chapter)
    if goal is None:
        return _column("以旧换新", "trade_in", None, None, "", "trade-in", _finding(chapter, "trade_in"))
    card = chapter.card(goal.done, label="家电以旧换新", change=goal.says())
    done = words.amount(goal.done["value"], goal.done["unit_zh"], goal.done["qualifier"])
    alt = f"到{goal.day}，家电{done}，目标"
    alt += f"{words.amount(goal.target['value'], goal.target['unit_zh'])}，完成{words.plain(goal.share)}%"
    alt += "。" if goal.elapsed is None else f"，活动期已过{words.plain(goal.elapsed)}%。"
    picture, finding = trade_in.bullet(goal), _finding(chapter, "trade_in")
    return _column("以旧换新", "trade_in", card, picture, alt, "trade-in", finding)


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
    return (
        claims.in_words(claims.claims(Project.find(), chapter.tables))
        + '逐个列在<a href="claims.html">核对台</a>；互相对不上的数字，各章都列出双方。'
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
