"""`bloomfield log`: which log this is; a new id for one that was moved or restored; a copy of it elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import psycopg
import typer
from confluent_kafka import KafkaException
from rich.console import Console

from connectors.kafka import log_identity
from connectors.kafka.log_identity import LogRefused
from connectors.postgres.connection import dsn
from connectors.postgres.positions import require_whole
from ops.log_copy import CopyRefused, copy
from ops.rebuild import empty, event_ends
from ops.tables import show, told
from process.settings import Settings
from schemas.log import LogIdentity
from schemas.record import utc

app = typer.Typer(help=__doc__, no_args_is_help=True)
out = Console(highlight=False)

INBOX_DAYS = 30
EXPECTED = LogRefused, CopyRefused, KafkaException, psycopg.Error


def renew(settings: Settings, *, reason: str, whole: bool) -> LogIdentity:
    """Begin a new id of this log; returns it. Processes that run meanwhile end, and are started again by their runner.

    Unless the log is `whole`, views may show what it has lost: they are emptied and read again, and what Stripe told
    within 30 days is said to the log once more. Raises LogRefused, KafkaException or psycopg.Error.
    """
    found = log_identity.look(settings)
    if found.identity is None:
        raise LogRefused(f"there is no log on {settings.kafka} to renew: run `bloomfield topics create`")
    log = log_identity.new(settings, partitions=found.identity.partitions, reason=reason)
    if wrong := log_identity.mismatch(settings, found, log):
        raise LogRefused(wrong)
    if whole:
        # A log that this Kafka never had read them: from now on they are of the one before, and count no more.
        with psycopg.connect(dsn(settings), autocommit=True) as connection:
            connection.execute(
                "UPDATE sink_positions SET log_id = %s WHERE NOT log_id = ANY(%s)",
                (found.identity.id, [*log_identity.known_ids(found)]),
            )
    else:
        # Before the id is in force: were it the other way round and this cut off, the sink would keep the views.
        with psycopg.connect(dsn(settings), autocommit=True) as connection, connection.transaction():
            empty(connection, log, event_ends(settings, log))
            connection.execute(
                "UPDATE stripe_inbox SET status = 'received', published_at = NULL"
                " WHERE status = 'published' AND received_at > now() - %s * interval '1 day'",
                (INBOX_DAYS,),
            )
    return log_identity.begin(settings, log)


@app.command("show")
def show_() -> None:
    """Show the ids of this log, the one in force last; exit 1 when it is not as its record or its readers say."""
    settings = Settings.from_environment()
    with told(*EXPECTED):
        rows = [(each.id, utc(each.begun_at), each.reason) for each in log_identity.look(settings).identities]
        show(out, "The log", ("id", "begun at", "because of"), rows)
        log = log_identity.required(settings)
        require_whole(settings, log)
    out.print(f"{log.partitions} partitions a topic, on the cluster {log.cluster}; nobody has read beyond its end")


@app.command("renew")
def renew_(
    reason: Annotated[str, typer.Option(help="Why; it stands in the log.")],
    whole: Annotated[
        bool,
        typer.Option("--whole", help="Every record is there: the views stay, and are read again behind the scenes."),
    ] = False,
) -> None:
    """Begin a new log id, after any restore and any move: stored offsets are of the old one and count no more.

    Then everything is read from the beginning, and command ids and versions tell what was done. Without `--whole` the
    views are emptied first, for they may show what the log has lost.
    """
    with told(*EXPECTED):
        log = renew(Settings.from_environment(), reason=reason, whole=whole)
    out.print(
        f"the log is {log.id} now. `bloomfield up` starts what has ended; then `bloomfield audit`", soft_wrap=True
    )


@app.command("copy")
def copy_(
    to: Annotated[str, typer.Option(help="Bootstrap servers of the other cluster, e.g. 127.0.0.1:9093.")],
    replication: Annotated[int, typer.Option(min=1, help="How many brokers keep each partition there.")] = 1,
) -> None:
    """Copy every topic to another cluster, record by record, and begin a log of its own there.

    Nothing of ours may run meanwhile. Offsets are others there; the time of each record stays.
    """
    settings = Settings.from_environment()
    with told(*EXPECTED):
        log, count = copy(settings, replace(settings, kafka=to), replication=replication)
    out.print(f"{count} records copied; the log there is {log.id}", soft_wrap=True)
