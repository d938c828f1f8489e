"""A webhook endpoint like any merchant's: checks the signature with the real library and remembers what came."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

from tests.waiting import PATIENCE_SECONDS


class Receiver:
    def __init__(self, secret: str, port: int = 0) -> None:
        self.secret = secret
        self.accepted: list[stripe.Event] = []
        self.refused: list[str] = []
        self.answer = 200
        self.changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhooks/stripe"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def types(self) -> list[str]:
        return [event.type for event in list(self.accepted)]

    def wait_for(self, fact: Callable[[], bool], seconds_max: float = PATIENCE_SECONDS) -> None:
        with self.changed:
            assert self.changed.wait_for(fact, seconds_max), f"have {self.types()}, refused {self.refused}"

    def wait_for_types(self, *types: str) -> None:
        self.wait_for(lambda: set(types) <= set(self.types()))

    def take(self, body: bytes, signature: str | None) -> int:
        with self.changed:
            try:
                event = stripe.Webhook.construct_event(body, signature, self.secret)
            except stripe.SignatureVerificationError as forged:
                self.refused.append(str(forged))
                status = 400
            else:
                status = self.answer
                if status == 200:
                    self.accepted.append(event)
                else:
                    self.refused.append(f"answered {status}")
            self.changed.notify_all()
            return status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(body, self.headers.get("Stripe-Signature")))
                self.send_header("Content-Length", "0")
                self.send_header("Connection", "close")
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                pass

        return Handler
