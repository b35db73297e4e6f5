"""The real book with hostile text in every column that can hold text, and what must come of it.

Which columns those are is read from the schemas. The texts are of every construct that a tool
between a return and a reader understands; each is told apart by the letters around it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from yuebao.project import Project
from yuebao.schema import Column, Dataset, load
from yuebao.values import holds_dates

HOST = "evil.example"
SECRET = "机器上的秘密"
# Columns without a pattern that hold codes all the same: the book's own words, which its code knows.
CODES = {
    "areas": {"parent_code", "level"},
    "measures": {"chapter", "kind"},
    "categories": {"dimension"},
    "editions": {"released", "embargo_until"},
}


def payloads(secret: Path) -> list[str]:
    """One text for each construct; ``secret``: a file of the machine that must reach no page."""
    return [
        "甲\n\n乙\n\n\n丙",
        "\n\n# 题\n\n- 一\n- 二\n\n1. 三\n\n    四",
        f"\n\n```{{literalinclude}} {secret}\n```\n\n尾",
        f"\n\n```{{include}} {secret}\n```\n\n尾",
        "\n\n:::{raw} html\n<script>evil()</script>\n:::\n\n尾",
        f"\n\n```{{eval-rst}}\n.. include:: {secret}\n.. raw:: html\n   :url: http://{HOST}/\n```\n\n尾",
        f"\n\n:::{{csv-table}}\n:file: {secret}\n:::\n\n尾",
        f"{{download}}`{secret}` {{doc}}`index` {{ref}}`x` {{math}}`x` {{raw}}`x`",
        "[a](b)",
        f"[1](http://{HOST}/1)和[2](http://{HOST}/2)",
        "[x](javascript:evil())和[y][z]",
        f"![图]({secret}) ![图][1]\n\n[1]: http://{HOST}/p.png\n\n尾",
        f"\n\n[下载]({secret})\n\n尾",
        "注[^1]\n\n[^1]: 脚注",
        f"<x-evil>字</x-evil><script>evil()</script><iframe src=http://{HOST}></iframe><!-- 注 -->",
        '" onmouseover="evil()" x=\' onfocus=evil() y=`',
        "</td></tr></table></li></p></figure></div></section><x-evil>",
        "</title></script></style></textarea><x-evil>",
        "&lt;x-evil&gt; &amp;amp; &#60; &nbsp; &copy;",
        "{{x}} {{ x }} {% x %} {# x #} ${x} #{x} <%= x %>",
        "$x$ $$note 1$$ $$y$$ \\(x\\) \\[y\\]",
        "$$note 2$$与[text](url)",
        "\n\n---\ntitle: x\n---\n\n+++\n\n(target)=\n\n% 注\n\n尾",
        "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n尾",
        "*斜* _斜_ **粗** ~~删~~ __粗__ ==标== H~2~O `码` ***全***",
        "-- \"引\" ... 'x' (c) +- --- ``x''",
        "\n\nterm\n: def\n\n> quote\n\n===\n\n尾",
        f"http://{HOST}/ <http://{HOST}/> www.{HOST} evil@{HOST}",
        "C:\\x\\y \\* \\n \\u003c %3Cx-evil%3E",
        "]]> <![CDATA[x]]> <?xml version='1.0'?> <!DOCTYPE x>",
        "表\t格\t二",
        "尾 # ## #",
        "_x000D_ _x0041_ @import url(x) /* x */ // x",
        "a:b, c: d, - e, ? f, ! g, & h, * i, | j, > k, %l",
        "../../../x / \\\\host\\x ..\\y",
        "datum.x + 'y' == \"z\" ? 1 : 0",
    ]


# A text that begins so, whole: for columns whose text nothing in the book reads.
WHOLE = [
    "=1+1", "＝1+1", "+1", "-1", "@x", "'x", "1. x", "- x", "+ x", ": x", "%x", "# x", "===", "---",
    ">x",
    "None", "nan", "NaN", "undefined", "null", "NaT", "<NA>", "N/A", "NULL", "true", "0x10", "1e5",
    "(x)=", "|x|",
    "=cmd|'/c calc'!A1", "{=1+1}", "http://" + HOST,
    "internal:'x'!A1", "+++", "~", "[]", "{}", "..", "`",
]  # fmt: skip
LINES = "一\r\n二\r三\u2028四\u2029五\x0b六\x0c七\x85八"
LINES_READ = "一\n二\n三\n四\n五\n六\n七\n八"


def free(dataset: Dataset) -> list[Column]:
    """The dataset's columns that may hold any text."""
    refers = set(dataset.refers)
    return [
        column
        for column in dataset.columns
        if column.type == "string" and not column.enum and column.name not in refers
        and column.name not in {"source_id", "category", *CODES.get(dataset.name, ())}
        and not holds_dates(column)
        and (not column.pattern or column.pattern.startswith("[^") or column.name == "url")
    ]  # fmt: skip


