"""What the weekly lists is what e-BH lists: evidence as it stands, over all claims watched."""

from dataclasses import replace
from datetime import date

from briefings.document import Paragraph, Table
from briefings.strongest import strongest
from minsheng.detection import Detection, Tier

FOUND = Detection(Tier.QUIET, 1.0, 7300.0, 73.0, 1.0, 40, date(2026, 1, 5), date(2026, 3, 8), 0.3, 0.5, "civic-1")


def with_evidence(material, *values):
    plain = [finding for finding in material.findings if finding.rule == "divergence"][: len(values)]
    found = [
        replace(each, evidence=replace(each.evidence, detection=replace(FOUND, evidence=value)))
        for each, value in zip(plain, values, strict=True)
    ]
    return replace(material, findings=found)


def test_the_list_holds_what_stands_out_the_strongest_first(weekly):
    (table,) = strongest(with_evidence(weekly, 16.0, 1.0, 400.0))

    assert isinstance(table, Table)
    assert [row[1] for row in table.rows] == [("400",), ("16",)]
    assert "40 条" in str(table.rows[0])
    assert "共逐日累计 3 条表述" in table.notes[0]


def test_evidence_within_chance_lists_nothing_and_says_how_many_were_watched(weekly):
    nothing, note = strongest(with_evidence(weekly, 2.0, 9.0))

    assert isinstance(nothing, Paragraph)
    assert "没有证据超出偶然" in str(nothing.text)
    assert "共逐日累计 2 条表述" in str(note.text)
