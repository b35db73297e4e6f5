"""Where things lie, and which months are editions."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from yuebao.faults import UsageError

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
DOUBTED = "的报表只有存疑或非正式来源的数"


@dataclass(frozen=True)
class Project:
    """The folders of one checkout, all below ``root``."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The project that holds ``start`` (default: YUEBAO_ROOT, else the working folder).

        Raises UsageError where no folder above has ``_config.yml`` and ``data/returns``.
        """
        here = Path(start or os.environ.get("YUEBAO_ROOT") or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "_config.yml").is_file() and (folder / "data" / "returns").is_dir():
                return cls(folder)
        raise UsageError(f"{here} 及其上级文件夹中没有 _config.yml 和 data/returns；请在项目文件夹内运行")

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def returns(self) -> Path:
        return self.data / "returns"

    @property
    def schemas(self) -> Path:
        return self.data / "schemas"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def validation(self) -> Path:
        return self.root / "validation"

    @property
    def prose(self) -> Path:
        return self.root / "book"

    @property
    def build(self) -> Path:
        return self.root / "_build"

    @property
    def site(self) -> Path:
        return self.build / "html"

    @property
    def address(self) -> str:
        """The site's address as ``_config.yml`` gives it; empty where it has none yet."""
        config = yaml.safe_load((self.root / "_config.yml").read_text(encoding="utf-8")) or {}
        return str((config.get("html") or {}).get("baseurl") or "")

    def name(self, path: Path) -> str:
        """``path`` as a reader of this project would write it."""
        try:
            return path.resolve().relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    def months(self) -> list[str]:
        """Every month folder that holds a return, oldest first."""
        folders = (p for p in self.returns.iterdir() if p.is_dir() and MONTH.fullmatch(p.name))
        return sorted(p.name for p in folders if any(p.iterdir()))

    def month_files(self, month: str) -> list[Path]:
        """The returns in a month's folder."""
        return sorted(p for p in (self.returns / month).iterdir() if not p.name.startswith((".", "~$")))

    def entries(self) -> dict[str, str | None]:
        """Each month folder and the edition in which its rows become known; None where they still wait.

        A month founds its own edition, or, where all it holds is in doubt, waits for the next that does.
        """
        from yuebao import founding  # here: it is in the rows, and who reads them asks for the folders

        entries: dict[str, str | None] = {}
        edition = None
        for month, founds in reversed(founding.months(self).items()):
            edition = month if founds else edition
            entries[month] = edition
        return dict(sorted(entries.items()))

    def editions(self) -> list[str]:
        """Every edition, oldest first: one a month folder that is not all in doubt."""
        return [month for month, edition in self.entries().items() if month == edition]

    def waiting(self) -> list[str]:
        """Month folders after the newest edition, which hold nothing but what is in doubt."""
        return [month for month, edition in self.entries().items() if edition is None]

    def return_files(self, edition: str) -> list[Path]:
        """Every return known by the end of ``edition``, oldest month first."""
        known = (month for month, entry in self.entries().items() if entry and entry <= edition)
        return [path for month in known for path in self.month_files(month)]

    def edition(self, wanted: str = "latest") -> str:
        """``wanted`` checked, or the newest edition. Raises UsageError for an unknown one."""
        entries = self.entries()
        known = [month for month, edition in entries.items() if month == edition]
        if not entries:
            raise UsageError("data/returns/ 中没有任何月份；请放入 data/returns/<YYYY-MM>/<章>.csv")
        if not known:
            raise UsageError(f"data/returns/ 中{'、'.join(entries)}{DOUBTED}，没有一期可编")
        if wanted == "latest":
            return known[-1]
        if not MONTH.fullmatch(wanted):
            raise UsageError(f"期“{wanted}”不是 YYYY-MM；请写成如 {known[-1]}")
        if wanted in entries and wanted not in known:
            entry = entries[wanted]
            enters = f"收入 {entry} 期" if entry else "留待下一期收入"
            raise UsageError(f"{wanted} {DOUBTED}，不成一期，{enters}；最新一期为 {known[-1]}")
        if wanted > known[-1]:
            raise UsageError(f"期 {wanted} 还没有报表；最新为 {known[-1]}")
        if wanted < known[0]:
            raise UsageError(f"期 {wanted} 早于创刊期；最早为 {known[0]}")
        return wanted
