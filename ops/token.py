"""`bloomfield token`: a staff token for the admin paths of the edge."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from api.http.auth import issue
from process.settings import Settings, SettingsError

app = typer.Typer(help="Print a bearer token for the edge.")


class Role(Enum):
    """Whom the edge knows besides shoppers."""

    STAFF = "staff"


@app.callback(invoke_without_command=True)
def token(
    role: Annotated[Role, typer.Option(help="What its bearer may do.")] = Role.STAFF,
    name: Annotated[str, typer.Option(help="Whose it is; stands in the log as `staff:<name>`.")] = "ada",
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long it is good for.")] = 60,
) -> None:
    """Print a token that is signed with the secret `staff_signing`."""
    try:
        secret = Settings.from_environment().secret("staff_signing")
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(issue(secret, name=name, role=role.value, minutes=minutes))
