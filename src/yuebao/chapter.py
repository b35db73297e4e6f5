"""What a notebook opens: one chapter of one edition, with the parts every chapter page has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pandas as pd

from yuebao import (
    areas,
    attribution,
    bundle,
    cite,
    dates,
    digests,
    markup,
    offers,
    percentages,
    revisions,
    tables,
    trace,
    validate,
    words,
)
from yuebao.attribution import Cited
from yuebao.charts import Drawing
from yuebao.exhibits import (
    Card,
    Exhibit,
    Piece,
    arrow,
    bare,
    cards_html,
    exhibit_piece,
    source_html,
    text,
    with_row_ids,
)
from yuebao.faults import UsageError
from yuebao.project import Project
from yuebao.reference import chapter_title
from yuebao.schema import Dataset
from yuebao.tables import UNOFFICIAL, Tables, is_sound
from yuebao.validate import Finding, Report

# What an exhibit's download holds of a figure, in this order; a column that no row uses is left out.
DATA = [
    "area_code", "area_zh", "area_en", "period", "measure", "measure_zh", "category", "category_zh",
    "survey", "programme", "counting", "value", "unit", "qualifier", "change_pct", "change_kind",
    "obs_status", "source_id", "source_publisher", "source_title", "source_url", "source_date_published",
    "grade_of_trust", "cited", "row_id",
]  # fmt: skip
CHANGES = ("修订", "新增", "撤下")
UNOFFICIAL_ZH = "非正式来源"
MAX_FINDINGS = 12
NO_VALUE = "（无数值）"  # of an earlier return that gave only a change
PROVINCE = "420000"


@lru_cache(maxsize=2)
def _opened(project: Project, edition: str, inputs: str) -> tuple[Tables, Report]:
    """An edition and its findings, read once a process for the pages made in it; nobody changes them.

    ``inputs``: the digest of all they depend on.
    """
    held = tables.assemble(project, edition)
    return held, validate.report(project, held, inputs)


@dataclass(frozen=True)
class Chapter:
    """A chapter's tables and findings, and the pieces of its page."""

    name: str
    edition: str
    area: str
    tables: Tables
    report: Report

    @classmethod
    def open(cls, name: str, edition: str = "latest", area: str = "420000") -> Chapter:
        """Read the edition and its findings; checks run first where they were not run yet.

        Raises DataRejected for bad data and UsageError for an unknown edition or area.
        """
        project = Project.find()
        edition = project.edition(edition)
        held, report = _opened(project, edition, digests.inputs(project, edition))
        if area not in set(held.lists["areas"]["area_code"]):
            raise UsageError(f"地区代码“{area}”不存在；请用 data/areas.csv 中的六位代码")
        return cls(name, held.edition, area, held, report)

    @property
    def title(self) -> str:
        """The chapter's Chinese name."""
        return chapter_title(self.name, self.tables)

    def area_zh(self, code: str) -> str:
        """An area's full Chinese name."""
        areas = self.tables.lists["areas"].set_index("area_code")["name_zh"]
        return str(areas[code])

    # --- parts of the page -----------------------------------------------------

    def opening(self, lead: str, cards: list[Card]) -> Piece:
        """The line under the title, the lead sentence and the headline figures."""
        warned = len(self.report.of("warning", self.name))
        checks = f'检查：错误 0，提示 <a href="quality.html#c-{self.name}">{warned} 条</a>'
        return self.head(self.meta_line(checks), lead, cards)

    def head(self, meta: str, lead: str, cards: list[Card], title: str = "") -> Piece:
        """The top of a page: title, where the notebook has none, line, lead, figures.

        The lead is also what a search engine shows of the page. Raises ValueError where it tells a
        figure that is not sound.
        """
        self._refuse(trace.named(lead), "the lead")
        heading = markup.heading(1, title) if title else ""
        opens = f'{meta.rstrip()}\n\n<p class="lead">{markup.one_line(lead)}</p>\n\n'
        markdown = f"{heading}{opens}{cards_html(cards) if cards else ''}"
        return Piece(markdown, cards=tuple(cards), page={"description": bare(lead)})

    def meta_line(self, *more: str) -> str:
        """The line under a page's title: how far its figures go, the edition, and what else is said (HTML).

        A chapter says how far its own figures go, an area's page how far those of the area and its
        counties do, any other page those of the whole book, with the chapter that has the newest.
        """
        spans = [f"湖北月报 {words.period(self.edition)}期", *more]
        inner = "".join(f"<span>{span}</span>" for span in spans)
        return f'<p class="meta"><b>{self.newest_zh}</b>{inner}</p>\n'

    @property
    def newest_zh(self) -> str:
        """How far the page's sound figures go: 本章最新：2025年12月25日."""
        if self.name in self.tables.chapters:
            told = dates.of_chapter(self.tables, self.name)
            return f"本章最新：{told.spoken if told else dates.NONE_DATED}"
        of_area = self.area != PROVINCE
        within = areas.within(self.tables.lists["areas"], self.area) if of_area else None
        told = dates.latest(dates.of_book(self.tables, within))
        if told is None:
            return f"{'本地' if of_area else '全书'}最新：{dates.NONE_DATED}"
        chapter = text(chapter_title(told.chapter, self.tables))
        return f"{'本地' if of_area else '全书'}最新：{told.spoken}（{chapter}）"

    def _refuse(self, rows: Iterable[str], place: str) -> None:
        """Raise ValueError where one of the rows may decide nothing: see ``tables.is_sound``."""
        unsound = sorted(self.tables.unsound_ids.intersection(rows))
        if unsound:
            raise ValueError(f"{self.name}: {place} is of rows that are not sound: {', '.join(unsound)}")

    def card(self, row: pd.Series, label: str | None = None, change: str = "", of_area: bool = True) -> Card:
        """A headline figure from a labelled row; its own stated change if none is given and it may head.

        Raises ValueError where it, or a figure its change tells, is not sound.
        """
        self._refuse([str(row["row_id"]), *trace.named(change)], "a headline figure")
        digits, scale = words.scaled(row["value"])
        value = words.QUALIFIERS.get(row["qualifier"], "") + words.number_tag(
            row["value"], digits, row["row_id"]
        )
        if not change and percentages.is_headline(self.tables, row):
            said = words.shown_change(row["change_pct"], row["change_kind"], row["row_id"])
            change = arrow(row["change_pct"]) + said
        area = f"{row['area_zh']}，" if of_area else ""
        return Card(
            label=label or f"{row['measure_zh']}",
            value=value,
            unit=scale + str(row["unit_zh"]),
            change=change,
            period=f"{area}{words.period(row['period'], row['source_date_published'])}",
            source=self.source_link(row),
            name=self._figure_name(row),
        )

    def _figure_name(self, row: pd.Series) -> str:
        """A headline figure's lasting name: by what it measures, and where, if not the whole province."""
        parts = [self.name, row["measure"]]
        parts += [row["category"]] if not words.missing(row["category"]) else []
        parts += [row["area_code"]] if row["area_code"] != PROVINCE else []
        return "figure-" + "-".join(markup.file_name(str(part)) for part in parts)

    def change_card(self, row: pd.Series, label: str) -> Card:
        """A headline figure known only as a change: −5.82%, never a level.

        Raises ValueError where it is not sound.
        """
        self._refuse([str(row["row_id"])], "a headline figure")
        rise = row["change_pct"] > 0
        printed = words.plain(abs(words.decimal(row["change_pct"])))
        size = words.number_tag(row["change_pct"], printed, row["row_id"])
        kind = words.CHANGES[row["change_kind"]]
        said = f"{kind}{'上升' if rise else '下降'}；来源只给出变化"
        return Card(
            label=label,
            value=("＋" if rise else "−") + size,
            unit="%",
            change=arrow(row["change_pct"]) + said,
            period=f"{row['area_zh']}，{words.period(row['period'], row['source_date_published'])}",
            source=self.source_link(row),
            name=self._figure_name(row),
        )

    def source_link(self, row: pd.Series) -> str:
        """A link to the row's source, with its date, and where a copy of it was seen."""
        date = "" if words.missing(row["source_date_published"]) else str(row["source_date_published"])
        return source_html(attribution.of_row(row), date=date)

    def exhibit(
        self,
        name: str,
        rows: pd.DataFrame,
        title: str,
        caption: str,
        alt: str = "",
        drawing: Callable[[pd.DataFrame], Drawing] | None = None,
        columns: tuple[str, ...] = ("period", "value", "change", "source"),
        extra: dict[str, pd.Series] | None = None,
        level: int = 3,
        note: str = "",
        group: str = "",
        from_rows: pd.Series | None = None,
        says: str = "",
    ) -> Piece:
        """A chart (or only a table) over labelled figure rows, and their download.

        ``columns``: what the page's table shows, of ``area``, ``period``, ``measure``,
        ``category``, ``value``, ``change``, ``status``, ``source``, ``survey``, and the
        keys of ``extra`` (header -> computed numbers, which also go into the download).
        What the list ``not_drawn`` names is in the table and not in the drawing, and a note says why.
        Where the book computed a number, the row has an id of its own; ``from_rows`` names the
        rows it was computed from, joined by ``;``, where that is not just the figure beside it.
        ``says``: HTML, what the numbers come to, its own numbers tagged.

        Only sound rows are drawn; the table and the download have them all, with their status
        wherever one is not a plain figure.
        """
        if rows.empty:
            return self.nothing(title, level)
        extra = extra or {}
        drawable = self.tables.drawable(rows)
        drawn = drawing(drawable) if drawing and len(drawable) else None
        if "status" not in columns and status_zh(rows).any():
            columns = with_status(columns)
        data = rows[[c for c in DATA if c in rows and (c in _KEEP or rows[c].notna().any())]].copy()
        if "cited" in data:
            data["cited"] = data["cited"].map(";".join)
        for header, series in extra.items():
            data[header] = series
        if drawing:
            note = (note + self.why_not_drawn(rows)).strip()
        if any(pd.api.types.is_numeric_dtype(series) for series in extra.values()):
            data["from_rows"] = rows["row_id"] if from_rows is None else from_rows
            data["row_id"] = [trace.computed_id(f"{self.name}-{name}", row) for row in rows["row_id"]]
        return exhibit_piece(
            self.name,
            Exhibit(
                name=name,
                title=title,
                caption=caption,
                alt=(in_short(drawable) if drawn and not extra else "") + (alt or caption),
                data=data,
                table=self.table(rows, columns, extra, list(data["row_id"])),
                sources=self.cited(rows),
                drawing=drawn,
                level=level,
                note=note,
                says=says,
                group=group,
            ),
        )

    def why_not_drawn(self, rows: pd.DataFrame) -> str:
        """A sentence for each row that the list ``not_drawn`` keeps out of charts, as HTML; else nothing."""
        reasons = self.tables.not_drawn(rows).dropna()
        return "".join(
            f"{text(row['area_zh'])}{words.period(row['period'])}{text(row['measure_zh'])}"
            f"{shown_value(row)}不入图：{text(reason)}"
            for (_, row), reason in zip(rows.loc[reasons.index].iterrows(), reasons, strict=True)
        )

    def nothing(self, title: str, level: int = 3, sentence: str = f"截至本期{words.MISSING}。") -> Piece:
        """A heading over nothing: what was looked for and not seen is said, never shown as zero."""
        return Piece(f'{markup.heading(level, title)}<p class="missing">{text(sentence)}</p>\n')

    def plain_table(
        self,
        name: str,
        rows: pd.DataFrame,
        title: str,
        caption: str,
        headers: dict[str, str],
        level: int = 3,
    ) -> Piece:
        """A table that is not of figures: ``headers`` maps the columns shown to their headings.

        Numbers carry their value; a column ``source_id`` in ``rows`` links the source and is
        part of the download, and so are ``row_id`` (else rows are numbered) and ``from_rows``
        (ids joined by ``;``), which is shown as links. Columns without any content are left out.
        """
        if rows.empty:
            return self.nothing(title, level)
        held = {c: h for c, h in headers.items() if rows[c].notna().any()}
        rows = with_row_ids(rows, f"{self.name}-{name}")
        ids = list(rows["row_id"])
        table = pd.DataFrame({h: _plain_cells(_numbers(rows[c]), ids) for c, h in held.items()})
        if "publisher" in held and "source_id" in rows:
            table[held["publisher"]] = [source_html(self.known[source]) for source in rows["source_id"]]
        if "from_rows" in rows:
            table["依据"] = [trace.links(row.split(";"), "数字") for row in rows["from_rows"].fillna("")]
        data = rows[[*held, *(c for c in ("source_id", "row_id", "from_rows") if c in rows)]]
        sources = self.cited(rows) if "source_id" in rows and "publisher" not in held else []
        exhibit = Exhibit(name, title, caption, caption, data, table, sources, level=level)
        return exhibit_piece(self.name, exhibit)

    def register_exhibit(
        self,
        name: str,
        rows: pd.DataFrame,
        cells: pd.DataFrame,
        show: dict[str, str],
        title: str,
        caption: str,
        drawing: Drawing | None,
        alt: str,
    ) -> Piece:
        """A table of trees: ``show`` maps columns of ``cells`` to headings; HTML stays as it is."""
        table = pd.DataFrame({"树号": rows["tree_id"].map(text)})
        for column, header in show.items():
            plain = _plain_cells(_numbers(cells[column]), list(rows["row_id"]))
            table[header] = pd.Series(plain, rows.index, dtype=str)
        table["来源"] = [self.source_link(row) for _, row in rows.iterrows()]
        own = [c for c in self.tables.datasets["trees_register"].public if c not in ("longitude", "latitude")]
        named = ["area_zh", "area_en", "source_publisher", "source_title", "source_url", "grade_of_trust"]
        data = rows[[*own, *named, "records", "row_id"]]
        exhibit = Exhibit(name, title, caption, alt or caption, data, table, self.cited(rows), drawing)
        return exhibit_piece(self.name, exhibit)

    def policy_exhibit(
        self, name: str, rows: pd.DataFrame, title: str, caption: str, drawing: Drawing | None, alt: str
    ) -> Piece:
        """Policy rules as a table: subsidies joined into offers, every other rule a line; and a chart.

        ``rows``: labelled rows of ``trade_in_policy``; what is not sound stays out. A line that joins
        several rows has the id of the one that says what is given; ``from_rows`` names all of them.
        """
        joined = offers.build(rows)
        lines = [_offer_line(offer) for offer in joined]
        others = rows[~rows["parameter"].isin(offers.PARAMETERS)]
        others = others[tables.is_sound(others)]
        if not joined and others.empty:
            return self.nothing(title)
        lines += [_rule_line(row) for _, row in others.iterrows()]
        table = pd.DataFrame([line for line, _ in lines])
        data = pd.DataFrame([plain for _, plain in lines])
        cited = [source for offer in joined for source in offer.cited] + list(others["source_id"])
        table["来源"] = [self._citing(ids) for ids in data.pop("_cited")]
        if table["品类"].nunique() == 1:  # then the title says it
            table = table.drop(columns="品类")
        sources = self.cited(pd.DataFrame({"source_id": list(dict.fromkeys(cited))}))
        exhibit = Exhibit(name, title, caption, alt or caption, data, table, sources, drawing, group="政策")
        return exhibit_piece(self.name, exhibit)

    def _citing(self, sources: list[str]) -> str:
        """A link to the first of several sources, and how many there are."""
        return source_html(self.known[sources[0]]) + (f"等{len(sources)}个来源" if len(sources) > 1 else "")

    def conflicts(self) -> Piece:
        """Figures that cannot be reconciled with each other: the question, and what each source says."""
        title, listed = "对不上的数字", self.tables.conflicts(self.name)
        caption = "来源互相对不上之处，照录双方，不作取舍"
        parts = []
        for question, rows in listed:
            parts.append(rows.assign(question=question))
        rows = pd.concat(parts) if parts else pd.DataFrame()
        if rows.empty:
            return self.nothing(title, sentence="本期没有列出的。")
        extra = {"问题": rows["question"]}
        columns = ("问题", "area", "period", "measure", "category", "value", "change", "source")
        return self.exhibit("conflicts", rows, title, caption, columns=columns, extra=extra, group="问题")

    def doubtful(self, dataset: str) -> Piece:
        """Figures kept out of headlines and charts, and why (the compiler's note)."""
        rows = self.tables.shown(dataset, obs_status="U")
        rows = rows.sort_values(["area_code", "measure", "last_day"], kind="stable")
        if rows.empty:
            return self.nothing("存疑的数字", sentence="本期没有列出的。")
        columns = ("area", "period", "measure", "category", "value", "change", "source")
        caption = "来源的副本有缺损、数字与别处不称，或来源不可靠；照录于此，不入标题和图"
        return self.exhibit("doubtful", rows, "存疑的数字", caption, columns=columns)

    @cached_property
    def known(self) -> dict[str, Cited]:
        """Every source, by its id, as a figure names it."""
        return attribution.known(self.tables)

    def cited(self, rows: pd.DataFrame) -> list[Cited]:
        """Every source of the rows, the shown ones first."""
        found = list(rows["source_id"])
        if "cited" in rows:
            found += [source for sources in rows["cited"] for source in sources]
        return [self.known[source] for source in dict.fromkeys(found)]

    def table(
        self,
        rows: pd.DataFrame,
        columns: tuple[str, ...],
        extra: dict[str, pd.Series] | None = None,
        own: Sequence[str] = (),
    ) -> pd.DataFrame:
        """The rows as a reader's table of HTML cells; ``own``: the ids of the rows ``extra`` stands in."""
        out = pd.DataFrame(index=rows.index)
        for column in columns:
            if column == "area":
                out["地区"] = rows["area_zh"].map(text)
            elif column == "period":
                dates = rows["source_date_published"]
                out["时期"] = [words.period(p, d) for p, d in zip(rows["period"], dates, strict=True)]
            elif column == "survey":
                out["普查或时点"] = rows["survey"].map(text)
            elif column == "measure":
                out["指标"] = rows["measure_zh"].map(text)
            elif column == "category":
                if rows["category_zh"].notna().any():
                    out["分类"] = rows["category_zh"].map(text)
            elif column == "value":
                out["数值"] = [_value_cell(row) + self._mark(row) for _, row in rows.iterrows()]
            elif column == "change":
                if rows["change_pct"].notna().any():
                    out["公布的变化"] = [
                        words.shown_change(c, k, row) if pd.notna(c) else ""
                        for c, k, row in zip(
                            rows["change_pct"], rows["change_kind"], rows["row_id"], strict=True
                        )
                    ]
            elif column == "status":
                if (status := status_zh(rows)).any():
                    out["状态"] = status.map(text)
            elif column == "source":
                out["来源"] = [self._sources_cell(row) for _, row in rows.iterrows()]
            else:
                series = (extra or {})[column]
                out[column] = [
                    words.shown_count(v, row, here=True)
                    if isinstance(v, (int, float)) and pd.notna(v)
                    else text(v)
                    for v, row in zip(series, own or rows["row_id"], strict=True)
                ]
        return out

    def _mark(self, row: pd.Series) -> str:
        """A mark on a figure that an earlier edition gave another value, naming that value."""
        old = self.revised.get((row["_file"], row["_row"]))
        if old is None:
            return ""
        was = words.amount(old, str(row["unit_zh"])) if not words.missing(old) else NO_VALUE
        return f' <abbr class="revised" title="修订：原作{text(was)}">修</abbr>'

    @cached_property
    def revised(self) -> dict[tuple[str, int], float]:
        """Old values of the chapter's figures that a later return revised, by file and row."""
        found = [self.tables.revisions(d.name) for d in self.tables.of_chapter(self.name) if d.is_figures]
        return {(r["_file"], r["_row"]): r["old"] for frame in found for _, r in frame.iterrows()}

    def _sources_cell(self, row: pd.Series) -> str:
        more = len(row["cited"]) - 1 if "cited" in row and isinstance(row["cited"], list) else 0
        return source_html(attribution.of_row(row)) + (f"等{more + 1}个来源" if more else "")

    def changes(self) -> Piece:
        """What changed since the last edition: revised figures with old and new, then new ones."""
        parts = [revisions.since_last(self.tables, d.name) for d in self.tables.of_chapter(self.name)]
        title = "较上一期的变化"
        before = parts[0].before if parts else None
        if before is None:
            return Piece(f"{markup.heading(3, title)}这是第一期，没有上一期可比。\n")
        rows = [row for part in parts for row in _change_rows(part, self.tables, f"{self.name}-changes")]
        rows = sorted(rows, key=lambda row: row.doubted)  # what decides nothing leads no list
        if not rows:
            said = f"{words.period(before)}期以来，本章没有新增、修订或撤下的数。"
            return Piece(f"{markup.heading(3, title)}{said}\n")
        count = {kind: sum(row.data["change"] == kind for row in rows) for kind in CHANGES}
        counted = "，".join(f"{kind} {n} 行" for kind, n in count.items())
        caption = f"与{words.period(before)}期相比：{counted}。修订的列出原值与现值"
        if doubted := sum(row.doubted for row in rows):
            caption += f"；存疑或非正式来源的 {doubted} 行，不入标题和图"
        data = pd.DataFrame([row.data for row in rows]).dropna(axis="columns", how="all")
        table = pd.DataFrame([row.cells for row in rows])
        table["来源"] = [self._sources_cell(row.figure) for row in rows]
        table["依据"] = [trace.links([str(row.figure["row_id"])], "数字") for row in rows]
        table = table.loc[:, (table != "").any()]
        exhibit = Exhibit("changes", title, caption, caption, data, table, self.cited(data))
        return exhibit_piece(self.name, exhibit)

    def warnings(self, name: str | None = None) -> list[Finding]:
        """The warnings of a chapter (default: this one), those about sound rows first."""
        return sorted(self.report.of("warning", name or self.name), key=self.doubts)

    def doubts(self, finding: Finding) -> bool:
        """Whether a finding is about a row that may decide nothing."""
        return self.tables.row_of(finding.file, finding.row) in self.tables.unsound_ids

    def findings(self) -> Piece:
        """The chapter's warnings, neutrally worded: what the source states, what its numbers give."""
        found = self.warnings()
        if not found:
            return Piece("本期检查没有发现需要提示的地方。\n")
        lines = []
        for finding in found[:MAX_FINDINGS]:
            place = "，".join(
                part
                for part in (finding.area, words.period(finding.period) if finding.period else "")
                if part
            )
            what = finding.measure + (f"（{finding.category}）" if finding.category else "")
            kind = "提示（存疑的数）" if self.doubts(finding) else "提示"
            link = f'<a href="sources.html#{text(finding.source_id)}">来源</a>'
            row_id = self.tables.row_of(finding.file, finding.row)
            link = f"{trace.links([row_id], '数字')}，{link}" if row_id else link
            lines.append(
                f'<p class="finding warning">{kind}：{text(place + what)}。{text(finding.says)}。{link}</p>'
            )
        more = len(found) - MAX_FINDINGS
        if more > 0:
            lines.append(f'<p class="finding warning"><a href="quality.html">另有 {more} 条</a></p>')
        return Piece("\n\n".join(lines) + "\n")

    def side(
        self,
        measures: list[str],
        cannot: list[str],
        title: str = "",
        datasets: list[Dataset] | None = None,
    ) -> Piece:
        """Definitions, what the numbers cannot tell, how to cite, downloads.

        ``title`` and ``datasets``: the chapter's own where none are given.
        """
        known = self.tables.lists["measures"].set_index("measure")
        terms = "".join(
            f"<dt>{text(known.loc[m, 'label_zh'])}</dt><dd>{text(known.loc[m, 'definition_zh'])}</dd>"
            for m in measures
        )
        defined = f'<h2 id="terms">口径</h2><dl class="terms">{terms}</dl>' if terms else ""
        held = self.tables.of_chapter(self.name) if datasets is None else datasets
        page = self.name if datasets is None else f"{self.name}-{self.area}"
        limits = "".join(f"<li>{text(line)}</li>" for line in cannot)
        return Piece(
            f'<div class="side">{defined}'
            f'<h2 id="cannot">这些数字不能说明</h2><ul>{limits}</ul>'
            f"{cite.box(text(title or self.title), self.edition, page)}"
            f'<h2 id="downloads">下载</h2><ul>{_files(held, self.edition)}</ul>'
            f'<p>列的含义见<a href="dictionary.html">数据字典</a>。</p></div>\n'
        )


