"""The audit of a log in memory."""

from __future__ import annotations

from collections.abc import Iterator

from ops.audit import sagas
from ops.audit.findings import Findings, Verdict, verdict
from ops.audit.log import LogRecord
from ops.audit.model import Model
from ops.audit.run import fold, summary
from tests.audit.story import Story
from tests.runtime.simulated import CODEC, IDENTITY, Log


class MemoryLog:
    """A Log for the audit, all of it settled unless said otherwise."""

    def __init__(self, log: Log, settled_before: int = 2**62) -> None:
        self.log, self._settled = log, settled_before

    identity = IDENTITY

    def records(self, topic: str, partition: int) -> Iterator[LogRecord]:
        for each in self.log.topics.get((topic, partition), []):
            yield LogRecord(each.offset, each.timestamp, each.key, each.value, list(each.headers))

    def settled_before(self, topic: str, partition: int) -> int:
        return self._settled

    def end(self, topic: str, partition: int) -> int:
        records = self.log.topics.get((topic, partition), [])
        return records[-1].offset + 1 if records else 0

    def position(self, topic: str, partition: int) -> int:
        return self.log.positions.get((topic.removesuffix(".commands"), partition), 0)


def folded(story: Story) -> tuple[Model, Findings]:
    """The fold of a story and what was found on the way."""
    findings = Findings()
    return fold(MemoryLog(story.log), CODEC.decode, findings, lambda _: None), findings


def audited(story: Story, *, settled: bool = True) -> Verdict:
    """The verdict on a story."""
    model, findings = folded(story)
    sagas.check(model, findings, settled=settled)
    return verdict(findings, summary(model))
