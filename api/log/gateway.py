"""From a request to the room that decides and back, in one call: envelope, publish, wait, refusal or response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast
from uuid import uuid4

from fastapi import Request, Response

from api.http.auth import Sender
from api.http.idempotency import Key, begin_command, once
from api.http.parts import part
from api.http.positions import not_while_rebuilding, position
from api.http.problems import Problem
from api.http.responses import Body, pending, respond
from api.log.commands import Commands
from api.log.replies import Chain, Reply
from connectors.postgres.reads import Views
from schemas.record import Record
from schemas.room import Room

S = TypeVar("S", bound=Record)
Make = Callable[[str], Awaitable[Record]]  # the command, of its id
Wait = Callable[[Chain, float], Awaitable[Reply | None]]  # until a deadline of the loop's clock; None: in vain


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway(Generic[S]):
    """One room, as the edge sends commands to it; `S` is the state that it replies."""

    room: Room
    location: str  # where to look for what became of a command, e.g. `/v1/carts/{0.cart_id}`: a format of the command
    refusals: Mapping[str, Callable[[S, Any], Problem | None]] = field(default_factory=dict)
    """The problem for a refusal, of the state and the command; None: to the caller it is none."""
    refused: str = ""  # says so of a refusal that is not in the table

    async def read(
        self, request: Request, key: str, show: Callable[[S], Body], missing: Callable[[], Problem]
    ) -> Response:
        """Return what the view shows, with its position. Raises Problem: `missing`, or that the views are rebuilt."""
        found = await part(request, Views).state(self.room.state, key)
        if found is None:
            await not_while_rebuilding(request)
            raise missing()
        return respond(
            show(cast(S, found.state)), 200, {"bloomfield-position": position(self.room, key, found.version)}
        )

    async def decide(
        self,
        request: Request,
        command: Record | Make,
        show: Callable[[S, Any], Body],
        *,
        sender: Sender,
        key: Key | None = None,
        location: str = "",
        members: Callable[[Any], Mapping[str, Any]] = lambda _command: {},
        wait: Wait = Chain.own,
    ) -> Response:
        """Have the room decide; return what `show` makes of state and command, with the route's status and a position.

        With a `key` the command is decided once and its response is returned again. When no decision comes within the
        budget the response is 202 with the `members` of the command. Raises Problem when the room refuses, or when the
        log does not take the command.
        """

        async def act(command_id: str) -> Response:
            made = command if isinstance(command, Record) else await command(command_id)
            reply = await self._ask(request, made, command_id, sender, wait)
            where = location or self.location.format(made)
            if reply is not None and reply.refusal:
                self._raise(reply, made)
            if reply is None or reply.state is None:
                return pending(command_id, where, members(made))
            status: int = request.scope["route"].status_code
            headers = {"bloomfield-position": position(self.room, self.room.key_of(made), reply.version)}
            if status == 201:
                headers["location"] = where
            return respond(show(self._state(reply), made), status, headers)

        if key is not None:
            return await once(request, key, act)
        command_id = str(uuid4())  # of a command that says all of what is to be, and so may be decided twice
        begin_command(request, command_id)
        return await act(command_id)

    async def _ask(
        self, request: Request, command: Record, command_id: str, sender: Sender, wait: Wait
    ) -> Reply | None:
        commands = part(request, Commands)
        with commands.replies.follow(command_id) as chain:
            delivery = commands.publish(command, commands.envelope(command_id, sender.actor, sender.channel), chain)
            reply = await wait(chain, commands.deadline())
            if reply is None:
                await commands.late(delivery, command)
        if reply is not None and reply.state is None:
            return await self._as_it_is_now(request, command, reply)
        return reply

    async def _as_it_is_now(self, request: Request, command: Record, reply: Reply) -> Reply:
        # It was decided before, and its reply was too long to be remembered: what the view shows stands in for it.
        found = await part(request, Views).state(self.room.state, self.room.key_of(command))
        if found is None or found.version < reply.version:
            return reply  # the view is behind: `pending`, and a retry learns more
        return reply._replace(state=found.state, version=found.version)

    def _raise(self, reply: Reply, command: Record) -> None:
        problem = self.refusals.get(reply.refusal)
        if problem is None or reply.state is None:
            raise Problem("refused", f"{self.refused}: {reply.refusal}.", reason=reply.refusal)
        if (found := problem(self._state(reply), command)) is not None:
            raise found

    def _state(self, reply: Reply) -> S:
        if not isinstance(reply.state, self.room.state):
            raise TypeError(f"{type(reply.state).__name__} is no state of {self.room.name}")
        return cast(S, reply.state)
