"""The ledger: what is proposed once, what persons decide, and what history keeps of it."""

import multiprocessing
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.entries import Draft, EntryState
from alerts.forgetting import LedgerEraser
from alerts.ledger import ClaimLedger
from minsheng.domain import Claim, ClaimBound, ClaimKind, ClaimStatus, Department, Project
from minsheng.errors import ConfigError, IndexUnavailable

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PROJECTS = {"road": Project("road", "新华路改造", (), "示例市", Department("jtj", "市交通局", ()))}


def draft(sentence="群众满意率达95%。", post="gov:1", value=0.95, **fields):
    claim = Claim(
        id="", project="road", text=sentence, kind=ClaimKind.SATISFACTION, status=ClaimStatus.LEVEL,
        source_url="https://gov.example/1", publisher="市交通局", published_at=NOW - timedelta(days=3), value=value,
        bound=ClaimBound.OVER,
    )  # fmt: skip
    return Draft(replace(claim, **fields), post, "gov", sentence, f"前文。{sentence}后文。", "", "1")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "var" / "claims.sqlite"


@pytest.fixture
def ledger(path):
    return ClaimLedger(path)


def propose(ledger, *drafts, post="gov:1", now=NOW):
    return ledger.propose(post, drafts or (draft(),), now)


def reasons(ledger, entry):
    return [(event.state.value, event.reason) for event in ledger.history(entry.id)]


def test_a_proposal_is_no_claim(ledger):
    (entry,) = propose(ledger)

    assert entry.state is EntryState.PROPOSED
    assert not entry.claim.reviewed
    assert ledger.claims() == ()


def test_what_is_stored_comes_back_as_it_was(ledger, path):
    (entry,) = propose(ledger, draft(survey_size=1200, subject="居民", aspect="quality"))

    assert ClaimLedger(path).entry(entry.id) == entry


def test_the_same_sentence_of_the_same_post_is_proposed_once(ledger):
    first = propose(ledger)
    again = propose(ledger)

    assert len(first) == 1
    assert again == []
    assert len(ledger.entries()) == 1


def test_two_claims_of_one_sentence_are_two_entries(ledger):
    entries = propose(ledger, draft(), draft(value=0.9, kind=ClaimKind.RESOLUTION))

    assert len({entry.id for entry in entries}) == 2


def test_the_same_sentence_of_another_post_is_another_proposal(ledger):
    propose(ledger)

    assert len(propose(ledger, draft(post="gov:2"), post="gov:2")) == 1


def test_a_rejected_sentence_does_not_come_back_unless_it_changes(ledger):
    (entry,) = propose(ledger)
    ledger.reject(entry.id, "不是本项目", NOW)

    same = propose(ledger)
    comma = propose(ledger, draft("群众满意率，达95%。"))
    changed = propose(ledger, draft("群众满意率达9.5%。", value=0.095))

    assert same == []
    assert comma == []
    assert [new.sentence for new in changed] == ["群众满意率达9.5%。"]
    assert ledger.entry(entry.id).state is EntryState.REJECTED


def test_a_waiting_proposal_whose_sentence_is_gone_is_superseded_and_waits_again_when_it_is_back(ledger):
    (entry,) = propose(ledger)

    propose(ledger, draft("群众满意率达96%。", value=0.96))
    gone = ledger.entry(entry.id).state
    propose(ledger)

    assert gone is EntryState.SUPERSEDED
    assert ledger.entry(entry.id).state is EntryState.PROPOSED


def test_an_accepted_claim_stays_when_its_page_changes_and_its_history_says_so_once(ledger):
    (entry,) = propose(ledger)
    ledger.accept(entry.id, NOW, projects=PROJECTS)

    for _ in range(2):
        ledger.propose("gov:1", (), NOW)

    assert len(ledger.claims()) == 1
    assert [reason for _, reason in reasons(ledger, entry)].count("原文已改，不再有这句话") == 1


def test_accepting_makes_a_reviewed_claim(ledger):
    (entry,) = propose(ledger)

    accepted = ledger.accept(entry.id, NOW, projects=PROJECTS)

    assert ledger.claims() == (replace(entry.claim, reviewed=True),)
    assert accepted.state is EntryState.ACCEPTED
    assert reasons(ledger, entry)[-1] == ("accepted", "照提案接受")


def test_edits_are_checked_as_in_a_file_and_kept_in_the_history(ledger):
    (entry,) = propose(ledger)

    accepted = ledger.accept(
        entry.id, NOW, projects=PROJECTS, changes={"value": "94.5%", "bound": "exact", "date": "2026-03-01"}
    )

    assert (accepted.claim.value, accepted.claim.bound) == (0.945, ClaimBound.EXACT)
    assert accepted.claim.published_at == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert "value：0.95 → 0.945" in reasons(ledger, entry)[-1][1]
    assert accepted.sentence == entry.sentence


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": "94"}, "wants a share"),
        ({"project": "raod"}, "did you mean 'road'"),
        ({"publisher": "张伟"}, "person"),
        ({"subject": "王芳"}, "person"),
        ({"vale": "94%"}, "did you mean 'value'"),
        ({"kind": "polarity"}, "states no number"),
        ({"value": None}, "needs value"),
        ({"id": "other"}, "id cannot be changed"),
    ],
)
def test_a_wrong_edit_is_refused_and_changes_nothing(ledger, changes, message):
    (entry,) = propose(ledger)

    with pytest.raises(ConfigError, match=message):
        ledger.accept(entry.id, NOW, projects=PROJECTS, changes=changes)

    assert ledger.entry(entry.id) == entry
    assert len(ledger.history(entry.id)) == 1


