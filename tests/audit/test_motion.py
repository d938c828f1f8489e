"""An audit of a shop that is open: what is under way proves nothing, and is no fault."""

from __future__ import annotations

from dataclasses import replace

from ops.audit import sagas
from ops.audit.findings import Findings
from ops.audit.run import fold
from schemas.inventory.messages import StockState, TransferStock
from schemas.outcomes import OutcomeSegment
from schemas.topics import PARTITIONS
from tests.audit.auditing import MemoryLog, audited
from tests.audit.story import Story, a_day, goods
from tests.fake_provider import Shopper
from tests.runtime.simulated import CODEC


def test_a_transfer_on_its_way_is_no_loss() -> None:
    story = Story(local=False)
    story.tell(*goods())
    story.send(TransferStock(sku="VASE", location="warehouse", target="popup-soho", quantity=3))
    story.worker.decide(1)
    assert story.worker.commit()
    verdict = audited(story, settled=False)
    assert verdict.ok
    assert verdict.counts["commands_waiting"] == 1


def test_a_payment_on_its_way_is_no_loss_at_any_moment() -> None:
    story = Story(local=False)
    story.tell(*goods())
    story.buy("anna", {"VASE": 1}, 19_99 + 3_95, Shopper.WALKS_AWAY)
    story.provider._shoppers = (Shopper.PAYS,)
    [intent] = story.provider.intents.values()
    intent.shopper = Shopper.PAYS
    for command in story.provider._authorise(intent):
        story.send(command)
    for _ in range(40):
        story.worker.decide(1)
        assert story.worker.commit()
        for command in story._answers():
            story.send(command)
        verdict = audited(story, settled=False)
        assert verdict.ok, verdict.witnesses
    assert verdict.counts["captured_minor"] == 19_99 + 3_95


def test_events_that_are_not_settled_are_evidence_and_no_charge() -> None:
    story = a_day()
    for partition in range(PARTITIONS):  # the state topics were cut before any of it happened
        story.log.topics[("inventory.state", partition)] = []
    findings = Findings()
    model = fold(MemoryLog(story.log, settled_before=0), CODEC.decode, findings, lambda _: None)
    sagas.check(model, findings, settled=False)
    assert "tables" not in findings.failed
    assert "commands.known" not in findings.failed


def test_outcomes_that_were_forgotten_are_not_missed() -> None:
    story = a_day()
    records, place = story.find(OutcomeSegment)
    records[place] = replace(records[place], value=None)
    verdict = audited(story)
    assert verdict.ok, verdict.witnesses
    assert verdict.counts["commands_forgotten"] > 0


def test_compaction_changes_nothing() -> None:
    story = a_day()
    for room in ("inventory", "cart", "checkout", "payments", "orders", "prices"):
        story.log.compact(f"{room}.state")
    assert story.body(StockState, 0)
    assert audited(story).ok
