"""The edition's tables: what was known by the end of its month, vintages resolved.

Where several sources give one figure, one is shown by a written rule: first what is
sound, then what is not preliminary, then the source most to be trusted, then the
later publication, then the source's name, so that the choice never depends on
the order of files. Of equally trusted values that are roundings of one another,
the one with more digits is shown. The others are cited.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import pandas as pd

from yuebao import returns, suppress, trace, words
from yuebao.faults import DataRejected, Fault
from yuebao.project import Project
from yuebao.returns import PROVENANCE
from yuebao.schema import LISTS, Dataset, chapter_datasets, load

TRUST = ("official", "press", "mirror", "unofficial")
REFERENCE = ["area_code", "period", "measure", "category", "source_id"]  # how a list refers to a figure
STATUS = ("A", "E", "F", "P", "U")
DOUBTFUL, FORECAST = "U", "F"
WITHDRAWN = "M"  # a later return took the figure back: kept in the files, never shown
UNOFFICIAL = "unofficial"


@dataclass(frozen=True)
class Tables:
    """Everything an edition knows.

    ``lists``: the code lists by name. ``rows``: each dataset's rows as read, every
    vintage, with ``_file``, ``_row`` and ``_edition``.
    """

    edition: str
    datasets: dict[str, Dataset]
    lists: dict[str, pd.DataFrame]
    rows: dict[str, pd.DataFrame]
    _labelled: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    _places: dict[tuple[str, int], str] = field(default_factory=dict, repr=False)
    _chosen: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def chapters(self) -> list[str]:
        """Chapters that have a dataset, in alphabetical order."""
        return sorted({d.chapter for d in self.datasets.values() if d.chapter})

    def of_chapter(self, chapter: str) -> list[Dataset]:
        """The chapter's datasets."""
        return [d for d in self.datasets.values() if d.chapter == chapter]

    def as_of(self, edition: str) -> Tables:
        """The same tables as they stood in an earlier edition."""
        rows = {n: frame[frame["_edition"].astype("str") <= edition] for n, frame in self.rows.items()}
        return Tables(edition, self.datasets, as_known(self.lists, edition), rows)

    def current(self, dataset: str) -> pd.DataFrame:
        """The dataset's rows with vintages resolved: of one key, the latest edition's."""
        frame = self.rows[dataset]
        key = list(self.datasets[dataset].key)
        latest = frame.sort_values(["_edition", "_file", "_row"], kind="stable")
        held = latest.drop_duplicates(key, keep="last").sort_index()
        if "obs_status" not in key or not (held["obs_status"] == WITHDRAWN).any():
            return held
        # A figure taken back is taken back whatever status it had, until a later edition gives it again.
        bare = [held[name] for name in key if name != "obs_status"]
        withdrawn, sent = held["obs_status"] == WITHDRAWN, held["_edition"]
        taken = sent.where(withdrawn).groupby(bare, dropna=False).transform("max")
        last = sent.groupby(bare, dropna=False).transform("max")
        kept: pd.DataFrame = held[taken.isna() | (sent > taken) | (withdrawn & (last == taken))]
        return kept

    def revisions(self, dataset: str) -> pd.DataFrame:
        """Rows whose key an earlier edition gave another value, with ``old`` and ``new``.

        A value sent again unchanged keeps the ``old`` of the row it repeats.
        A dataset without a column ``value`` has none here; see ``revisions.since_last``.
        """
        frame, key = self.rows[dataset], list(self.datasets[dataset].key)
        if "value" not in frame:
            return frame.iloc[:0].assign(old=[], new=[])
        ordered = frame.sort_values(["_edition", "_file", "_row"], kind="stable")
        groups = ordered.assign(_at=range(len(ordered))).groupby(key, dropna=False, sort=False)
        old, now = groups["value"].shift(), ordered["value"]
        same = (old == now) | (old.isna() & now.isna())
        earlier = ordered.assign(_at=groups["_at"].shift().where(~same))
        at = earlier.groupby(key, dropna=False, sort=False)["_at"].ffill()
        changed, before = ordered[at.notna()], ordered.iloc[at.dropna().astype(int)]
        changed = changed.assign(old=before["value"].to_numpy(), _before=before["_edition"].to_numpy())
        if "qualifier" in before:
            changed = changed.assign(_old_qualifier=before["qualifier"].to_numpy())
        return changed.rename(columns={"value": "new"})

    def labelled(self, dataset: str) -> pd.DataFrame:
        """``current`` with ``row_id`` and the labels of its codes: area, unit, category, source in words."""
        if dataset not in self._labelled:
            self._labelled[dataset] = self._with_labels(dataset, self.current(dataset))
        return self._labelled[dataset]

    def vintages(self, dataset: str) -> pd.DataFrame:
        """Every vintage of every row, labelled as ``labelled`` is, earliest edition first."""
        ordered = self.rows[dataset].sort_values(["_edition", "_file", "_row"], kind="stable")
        return self._with_labels(dataset, ordered)

    def _with_labels(self, dataset: str, frame: pd.DataFrame) -> pd.DataFrame:
        held = self.datasets[dataset]
        areas = self.lists["areas"].set_index("area_code")
        out = frame.copy()
        # Exact positions of protected trees are not spread further: here, before any page or file sees them.
        for column in held.columns:
            if column.published_decimals is not None:
                out[column.name] = out[column.name].round(column.published_decimals)
        out["row_id"] = trace.row_ids(dataset, frame, list(held.key))
        out["area_zh"] = out["area_code"].map(areas["name_zh"])
        out["area_short"] = out["area_code"].map(areas["short_zh"])
        out["area_en"] = out["area_code"].map(areas["name_en"])
        for code in ("measure", "parameter"):
            if code in out:
                measures = self.lists["measures"].set_index("measure")
                out["measure_zh"] = out[code].map(measures["label_zh"])
                out["kind"] = out[code].map(measures["kind"])
                if "unit" not in out:
                    out["unit"] = out[code].map(measures["unit"])
        if "unit" in out:
            out["unit_zh"] = out["unit"].map(self.lists["units"].set_index("unit")["label_zh"])
        if "category" in out:
            categories = self.lists["categories"].set_index("category")
            out["category_zh"] = out["category"].map(categories["label_zh"])
            out["dimension"] = out["category"].map(categories["dimension"])
        sources = self.lists["sources"].set_index("source_id")
        for name in ("publisher", "title", "url", "seen_at", "date_published"):
            out[f"source_{name}"] = out["source_id"].map(sources[name])
        out["grade_of_trust"] = out["source_id"].map(sources["grade"])
        if "period" in out:
            spans = out["period"].map(words.span)
            out["first_day"] = pd.to_datetime(spans.str[0])
            out["last_day"] = pd.to_datetime(spans.str[1])
        return out

    def row_of(self, file: str, row: int) -> str | None:
        """The id of the row that stands at a place in a return; None where none is shown from there."""
        if not self._places:
            for name, dataset in self.datasets.items():
                if dataset.chapter:
                    frame = self.labelled(name)
                    places = zip(frame["_file"], frame["_row"].astype(int), strict=True)
                    self._places.update(zip(places, frame["row_id"], strict=True))
        return self._places.get((file, row))

    def counts(self, dataset: str, by: list[str]) -> pd.DataFrame:
        """How many records there are, by the columns ``by``, with every total: an empty cell is a sum.

        The one place where the book counts records. Of persons, small counts are kept back by the
        rule of ``suppress``; ``conf_status`` says which (C), and ``count`` is empty there.
        """
        frame = self.labelled(dataset)[by].astype("object").dropna()
        found = []
        for size in range(len(by), -1, -1):
            for over in itertools.combinations(by, size):
                if over:
                    told = frame.groupby(list(over), sort=True).size().rename("count").reset_index()
                else:
                    told = pd.DataFrame({"count": [len(frame)]})
                found.append(told.reindex(columns=[*by, "count"]))
        counted = pd.concat([part.astype("object") for part in found], ignore_index=True)
        counted["count"] = counted["count"].astype("Int64")
        if self.datasets[dataset].persons:
            return suppress.suppress(counted, by)
        return counted.assign(conf_status=suppress.FREE)

    def figures(self, dataset: str, **wanted: object) -> pd.DataFrame:
        """Labelled rows where each named column equals the value (or is in the list) given.

        ``category=None`` asks for totals: rows without a category.
        """
        frame = self.labelled(dataset)
        for column, value in wanted.items():
            if value is None:
                frame = frame[frame[column].isna()]
            elif isinstance(value, (list, tuple, set)):
                frame = frame[frame[column].isin(list(value))]
            else:
                frame = frame[frame[column] == value]
        return frame

    def shown(self, dataset: str, **wanted: object) -> pd.DataFrame:
        """One row a figure, by the written rule; ``cited`` lists all its sources.

        Columns ``values`` (how many different values the sources give) and
        ``agreement`` (same, rounded, differs) say whether they agree.
        """
        if not wanted and dataset in self._chosen:
            return self._chosen[dataset]
        frame = self.figures(dataset, **wanted)
        chosen = choose(frame[frame["obs_status"] != WITHDRAWN], self.datasets[dataset])
        if not wanted:
            self._chosen[dataset] = chosen
        return chosen

    def sound(self, dataset: str, **wanted: object) -> pd.DataFrame:
        """``shown`` without what may decide nothing: see ``is_sound``."""
        rows = self.shown(dataset, **wanted)
        return rows[is_sound(rows)]

    def not_drawn(self, rows: pd.DataFrame) -> pd.Series:
        """Why each labelled row stands in no chart, map or title, by the list ``not_drawn``; else None.

        Which dataset a row is of, its ``row_id`` says; rows that are no figures may all be drawn.
        """
        if not set(REFERENCE) <= set(rows.columns) or "row_id" not in rows:
            return pd.Series(None, rows.index, dtype="object")
        listed = self.lists["not_drawn"]
        refs = listed[["dataset", *REFERENCE]].fillna("").itertuples(index=False, name=None)
        reasons = dict(zip(refs, listed["reason_zh"], strict=True))
        own = rows[REFERENCE].astype("object").fillna("").itertuples(index=False, name=None)
        of = rows["row_id"].map(trace.dataset_of)
        found = [reasons.get((name, *ref)) for name, ref in zip(of, own, strict=True)]
        return pd.Series(found, rows.index, dtype="object")

    def drawable(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The labelled rows that may stand in a chart, a map or a title: sound, and not in ``not_drawn``."""
        drawable = self.not_drawn(rows).isna()
        return rows[drawable & is_sound(rows)] if "grade_of_trust" in rows else rows[drawable]

    @cached_property
    def unsound_ids(self) -> frozenset[str]:
        """The ids of rows that may decide nothing."""
        held = [self.labelled(name) for name, dataset in self.datasets.items() if dataset.chapter]
        return frozenset(row for frame in held for row in frame.loc[~is_sound(frame), "row_id"])

    def conflicts(self, chapter: str) -> list[tuple[str, pd.DataFrame]]:
        """Figures listed as not fitting each other: ``(question, labelled rows)``.

        Only those of which the edition knows at least two.
        """
        listed = self.lists["conflicts"]
        listed = listed[listed["chapter"] == chapter]
        found = []
        for _, refs in listed.groupby("conflict", sort=False):
            rows = []
            for _, ref in refs.iterrows():
                frame = self.figures(ref["dataset"])
                frame = frame[frame["obs_status"] != WITHDRAWN]
                for name in REFERENCE:
                    wanted = ref[name]
                    frame = frame[frame[name].isna() if words.missing(wanted) else frame[name] == wanted]
                rows.append(frame.sort_values("value", na_position="last").head(1))
            held = pd.concat(rows)
            if len(held) > 1:
                found.append((str(refs["question_zh"].iloc[0]), held))
        return found


def figure_key(dataset: Dataset) -> list[str]:
    """The key of a figure: the dataset's key without the source and the source's own words."""
    return [name for name in dataset.key if name not in ("source_id", "survey")]


def coarseness(value: float) -> Decimal:
    """The unit of a number's last non-zero digit: 826000 -> 1000, 27 -> 1, 0.13 -> 0.01."""
    number = words.decimal(value).normalize()
    return Decimal(1).scaleb(int(number.as_tuple().exponent)) if number else Decimal(1)


def bounds(value: float, qualifier: str | None) -> tuple[Decimal, Decimal]:
    """The range a published value may stand for, given its qualifier and its last digit.

    A whole number below 10,000 told without a qualifier is taken as exact; above
    that, zeros at the end may be rounding (26.1万).
    """
    number, step = words.decimal(value), coarseness(value)
    if qualifier == "over":
        return number, number + step
    if qualifier in ("nearly", "under"):
        return number - step, number
    if qualifier == "about" or abs(number) >= 10_000:
        return number - step / 2, number + step / 2
    return number, number


def agreement(values: list[float], qualifiers: list[str | None] | None = None) -> str:
    """How several sources' values of one figure agree: same, rounded or differs.

    Rounded: the ranges they may stand for have a value in common (逾6200万, 6276万).
    """
    if len(set(values)) <= 1:
        return "same"
    told = qualifiers or [None] * len(values)
    ranges = [bounds(value, qualifier) for value, qualifier in zip(values, told, strict=True)]
    common = max(low for low, _ in ranges) <= min(high for _, high in ranges)
    return "rounded" if common else "differs"


def is_sound(rows: pd.DataFrame) -> pd.Series:
    """For each labelled row, whether it may found an edition, date a page, lead it or be drawn.

    Not so what is doubtful (``U``), taken back, or known from an unofficial source only.
    """
    sound: pd.Series = rows["grade_of_trust"] != UNOFFICIAL
    if "obs_status" in rows:
        sound &= ~rows["obs_status"].isin([DOUBTFUL, WITHDRAWN])
    return sound


def may_found(rows: pd.DataFrame, grades: pd.Series) -> pd.Series:
    """For each row as read, whether it may found an edition; ``grades``: of sources by their id.

    As ``is_sound``, but that a sound source's taking back of a figure is news, if not a figure.
    """
    graded = rows.assign(grade_of_trust=rows["source_id"].map(grades))
    sound = is_sound(graded)
    if "obs_status" in rows:
        sound |= (rows["obs_status"] == WITHDRAWN) & (graded["grade_of_trust"] != UNOFFICIAL)
    return sound


def identity(frame: pd.DataFrame, dataset: Dataset) -> tuple[pd.DataFrame, list[str]]:
    """``frame`` with what makes two rows the same figure, and the names of those columns.

    A row that holds a value is the same figure whatever change it also states; a
    row known only as a change is told apart by the kind of change. A period without
    an end says nothing of how far the count runs: two sources' figures of it cannot
    be taken for one, so the source is part of what it is.
    """
    key = figure_key(dataset)
    if "period" in key:
        frame = frame.assign(_teller=frame["source_id"].where(frame["period"].map(words.is_open), None))
        key = [*key, "_teller"]
    if "change_kind" not in key:
        return frame, key
    kind = frame["change_kind"].where(frame["value"].isna(), None)
    return frame.assign(_change=kind), [*(name for name in key if name != "change_kind"), "_change"]


def choose(frame: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    """Of the rows that give one figure, the one to show; see the module's rule."""
    if frame.empty:
        return frame.assign(cited=[], values=[], agreement=[])
    frame, key = identity(frame, dataset)
    told = frame[frame["value"].notna()]
    agreed = pd.Series("same", frame.index)
    for _, rows in told.groupby(key, dropna=False, sort=False):
        if len(rows) > 1 and rows["value"].nunique() > 1:
            agreed[rows.index] = agreement(list(rows["value"]), list(rows["qualifier"]))
    coarse = frame["value"].map(lambda v: 0.0 if pd.isna(v) else float(coarseness(v)))
    ranked = frame.assign(
        agreement=agreed,
        _unsound=~is_sound(frame),
        _status=frame["obs_status"].map({s: i for i, s in enumerate(STATUS)}),
        _trust=frame["grade_of_trust"].map({g: i for i, g in enumerate(TRUST)}),
        _coarse=coarse.where(agreed == "rounded", 0.0),
        _date=frame["source_date_published"].fillna(""),
    ).sort_values(
        ["_unsound", "_status", "_trust", "_coarse", "_date", "source_id"],
        ascending=[True, True, True, True, False, True],
        kind="stable",
    )
    summary = (
        ranked.groupby(key, dropna=False, sort=False)
        .agg(
            cited=("source_id", lambda ids: list(dict.fromkeys(ids))),
            values=("value", lambda v: v.dropna().nunique()),
        )
        .reset_index()
    )
    first = ranked.drop_duplicates(key, keep="first")
    merged = first.reset_index().merge(summary, on=key, how="left").set_index("index")
    return merged[[c for c in merged.columns if not c.startswith("_") or c in PROVENANCE]].sort_index()


def read_lists(project: Project, datasets: dict[str, Dataset]) -> dict[str, pd.DataFrame]:
    """The code lists of ``data/``. Raises DataRejected with every fault."""
    lists, faults = {}, []
    for name in LISTS:
        path = project.data / f"{name}.csv"
        if not path.is_file():
            faults.append(Fault(project.name(path), 0, "", "缺少此文件", "请从版本库恢复"))
            continue
        frame, wrong = returns.read(path, datasets[name], project)
        faults += wrong
        lists[name] = frame
    if faults:
        raise DataRejected(faults)
    return lists


def as_known(lists: dict[str, pd.DataFrame], edition: str) -> dict[str, pd.DataFrame]:
    """The lists as an edition could know them: of the editions none later, its own release still to come."""
    listed = lists.get("editions")
    if listed is None:
        return lists
    held = listed[listed["edition"] <= edition]
    released = held["released"].where(held["edition"] < edition, None)
    return {**lists, "editions": held.assign(released=released)}


def assemble(project: Project, edition: str = "latest") -> Tables:
    """Read everything known by the end of ``edition``.

    Raises DataRejected with every fault of every file at once.
    """
    edition = project.edition(edition)
    datasets = load(project)
    lists = as_known(read_lists(project, datasets), edition)
    rows, faults = returns.read_all(project, chapter_datasets(datasets), edition, lists)
    if faults:
        raise DataRejected(faults)
    return Tables(edition=edition, datasets=datasets, lists=lists, rows=rows)
