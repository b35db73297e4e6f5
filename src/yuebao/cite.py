"""How to cite a page of an edition: GB/T 7714, BibTeX, and the address that stays."""

from __future__ import annotations

import html

from yuebao import permanent, words
from yuebao.exhibits import SITE

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def gbt7714(title: str, edition: str, page: str) -> str:
    """A reference after GB/T 7714-2015: 湖北月报. 题名[DS/OL]. 期(截止日)[访问日期]. 网址."""
    end = words.month_span(edition)[1].isoformat()
    where = SITE + permanent.address(edition, page)
    return f"湖北月报. {title}[DS/OL]. {words.period(edition)}期({end})[访问日期]. {where}."


def bibtex(title: str, edition: str, page: str) -> str:
    """The same as a BibTeX entry."""
    year, month = edition.split("-")
    fields = {
        "author": "{湖北月报}",
        "title": f"{{{title}}}",
        "year": f"{{{year}}}",
        "month": MONTHS[int(month) - 1],
        "edition": f"{{{edition}}}",
        "howpublished": "{数据集}",
        "url": f"{{{SITE}{permanent.address(edition, page)}}}",
        "urldate": "{访问日期}",
    }
    lines = ",\n".join(f"  {name} = {value}" for name, value in fields.items())
    return f"@misc{{yuebao-{edition}-{page},\n{lines}\n}}"


def box(title: str, edition: str, page: str) -> str:
    """The cite box of a page's side, as HTML.

    The page's template fills in the site's address where it has one, else the reader's browser does.
    """
    fixed = permanent.address(edition, page)
    said = html.escape(gbt7714(title, edition, page))
    return (
        f'<h2 id="cite">怎样引用</h2><p class="cite"><cite>{said}</cite></p>'
        f'<details class="cite"><summary>BibTeX</summary><pre tabindex="0"><code>'
        f"{html.escape(bibtex(title, edition, page))}</code></pre></details>"
        f'<p><a href="{fixed}">本期的固定页面</a>不随后来各期改动，引用请用它的地址。'
        "引用具体的数字，请一并写明它的来源。</p>"
    )