def _offer_line(offer: offers.Offer) -> tuple[dict[str, str], dict[str, object]]:
    """An offer as cells of the page's table, and as a row of its download."""
    row, valid = offer.row, offer.valid
    standing = offer.standing(tagged=True)
    cells = _rule_cells(row, offer.condition, offer.told(tagged=True), valid)
    if standing:  # how it stands to another rule, under the rule itself
        cells["规则"] += f'<br><span class="standing">{standing}</span>'
    limits: dict[str, object] = {}
    for part in offer.parts:  # a second limit of one kind (每件, 每位消费者) has a column of its own
        name = part.parameter
        limits[name if name not in limits else f"{name}_2"] = part.row["value"]
    plain = _rule_columns(row, valid)
    plain.update(
        condition=offer.condition,
        rule=offer.told(),
        standing=offer.standing(),
        from_rows=";".join(offer.row_ids),
        _cited=offer.cited,
        **limits,
    )
    return cells, plain


def _rule_line(row: pd.Series) -> tuple[dict[str, str], dict[str, object]]:
    """Any other rule as cells of the page's table, and as a row of its download."""
    dated = words.missing(row["value"])
    number = words.NOT_APPLICABLE if dated else words.amount(row["value"], str(row["unit_zh"]))
    shown = number if dated else words.shown(row["value"], str(row["unit_zh"]), "exact", row["row_id"])
    cells = _rule_cells(row, row["condition"], f"{text(row['measure_zh'])}：{shown}", row)
    plain = _rule_columns(row, row)
    plain.update(
        condition=row["condition"],
        rule=f"{row['measure_zh']}：{number}",
        from_rows=row["row_id"],
        _cited=[row["source_id"]],
        value=row["value"],
    )
    return cells, plain


