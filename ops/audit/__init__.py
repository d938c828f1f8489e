"""An audit of the log. Where units and pennies are it shares nothing with the code that decides but the language
(schemas/); of the other rooms it takes `evolve`, and holds events, state topics and views against each other.
"""

from __future__ import annotations

from ops.audit.cli import app, show
from ops.audit.findings import Verdict, Witness
from ops.audit.kafka_log import AuditImpossible
from ops.audit.run import command_outcomes, run

__all__ = ["AuditImpossible", "Verdict", "Witness", "app", "command_outcomes", "run", "show"]
