"""What changed since the last edition: new, revised and dropped figures.

Two things can revise a figure: a later return gives the same key another value
(a correction by the same source), or a source more to be trusted arrives and is
shown instead. Both are told, with the value that was shown before.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from yuebao.tables import Tables, identity

NOTES = ("note_zh", "note", "remark")  # words about a row; another wording revises nothing
EMPTY = "（空）"  # of a cell of an earlier return: it says nothing of what was published
LABELS = ["area_zh", "period", "measure_zh", "category_zh", "unit", "unit_zh"]


@dataclass(frozen=True)
class Changes:
    """Rows of one dataset: labelled rows of now (``new``, ``revised``) or of before (``dropped``).

    ``revised`` also has ``old`` and ``difference`` (of figures, ``old_qualifier`` and
    ``old_source_id`` too); without a value, ``old`` and ``new`` name the cells that changed.
    ``before`` is the edition compared with; None in the first edition.
    """

    dataset: str
    before: str | None
    new: pd.DataFrame
    revised: pd.DataFrame
    dropped: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are new, revised, dropped."""
        return {"new": len(self.new), "revised": len(self.revised), "dropped": len(self.dropped)}


def previous_edition(tables: Tables) -> str | None:
    """The newest edition before this one that brought any row."""
    known = {month for frame in tables.rows.values() for month in frame["_edition"].unique()}
    earlier = [month for month in known if month < tables.edition]
    return max(earlier) if earlier else None


def _shown(tables: Tables, dataset: str) -> tuple[pd.DataFrame, list[str]]:
    """What an edition shows of a dataset, and the columns that tell one row from another.

    Of figures, the status is no part of that: a final figure revises a preliminary one.
    """
    held = tables.datasets[dataset]
    if not held.is_figures:
        return tables.labelled(dataset), list(held.key)
    frame, key = identity(tables.shown(dataset), held)
    key = [name for name in key if name != "obs_status"]
    ranked = frame.sort_values("obs_status", kind="stable")
    return ranked.drop_duplicates(key, keep="first").sort_index(), key


def _keyed(frame: pd.DataFrame, key: list[str]) -> pd.Series:
    """One text a row that says which figure it is; missing parts are empty."""
    if frame.empty:
        return pd.Series(dtype="str")
    return frame[key].astype("object").fillna("").astype(str).agg("\x1f".join, axis=1)


def since_last(tables: Tables, dataset: str) -> Changes:
    """Compare what this edition shows of ``dataset`` with what the one before it showed."""
    now, key = _shown(tables, dataset)
    before = previous_edition(tables)
    if before is None:
        return Changes(dataset, before, now, now.iloc[:0], now.iloc[:0])
    then, _ = _shown(tables.as_of(before), dataset)
    ids_now, ids_then = _keyed(now, key), _keyed(then, key)
    new = now[~ids_now.isin(ids_then).to_numpy()]
    dropped = then[~ids_then.isin(ids_now).to_numpy()]
    if tables.datasets[dataset].is_figures:
        # Where the source now gives the value, the change it gave before is not taken back.
        held, own = tables.current(dataset), list(tables.datasets[dataset].key)
        told = _keyed(held[held["value"].notna()], own)
        dropped = dropped[~(dropped["value"].isna() & _keyed(dropped, own).isin(told))]
    return Changes(dataset, before, new, _revised(now, ids_now, then, ids_then, tables, dataset), dropped)


def _revised(
    now: pd.DataFrame,
    ids_now: pd.Series,
    then: pd.DataFrame,
    ids_then: pd.Series,
    tables: Tables,
    dataset: str,
) -> pd.DataFrame:
    """Rows shown in both editions with another value (or, for a change only, another change)."""
    if then.empty:
        return now.iloc[:0]
    old = then.assign(_id=ids_then).drop_duplicates("_id").set_index("_id")
    held = now[ids_now.isin(ids_then)]
    earlier = old.loc[ids_now[held.index]].set_axis(held.index)
    if not tables.datasets[dataset].is_figures:
        own = [c for c in tables.datasets[dataset].names if c not in NOTES]
        now_cells, then_cells = (f[own].astype("object").fillna("") for f in (held, earlier))
        differs = now_cells != then_cells
        if "value" in own:
            told = held.assign(old=earlier["value"], difference=held["value"] - earlier["value"])
        else:
            titles = {name: tables.datasets[dataset].column(name).title for name in own}
            old_and_new = {"old": then_cells, "new": now_cells}
            told = held.assign(**{n: changed_cells(f, differs, titles) for n, f in old_and_new.items()})
        return told[differs.any(axis=1)]
    value_now = held["value"].fillna(held["change_pct"])
    value_then = earlier["value"].fillna(earlier["change_pct"])
    revised = held.assign(
        old=value_then,
        old_qualifier=earlier["qualifier"],
        old_source_id=earlier["source_id"],
        old_edition=earlier["_edition"],
        difference=value_now - value_then,
    )
    return revised[value_now != value_then]


def changed_cells(cells: pd.DataFrame, differs: pd.DataFrame, titles: dict[str, str]) -> list[str]:
    """The cells of each row that differ, with their titles: 树龄 500；等级 一级."""
    shown = cells.replace("", EMPTY)
    return [
        "；".join(f"{title} {row[name]}" for name, title in titles.items() if other[name])
        for (_, row), (_, other) in zip(shown.iterrows(), differs.iterrows(), strict=True)
    ]


def all_changes(tables: Tables) -> list[Changes]:
    """The changes of every dataset that comes as returns."""
    return [since_last(tables, d.name) for d in tables.datasets.values() if d.chapter]


def totals(tables: Tables) -> dict[str, int]:
    """New, revised and dropped rows over the whole edition."""
    counted = [changes.counts for changes in all_changes(tables)]
    return {name: sum(c[name] for c in counted) for name in ("new", "revised", "dropped")}
