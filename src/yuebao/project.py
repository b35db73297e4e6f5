"""Where things lie. Imports nothing of the package but its errors."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from yuebao.faults import UsageError

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


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

    def editions(self) -> list[str]:
        """Every edition, oldest first: one a month folder that holds a return."""
        months = (p for p in self.returns.iterdir() if p.is_dir() and MONTH.fullmatch(p.name))
        return sorted(p.name for p in months if any(p.iterdir()))

    def return_files(self, edition: str) -> list[Path]:
        """Every return known by the end of ``edition``, oldest month first."""
        found: list[Path] = []
        for month in self.editions():
            if month <= edition:
                folder = self.returns / month
                found += sorted(p for p in folder.iterdir() if not p.name.startswith((".", "~$")))
        return found

    def edition(self, wanted: str = "latest") -> str:
        """``wanted`` checked, or the newest edition. Raises UsageError for an unknown one."""
        known = self.editions()
        if not known:
            raise UsageError("data/returns/ 中没有任何月份；请放入 data/returns/<YYYY-MM>/<章>.csv")
        if wanted == "latest":
            return known[-1]
        if not MONTH.fullmatch(wanted):
            raise UsageError(f"期“{wanted}”不是 YYYY-MM；请写成如 {known[-1]}")
        if wanted > known[-1]:
            raise UsageError(f"期 {wanted} 还没有报表；最新为 {known[-1]}")
        if wanted < known[0]:
            raise UsageError(f"期 {wanted} 早于创刊期；最早为 {known[0]}")
        return wanted
