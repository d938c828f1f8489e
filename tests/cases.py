"""Many cases of one test, in a loop: a test of its own for each costs more than what most of them check."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

Test = Callable[..., None]


def every(names: str, cases: Iterable[Any], *, ids: Callable[[Any], str] = repr) -> Callable[[Test], Test]:
    """As `pytest.mark.parametrize`, but one test. What fails says for which case, and the cases after it do not run.

    `names` are the arguments that a case gives, separated by commas; all others are fixtures, shared by all cases.
    """
    given, known = [name.strip() for name in names.split(",")], list(cases)
    assert known, "a test of no case"

    def decorate(test: Test) -> Test:
        def loop(**fixtures: Any) -> None:
            for case in known:
                try:
                    test(**fixtures, **dict(zip(given, case if len(given) > 1 else (case,), strict=True)))
                except BaseException as error:
                    error.add_note(f"{names}: {ids(case)}")
                    raise

        signature = inspect.signature(test)
        fixtures = [each for name, each in signature.parameters.items() if name not in given]
        loop.__name__, loop.__doc__, loop.__module__ = test.__name__, test.__doc__, test.__module__
        loop.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]  # pytest reads it
        return loop

    return decorate
