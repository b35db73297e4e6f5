"""What was looked for when a source was to be raised is on record, and says no more than was seen."""

from __future__ import annotations

from yuebao import reference
from yuebao.tables import Tables


def test_every_original_looked_for_stands_on_the_sources_page(real: Tables) -> None:
    listed = real.lists["looked_for"]
    assert len(listed) > 0
    page = reference.sources(real)
    for _, row in listed.iterrows():
        assert row["figure_zh"] in page
        assert row["note_zh"] in page


def test_a_page_not_seen_is_never_called_not_published(real: Tables) -> None:
    notes = real.lists["looked_for"]["note_zh"]
    assert not notes.str.contains("没有发布|未发布|没有公布|未公布").any()
