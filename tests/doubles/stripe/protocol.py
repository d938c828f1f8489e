"""Lets a handler cut the TCP connection, which ASGI itself cannot: a lost response is not a 500."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class AbortableProtocol(HttpToolsProtocol):
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"double.abort": {"transport": self.transport}}
