"""supervisord that looks at its children ten times a second.

As shipped it looks once a second, and a process that died is started two looks later. Two seconds without a broker
are a long time for everything that waits for it, and for every test that kills something.
"""

from __future__ import annotations

from supervisor import poller
from supervisor.supervisord import main

LOOK_SECONDS = 0.1


class PromptPoller(poller.Poller):  # type: ignore[misc]
    def poll(self, timeout: float) -> object:
        return super().poll(min(timeout, LOOK_SECONDS))


if __name__ == "__main__":
    poller.Poller = PromptPoller
    main()