def test_a_claim_without_a_page_cannot_be_accepted_before_it_has_one(ledger):
    (entry,) = propose(ledger, draft(source_url=""))

    with pytest.raises(ConfigError, match="public address"):
        ledger.accept(entry.id, NOW, projects=PROJECTS)

    ledger.accept(entry.id, NOW, projects=PROJECTS, changes={"source_url": "https://gov.example/2"})


def test_withdrawing_and_superseding_end_a_claim_and_history_keeps_both(ledger):
    first, second = propose(ledger, draft(), draft("群众满意率达96%。", value=0.96))
    third = propose(ledger, draft("回复率达99%。", post="gov:2", kind=ClaimKind.REPLY_RATE), post="gov:2")[0]
    ledger.accept(first.id, NOW, projects=PROJECTS)
    ledger.accept(third.id, NOW, projects=PROJECTS)

    ledger.accept(second.id, NOW, projects=PROJECTS, supersedes=first.id)
    ledger.withdraw(third.id, "统计口径有误", NOW)

    assert [claim.id for claim in ledger.claims()] == [second.id]
    assert reasons(ledger, first)[-1] == ("superseded", f"由 {second.id} 取代")
    assert reasons(ledger, third)[-1] == ("withdrawn", "统计口径有误")


def test_superseding_what_is_not_accepted_changes_nothing(ledger):
    first, second = propose(ledger, draft(), draft("群众满意率达96%。", value=0.96))

    with pytest.raises(ConfigError, match="only another accepted claim"):
        ledger.accept(second.id, NOW, projects=PROJECTS, supersedes=first.id)

    assert ledger.entry(second.id).state is EntryState.PROPOSED


def test_minds_change_and_the_history_says_so(ledger):
    (entry,) = propose(ledger)
    ledger.reject(entry.id, "看错了", NOW)

    ledger.accept(entry.id, NOW, projects=PROJECTS)

    assert [state for state, _ in reasons(ledger, entry)] == ["proposed", "rejected", "accepted"]


def test_a_claim_superseded_by_mistake_can_be_accepted_again(ledger):
    first, second = propose(ledger, draft(), draft("群众满意率达96%。", value=0.96))
    ledger.accept(first.id, NOW, projects=PROJECTS)
    ledger.accept(second.id, NOW, projects=PROJECTS, supersedes=first.id)

    ledger.accept(first.id, NOW, projects=PROJECTS)

    assert len(ledger.claims()) == 2


def test_steps_out_of_turn_are_refused(ledger):
    (entry,) = propose(ledger)

    with pytest.raises(ConfigError, match="only what is accepted can be withdrawn"):
        ledger.withdraw(entry.id, "x", NOW)
    with pytest.raises(ConfigError, match="give a reason"):
        ledger.reject(entry.id, "  ", NOW)
    with pytest.raises(ConfigError, match="did you mean"):
        ledger.accept(entry.id[:-1], NOW, projects=PROJECTS)
    ledger.accept(entry.id, NOW, projects=PROJECTS)
    with pytest.raises(ConfigError, match="is accepted already"):
        ledger.accept(entry.id, NOW, projects=PROJECTS)


def test_drafts_held_elsewhere_are_not_taken_in_and_count_as_said(ledger):
    (waiting,) = propose(ledger)

    held = ledger.propose("gov:1", (draft(),), NOW, held=(draft(),))

    assert held == []
    assert ledger.entry(waiting.id).state is EntryState.PROPOSED


def propose_many(path, start):
    ledger = ClaimLedger(path)
    start.wait()
    for number in range(20):
        ledger.propose(f"gov:{number}", (draft(f"满意率达{number + 50}%。", post=f"gov:{number}"),), NOW)


def test_processes_that_propose_the_same_at_once_double_nothing(path):
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    workers = [context.Process(target=propose_many, args=(path, start)) for _ in range(3)]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(ClaimLedger(path).entries()) == 20


def test_a_decision_is_stored_with_its_history_or_not_at_all(ledger, path):
    (entry,) = propose(ledger)
    with sqlite3.connect(path) as base:
        base.execute("DROP TABLE history")

    with pytest.raises(IndexUnavailable, match="claims cannot be read or written"):
        ledger.reject(entry.id, "不是本项目", NOW)

    assert ledger.entry(entry.id).state is EntryState.PROPOSED


def test_a_file_of_another_version_is_refused(path):
    ClaimLedger(path)
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA user_version = 9")

    with pytest.raises(IndexUnavailable, match="has schema 9, this program knows 1"):
        ClaimLedger(path)


def test_forgetting_posts_takes_proposals_whole_and_the_context_of_accepted_claims(ledger, path):
    kept, waiting = propose(ledger, draft(), draft("群众满意率达96%。", value=0.96))
    (other,) = propose(ledger, draft(post="gov:2"), post="gov:2")
    ledger.accept(kept.id, NOW, projects=PROJECTS)
    eraser = LedgerEraser(path)

    counted, forgotten, again = eraser.count(["gov:1"]), eraser.forget(["gov:1"]), eraser.forget(["gov:1"])

    assert (counted, forgotten, again) == (2, 2, 0)
    assert [entry.id for entry in ledger.entries()] == sorted([kept.id, other.id], reverse=True)
    assert ledger.entry(kept.id).context == ""
    assert len(ledger.claims()) == 1
    assert ledger.history(waiting.id) == []


def test_forgetting_without_a_ledger_makes_none(tmp_path):
    eraser = LedgerEraser(tmp_path / "claims.sqlite")

    assert (eraser.forget(["gov:1"]), eraser.forget_source("gov"), eraser.count(["gov:1"])) == (0, 0, 0)
    assert list(tmp_path.iterdir()) == []
