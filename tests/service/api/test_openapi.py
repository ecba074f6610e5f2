"""Every route does what the documentation says, whatever it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis.errors import Unsatisfiable
from live_service import Server, Setting, serving

if TYPE_CHECKING:
    import schemathesis

KEYS = {role: f"the key for {role}" for role in ("classify", "review", "admin")}
FEWER = {"/v1/model/reload": 2}
EXAMPLES = 25
EXAMPLES_FOR_A_KEY = 5


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    pytest.importorskip("fastapi", reason="the service runs on FastAPI (the extra serve)")
    pytest.importorskip("sqlalchemy", reason="the queue needs SQLAlchemy (the extra serve)")
    schemathesis = pytest.importorskip("schemathesis", reason="it is part of the extra system")
    schemathesis.serializer("application/x-ndjson")(_as_lines)


def _as_lines(_: object, lines: object) -> bytes:
    return str(lines).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def open_service(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(model_folder, Setting(desk=str(tmp_path_factory.mktemp("desk")))) as server:
        yield server


@pytest.fixture(scope="module")
def guarded(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from aisle.service.api.keys import hash_key

    keys = ",".join(f"{role}:{hash_key(key)}" for role, key in KEYS.items())
    setting = Setting(keys=keys, desk=str(tmp_path_factory.mktemp("desk")))
    with serving(model_folder, setting) as server:
        yield server


def attack(server: Server, mode: str, headers: Sequence[Mapping[str, str]], examples: int) -> int:
    """Sends requests to every route, and checks the answers; how many routes there are."""
    import schemathesis

    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    routes = [found.ok() for found in schema.get_all_operations()]
    for route in routes:
        strategy = route.as_strategy(generation_mode=schemathesis.GenerationMode(mode))

        @settings(max_examples=FEWER.get(route.path, examples), derandomize=True, database=None)
        @given(case=strategy)
        def send(case: schemathesis.Case) -> None:
            for one in headers:
                case.call_and_validate(checks=_checks(), headers=one)

        with suppress(Unsatisfiable):  # what nobody can get wrong
            send()
    return len(routes)


def _checks() -> list[schemathesis.CheckFunction]:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    return [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
    ]


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_an_open_service(open_service: Server, mode: str) -> None:
    assert attack(open_service, mode, [{}], EXAMPLES) > 8
    assert open_service.is_well()
    assert not open_service.noise


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_a_service_with_keys(guarded: Server, mode: str) -> None:
    headers = [{"X-API-Key": key} for key in ("", "wrong", *KEYS.values())]
    assert attack(guarded, mode, headers, EXAMPLES_FOR_A_KEY) > 8
    assert not guarded.noise