def _rule_cells(row: pd.Series, condition: object, rule: str, valid: pd.Series) -> dict[str, str]:
    """A rule as cells of the page's table; area and programme stand once over their rules."""
    return {
        "政策": text(f"{row['area_short']}　{row['programme']}"),
        "品类": text(row["category_zh"]),
        "条件": text(condition),
        "规则": rule,
        "起止": text(offers.span_words(valid)),
    }


def _rule_columns(row: pd.Series, valid: pd.Series) -> dict[str, object]:
    """What the download says of every rule, whatever it sets."""
    own = ("area_code", "area_zh", "area_en", "programme", "category", "category_zh")
    dates = ("valid_from", "valid_from_basis", "valid_to", "valid_to_basis")
    source = ("source_id", "source_publisher", "source_title", "source_url", "grade_of_trust", "row_id")
    return {
        **{name: row[name] for name in own},
        **{name: valid[name] for name in dates},
        **{name: row[name] for name in source},
    }


def status_zh(rows: pd.DataFrame) -> pd.Series:
    """What must be said of each row that is not a plain figure: 存疑, 初步数, 非正式来源; else empty."""
    status = rows["obs_status"] if "obs_status" in rows else pd.Series("A", rows.index)
    told = status.map(words.STATUS).fillna("")
    return told.where((told != "") | (rows["grade_of_trust"] != UNOFFICIAL), UNOFFICIAL_ZH)


