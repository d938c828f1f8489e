"""The inbox of Stripe's webhooks in a real database: whatever is the matter with one row, the others go on."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest
from prometheus_client import REGISTRY
from psycopg import conninfo, sql
from stripe import WebhookSignature
from structlog.testing import capture_logs

from connectors.postgres import reads as view_reads
from connectors.postgres.connection import dsn
from connectors.stripe.inbox import StripeIntake, Unpublished
from connectors.stripe.webhooks import SUBSCRIBED
from ops.deploy import migrate
from ops.servers.stack import Stack
from process.settings import Settings
from schemas.envelope import Envelope
from schemas.payments.messages import RecordDispute, RecordStripeEvent

SECRET = "whsec_test"
FOR_PEOPLE = "bloomfield_stripe_webhooks_for_people_total"
Row = tuple[Any, ...]


@pytest.fixture
def settings(unstarted_stack: Stack, postgres: str) -> Iterator[Settings]:
    """A migrated database of this test's own; no broker is needed."""
    name = f"t{secrets.token_hex(4)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        settings = unstarted_stack.settings()
        settings = replace(settings, postgres=conninfo.make_conninfo(settings.postgres, dbname=name))
        migrate(settings)
        yield settings
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Inbox:
    """The intake with a log of our own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.told: list[str] = []  # event ids that are on the log
        self.occurred_at: dict[str, int] = {}  # by event id: when its command says that it happened
        self.refused: dict[str, Exception] = {}  # by event id: what publishing raises
        self.commands: dict[str, Any] = {}  # by event id: what was told

    async def _publish(self, envelope: Envelope, command: RecordStripeEvent | RecordDispute) -> None:
        assert self.occurred_at.setdefault(command.stripe_event_id, envelope.occurred_at) == envelope.occurred_at
        if error := self.refused.get(command.stripe_event_id):
            raise error
        self.told.append(command.stripe_event_id)
        self.commands[command.stripe_event_id] = command

    def _with_intake(self, work: Callable[[StripeIntake], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            async with view_reads.pool(self._settings) as pool:
                return await work(StripeIntake(pool, SECRET, self._publish))

        return asyncio.run(run())

    def receives(self, said: dict[str, Any]) -> str:
        raw = orjson.dumps(said)
        signature = WebhookSignature.generate_signature_header(raw.decode(), SECRET, int(time.time()))
        return str(self._with_intake(lambda intake: intake.receive(raw, signature)))

    def sweeps(self) -> int:
        return int(self._with_intake(lambda intake: intake.sweep(older_than_seconds=0)))

    def rows(self, statement: str, *values: object) -> list[Row]:
        with psycopg.connect(dsn(self._settings), autocommit=True) as connection:
            found = connection.execute(statement.encode(), values)
            return found.fetchall() if found.description else []

    def stores(self, event_id: str, body: bytes, *, seconds_ago: int = 60) -> None:
        self.rows(
            "INSERT INTO stripe_inbox (stripe_event_id, type, body, signature, received_at)"
            " VALUES (%s, 'x', %s, '', now() - %s * interval '1 second')",
            event_id,
            body,
            seconds_ago,
        )

    def knows_the_payment(self) -> None:
        """The view shows whose the intent `pi_1` is."""
        self.rows(
            "INSERT INTO state.payments (key, begun_at, version, state)"
            " VALUES ('p-1', 1, 3, jsonb_build_object('intent_id', 'pi_1'))"
        )

    def status(self, event_id: str) -> str:
        [(status,)] = self.rows("SELECT status FROM stripe_inbox WHERE stripe_event_id = %s", event_id)
        return str(status)


@pytest.fixture
def inbox(settings: Settings) -> Inbox:
    return Inbox(settings)


def event(**changed: Any) -> dict[str, Any]:
    about = {"id": "pi_1", "object": "payment_intent", "status": "succeeded", "metadata": {"payment_id": "p-1"}}
    return {
        "id": f"evt_{uuid4().hex}", "type": "payment_intent.succeeded", "created": int(time.time()),
        "data": {"object": about | changed},
    }  # fmt: skip


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def alarms(reason: str) -> float:
    return counted("stripe_webhooks_set_aside_total", reason=reason)


def test_odd_rows_are_set_aside_and_those_behind_them_are_handed_on(inbox: Inbox) -> None:
    fine = [event() for _ in range(3)]
    odd = [event(metadata="p-1"), event(amount_received=1e30), event(), event()]
    broken, unencodable = odd[2], odd[3]
    inbox.refused[unencodable["id"]] = OverflowError("no Avro long")
    for number, said in enumerate([*odd, *fine]):
        body = b"{" if said is broken else orjson.dumps(said)
        inbox.stores(said["id"], body, seconds_ago=100 - number)
    before = alarms("not_understood")
    assert inbox.sweeps() == 7
    assert sorted(inbox.told) == sorted(said["id"] for said in fine)
    assert {inbox.status(said["id"]) for said in fine} == {"published"}
    assert {inbox.status(said["id"]) for said in odd} == {"failed"}
    assert alarms("not_understood") == before + 4
    assert inbox.sweeps() == 0, "each is told of once"


def test_one_row_that_the_log_never_takes_does_not_stop_the_others(inbox: Inbox) -> None:
    stuck, fine = event(), [event() for _ in range(3)]
    inbox.refused[stuck["id"]] = Unpublished("too large, or whatever the broker says")
    for said in (stuck, *fine):
        inbox.stores(said["id"], orjson.dumps(said))
    assert inbox.sweeps() == 3
    assert inbox.status(stuck["id"]) == "received"
    assert len(inbox.told) == 3


def test_while_the_log_is_away_everything_stays_and_nothing_is_set_aside(inbox: Inbox) -> None:
    waiting = [event() for _ in range(5)]
    for said in waiting:
        inbox.refused[said["id"]] = Unpublished("the broker is away")
        inbox.stores(said["id"], orjson.dumps(said))
    with pytest.raises(Unpublished):
        inbox.sweeps()
    assert {inbox.status(said["id"]) for said in waiting} == {"received"}
    inbox.refused.clear()
    assert inbox.sweeps() == 5


@pytest.mark.parametrize(
    "odd", [{"metadata": "p-1"}, {"metadata": ["p-1"]}, {"amount_received": 1e30}, {"status": {"is": "odd"}}]
)
def test_a_delivery_of_unexpected_shape_is_stored_as_it_came_and_set_aside(inbox: Inbox, odd: dict[str, Any]) -> None:
    said = event(**odd)
    assert [inbox.receives(said), inbox.receives(said)] == ["failed", "failed"]
    [(body,)] = inbox.rows("SELECT body FROM stripe_inbox WHERE stripe_event_id = %s", said["id"])
    assert bytes(body) == orjson.dumps(said)
    assert inbox.told == []


def test_an_event_happened_when_it_was_first_stored_however_late_stripe_or_we_are(inbox: Inbox) -> None:
    began_ms, said = time.time_ns() // 1_000_000, event() | {"created": int(time.time()) - 3 * 86_400}
    inbox.refused[said["id"]] = Unpublished("the broker is away")
    with pytest.raises(Unpublished):
        inbox.receives(said)
    at = inbox.occurred_at[said["id"]]
    assert began_ms <= at <= time.time_ns() // 1_000_000
    with pytest.raises(Unpublished):
        inbox.receives(said)
    inbox.rows("UPDATE stripe_inbox SET received_at = received_at - interval '3 days'")
    inbox.occurred_at.clear()
    inbox.refused.clear()
    assert inbox.sweeps() == 1
    assert inbox.occurred_at[said["id"]] == at - 3 * 86_400_000


def dashboard_refund() -> dict[str, Any]:
    refund = {"id": "re_1", "object": "refund", "status": "succeeded", "amount": 100, "payment_intent": "pi_1"}
    said = event()
    return said | {"type": "refund.created", "data": {"object": refund}}


def test_a_dashboard_refund_waits_until_the_view_knows_whose_payment_it_is(inbox: Inbox) -> None:
    said = dashboard_refund()
    assert inbox.receives(said) == "received"
    assert inbox.sweeps() == 0
    assert inbox.status(said["id"]) == "received"
    inbox.knows_the_payment()
    assert inbox.sweeps() == 1
    assert (inbox.status(said["id"]), inbox.told) == ("published", [said["id"]])


def test_a_refund_of_nobody_we_know_is_kept_after_a_day_with_an_alarm(inbox: Inbox) -> None:
    said = dashboard_refund()
    inbox.stores(said["id"], orjson.dumps(said), seconds_ago=86_400)
    before = alarms("of_no_payment")
    assert inbox.sweeps() == 1
    assert (inbox.status(said["id"]), inbox.told) == ("kept", [])
    assert alarms("of_no_payment") == before + 1


def test_what_somebody_must_answer_is_said_aloud_once(inbox: Inbox) -> None:
    inbox.knows_the_payment()
    calls = {"charge.dispute.created", "charge.dispute.funds_withdrawn", "radar.early_fraud_warning.created"}
    for kind in (one for one in SUBSCRIBED if one.startswith(("charge.dispute", "radar"))):
        said, before = dispute(kind), counted(FOR_PEOPLE, type=kind)
        status = "published" if kind.startswith("charge.dispute") else "kept"
        with capture_logs() as log:
            assert [inbox.receives(said), inbox.receives(said), inbox.sweeps()] == [status, status, 0]
        lines = [line for line in log if line["event"] == "stripe_event_for_people"]
        assert len(lines) == counted(FOR_PEOPLE, type=kind) - before == (kind in calls)
        for line in lines:
            assert (line["log_level"], line["type"], line["stripe_event_id"]) == ("error", kind, said["id"])
            assert (line["charge_id"], line["intent_id"]) == ("ch_1", "pi_1")
            assert "dashboard" in line["help"]
        assert inbox.told.count(said["id"]) == (status == "published")


def dispute(kind: str = "charge.dispute.created", **changed: Any) -> dict[str, Any]:
    moved = [{"id": "txn_1", "object": "balance_transaction", "amount": -700, "fee": 2000, "net": -2700}]
    about = {
        "id": "dp_1", "object": "dispute", "charge": {"id": "ch_1", "object": "charge"}, "payment_intent": "pi_1",
        "amount": 700, "reason": "fraudulent", "status": "needs_response", "balance_transactions": moved,
    }  # fmt: skip
    return event() | {"type": kind, "data": {"object": about | changed}}


def test_a_dispute_waits_for_the_view_and_is_told_with_what_it_has_moved(inbox: Inbox) -> None:
    said = dispute()
    assert (inbox.receives(said), inbox.sweeps(), inbox.status(said["id"])) == ("received", 0, "received")
    inbox.knows_the_payment()
    assert (inbox.sweeps(), inbox.status(said["id"])) == (1, "published")
    command = inbox.commands[said["id"]]
    assert isinstance(command, RecordDispute)
    shown = command.dispute
    assert (command.payment_id, shown.dispute_id, shown.status.value) == ("p-1", "dp_1", "needs_response")
    assert (shown.amount_minor, shown.withdrawn_minor, shown.fee_minor, shown.movements) == (700, 700, 2000, 1)


def test_a_dispute_of_a_shape_that_we_do_not_know_is_set_aside_and_an_unknown_status_is_open(inbox: Inbox) -> None:
    inbox.knows_the_payment()
    for odd in ({"balance_transactions": ["txn_1"]}, {"balance_transactions": [{"amount": 1e30}]}, {"amount": -1}):
        assert inbox.receives(dispute(**odd)) == "failed"
    said = dispute(status="invented_later")
    assert inbox.receives(said) == "published"
    assert inbox.commands[said["id"]].dispute.is_open


def test_what_a_smaller_capture_released_is_no_refund(inbox: Inbox) -> None:
    inbox.knows_the_payment()
    released = dashboard_refund()
    reversal = {"destination_details": {"type": "card", "card": {"type": "reversal"}}, "balance_transaction": None}
    released["data"]["object"] |= reversal
    assert (inbox.receives(released), inbox.told) == ("kept", [])


def test_what_is_none_of_ours_is_kept_in_silence(inbox: Inbox) -> None:
    said = event() | {"type": "charge.updated"}
    with capture_logs() as log:
        assert inbox.receives(said) == "kept"
    assert log == []
