"""Where a reader reports an error: an address in ``_config.yml``, prefilled with what the report is about.

``html_context.report`` is an issue tracker's page for a new report (``https://``) or a mail address
(``mailto:``). ``{title}`` and ``{body}`` in it are filled in; where it has neither, they are added as
the tracker's ``title`` and ``body``, as mail's ``subject`` and ``body``. Where it is empty no page has
a link, and the foot says in words where to turn.
"""

from __future__ import annotations

import html
import re
from urllib.parse import quote, urlsplit

import yaml

from yuebao import permanent
from yuebao.faults import UsageError
from yuebao.project import Project

LABEL = "报告错误"
_SLOT = re.compile(r'<span data-report="([^"]*)"></span>')
_WORDS = '<span data-report-words=""></span>'
WITH = "请点每页页脚、每个图表下或每一行后的“报告错误”（{link}），期、页与行号已填好。"
WITHOUT = "本站还没有设收取报告的地址；有本书代码仓库的，请在其 issue 中提出。"


def checked(address: str) -> str:
    """The address, if one can report to it, or nothing. Raises UsageError."""
    parts = urlsplit(address)
    web = parts.scheme == "https" and bool(parts.hostname)
    mail = parts.scheme == "mailto" and "@" in parts.path
    if address and not ((web or mail) and not re.search(r"[\s<>\"]", address)):
        raise UsageError(
            f"_config.yml 中 html_context 的 report“{address}”不能用来报告错误；"
            "请写成 https:// 开头的网址或 mailto: 开头的邮箱，没有就留空"
        )
    return address


def address(project: Project) -> str:
    """The address the project's configuration gives; empty where it has none. Raises UsageError."""
    config = yaml.safe_load((project.root / "_config.yml").read_text(encoding="utf-8")) or {}
    context = ((config.get("sphinx") or {}).get("config") or {}).get("html_context") or {}
    return checked(str(context.get("report") or ""))


def link(address: str, edition: str, page: str, part: str = "") -> str:
    """The address with a report on a page filled in, or on ``part``, a row or an exhibit of it."""
    place = permanent.address(edition, page) + (f"#{part}" if part else "")
    title = f"勘误：{edition} 期 {part or page}"
    lines = [f"期：{edition}", f"页：{place}", *([f"行或图表：{part}"] if part else [])]
    body = "\n".join([*lines, "", "哪里不对：", "应当怎样：", "依据："])
    said, told = quote(title, safe=""), quote(body, safe="")
    if "{title}" in address or "{body}" in address:
        return address.replace("{title}", said).replace("{body}", told)
    name = "subject" if address.startswith("mailto:") else "title"
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{name}={said}&body={told}"


def slot(part: str) -> str:
    """Where the link to report an error of ``part`` goes, in a page that is not bound yet."""
    return f'<span data-report="{html.escape(part)}"></span>'


def fill(body: str, address: str, edition: str, page: str) -> str:
    """A bound page's HTML with its links to report an error, or without a trace of them."""

    def anchor(part: str) -> str:
        to = html.escape(link(address, edition, page, part))
        return f'<a class="report" href="{to}" rel="noopener nofollow">{LABEL}</a>'

    said = WITH.format(link=anchor("")) if address else WITHOUT
    body = body.replace(_WORDS, said)
    return _SLOT.sub(lambda found: anchor(html.unescape(found[1])) if address else "", body)