@dataclass
class Planted:
    """What was put where: dataset, column, and the text as it must come out."""

    cells: list[tuple[str, str, str]] = field(default_factory=list)

    def of(self, dataset: str, column: str) -> list[str]:
        return [text for name, where, text in self.cells if (name, where) == (dataset, column)]


def _as_read(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace(LINES, LINES_READ).strip())


def _texts(column: Column, dataset: Dataset, secret: Path) -> Iterator[str]:
    """Endless texts for one column, each followed by the next; none its pattern refuses."""
    every = [*payloads(secret), LINES]
    number = 0
    while True:
        text = every[number % len(every)]
        number += 1
        if column.pattern:  # of a sentence without digits, ended as its language ends it
            text = next(
                t for end in "。." if re.fullmatch(column.pattern, t := re.sub("[0-9]", "", text) + end)
            )
        yield text


def _rewrite(path: Path, dataset: Dataset, planted: Planted, secret: Path, renamed: dict[str, str]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names, rows = list(reader.fieldnames or ()), list(reader)
    columns = [column for column in free(dataset) if column.name in {*names, "note", "note_zh", "remark"}]
    names += [column.name for column in columns if column.name not in names]
    for place, column in enumerate(columns):
        texts, whole = _texts(column, dataset, secret), iter(WHOLE)
        same: dict[str, str] = {}  # what is alike stays alike
        plain = column.name in ("note", "note_zh", "remark", "note_en")
        for number, row in enumerate(rows):
            was = row.get(column.name) or ""
            if not was and not plain:
                continue
            if plain and (number + place) % 3 == 0:
                row[column.name] = next(whole, None) or next(texts)
            elif column.name == "url":
                row[column.name] = was + (
                    f"?a={number}&b='x'*_{{{{y}}}}_`|$$" if was.startswith("http") else ""
                )
            else:
                if was not in same:
                    same[was] = was + next(texts)
                row[column.name] = same[was]
            planted.cells.append((dataset.name, column.name, _as_read(row[column.name])))
    for row in rows:
        if row.get("category") in renamed:
            row["category"] = renamed[row["category"]]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _renamed(project: Project, secret: Path) -> dict[str, str]:
    """Codes of categories that are the place's or the species' own name, hostile."""
    with (project.data / "categories.csv").open(encoding="utf-8-sig", newline="") as file:
        own = [row["category"] for row in csv.DictReader(file) if not row["category"].isascii()]
    every = payloads(secret)
    return {code: (code + every[n % len(every)]).strip() for n, code in enumerate(own)}


def plant(project: Project, secret: Path) -> Planted:
    """Put hostile text into every free text of every return and list of ``project``."""
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    datasets, planted = load(project), Planted()
    renamed = _renamed(project, secret)
    for path in [*sorted(project.data.glob("*.csv")), *sorted(project.returns.glob("*/*.csv"))]:
        if path.stem in datasets:
            _rewrite(path, datasets[path.stem], planted, secret, renamed)
    return planted