def with_status(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a table with the status before the source, which stands last."""
    at = columns.index("source") if "source" in columns else len(columns)
    return (*columns[:at], "status", *columns[at:])


def in_short(rows: pd.DataFrame) -> str:
    """What a chart of one figure through time shows, in words: how far it goes, where it ends, which way.

    Empty where the rows are not one figure told for three times or more.
    """
    told = rows[rows["value"].notna() & rows["last_day"].notna()]
    one = ["area_code", "measure", "category"]
    if len(told) < 3 or len(told.drop_duplicates(one)) > 1 or told["last_day"].duplicated().any():
        return ""
    told = told.sort_values("last_day", kind="stable")
    by_size = told.sort_values("value", kind="stable")
    low, high = by_size.iloc[0], by_size.iloc[-1]
    before, last = told["value"].iloc[-2], told.iloc[-1]
    way = "持平" if last["value"] == before else "增加" if last["value"] > before else "减少"
    said = [
        f"{name} {words.amount(r['value'], r['unit_zh'], r['qualifier'])}（{words.period(r['period'])}）"
        for name, r in (("最低", low), ("最高", high), ("最近", last))
    ]
    return f"{'，'.join(said)}，比前一个{way}。"


def _files(datasets: list[Dataset], edition: str) -> str:
    """Links to the files of datasets: CSV and Parquet, their chapters' workbooks, the whole edition."""

    def link(file: str, said: str) -> str:
        return f'<a href="data/latest/{file}" download>{said}</a>'

    items = [
        f"{link(f'{d.name}.csv', f'{d.name}.csv')} {link(f'{d.name}.parquet', 'Parquet')} {text(d.title)}"
        for d in datasets
    ]
    for chapter in dict.fromkeys(str(d.chapter) for d in datasets):
        items.append(f"{link(f'{chapter}.xlsx', f'{chapter}.xlsx')} {link(f'{chapter}.ods', 'ODS')} 工作簿")
    items.append(f"{link(bundle.name(edition), '整期 ZIP')} 含校验和与说明")
    return "".join(f"<li>{item}</li>" for item in items)


@dataclass(frozen=True)
class _Change:
    """One row of the changes: the labelled row it is about, what the download holds, what the page shows."""

    figure: pd.Series
    data: dict[str, object]
    cells: dict[str, str]
    doubted: bool


def _change_rows(part: revisions.Changes, held: Tables, exhibit: str) -> list[_Change]:
    """A dataset's changes, revised ones first."""
    publishers = held.lists["sources"].set_index("source_id")["publisher"]
    found = []
    for kind, frame in zip(CHANGES, (part.revised, part.new, part.dropped), strict=True):
        marked = zip(frame.iterrows(), status_zh(frame), is_sound(frame), strict=True)
        for (_, row), status, sound in marked:
            found.append(_change(kind, row, status, not sound, publishers[row["source_id"]], exhibit))
    return found


def _change(kind: str, row: pd.Series, status: str, doubted: bool, publisher: str, exhibit: str) -> _Change:
    """One change. A figure that is only a change is told as one; a tree by the cells that changed."""
    value, change = row.get("value", None), row.get("change_pct", None)
    only_change = words.missing(value) and not words.missing(change)
    now = row.get("new", change) if words.missing(value) else value
    old = row.get("old", None) if kind == "修订" else (now if kind == "撤下" else None)
    new = None if kind == "撤下" else now
    name = row.get("measure_zh", None)
    what = row.get("species_zh", None) if words.missing(name) else name
    unit = "%" if only_change else row.get("unit_zh", None)
    qualifier = row.get("qualifier", None)
    old_qualifier = row.get("old_qualifier", qualifier if kind == "撤下" else None)
    row_id = trace.computed_id(exhibit, row["row_id"])
    when = (
        None
        if words.missing(row.get("period"))
        else words.period(row["period"], row["source_date_published"])
    )

    def cell(number: object, qualified: object) -> str:
        if words.missing(number):
            return ""
        if isinstance(number, str):
            return text(number)
        if only_change:
            return words.shown_change(number, str(row["change_kind"]), row_id, here=True)  # type: ignore[arg-type]
        known = "" if words.missing(unit) else str(unit)
        said = "exact" if words.missing(qualified) else str(qualified)
        return words.shown(number, known, said, row_id, here=True)  # type: ignore[arg-type]

    difference = row.get("difference", None)
    # Of numbers that are told as 逾 or 约, the difference is no more exact than they are.
    plain = all(words.missing(q) or q == "exact" for q in (qualifier, old_qualifier))
    apart = (
        ""
        if words.missing(difference)
        else words.shown(
            difference,
            "个百分点" if only_change else str(unit),
            "exact" if plain else "about",
            row_id,
            here=True,
        )
    )
    return _Change(
        figure=row,
        data={
            "change": kind, "area": row["area_zh"], "period": row.get("period", None), "what": what,
            "category": row.get("category_zh", None), "old": old, "old_qualifier": old_qualifier, "new": new,
            "qualifier": qualifier, "difference": difference, "unit": unit,
            "obs_status": row.get("obs_status", None), "grade": row["grade_of_trust"],
            "publisher": publisher, "source_id": row["source_id"], "row_id": row_id,
            "from_rows": row["row_id"],
        },
        cells={
            "变化": kind, "地区": text(row["area_zh"]), "时期": text(when), "指标或名称": text(what),
            "分类": text(row.get("category_zh", None)), "原值": cell(old, old_qualifier),
            "现值": cell(new, qualifier), "相差": apart, "状态": text(status),
        },
        doubted=doubted,
    )  # fmt: skip


def shown_value(row: pd.Series) -> str:
    """A labelled row's value as it goes into a page."""
    return words.shown(row["value"], str(row["unit_zh"]), row["qualifier"], row["row_id"])


def _value_cell(row: pd.Series) -> str:
    """The value, or a dash where the source gives only a change."""
    if words.missing(row["value"]) and not words.missing(row["change_pct"]):
        return "—"
    return shown_value(row)


def _numbers(series: pd.Series) -> list[object]:
    """Cells as plain Python values, so that a missing one is None and a whole number an int."""
    return [None if words.missing(v) else (v.item() if hasattr(v, "item") else v) for v in series]


def _plain_cells(values: list[object], ids: list[str]) -> list[str]:
    """Cells of one column as HTML; ``ids``: of the rows they stand in."""
    return [_plain_cell(value, row) for value, row in zip(values, ids, strict=True)]


def _plain_cell(value: object, row_id: str) -> str:
    if isinstance(value, markup.Made):
        return value
    if isinstance(value, (int, float)) and not words.missing(value):
        return words.shown_count(value, row_id, here=trace.dataset_of(row_id) is None)
    return text(value)


_KEEP = {"area_code", "area_zh", "area_en", "period", "measure", "measure_zh", "category", "value", "unit"}
_KEEP |= {"source_id", "row_id"}
