"""A data folder's people as a posted request, and an HTTP client for the application in this process."""

import asyncio
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import httpx
import polars as pl
from fastapi import FastAPI

from features.posted_json import TABLES

Person = dict[str, Any]


def people(data: Path, ids: Iterable[str] | None = None) -> list[Person]:
    """The employments of a folder of Parquet files as posted people, in the order of the file.

    The rows of a person with several employments go with the last one; nulls are left out.
    """
    wanted = None if ids is None else list(ids)
    found = [_plain(row) for row in _rows(data, "employees", wanted)]
    last = {person["employee_id"]: person for person in sorted(found, key=lambda person: str(person["hire_date"]))}
    for table in TABLES:
        if not (data / f"{table}.parquet").exists():
            continue
        if table != "objections":
            for person in found:
                person[table] = []
        for row in _rows(data, table, wanted):
            owner = last.get(row.pop("employee_id") or "")
            if owner is not None:
                owner.setdefault(table, []).append(_plain(row))
    return found


def body(as_of: str, employees: Iterable[Mapping[str, Any]], **more: Any) -> bytes:
    """A request."""
    return json.dumps({"as_of": as_of, "employees": list(employees), **more}).encode()


class Client:
    """The application in this process, its lifespan entered once; use it in a `with` block."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()

    def __enter__(self) -> Self:
        self._runner.run(self._stack.enter_async_context(self.app.router.lifespan_context(self.app)))
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def __call__(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One request."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                return await client.request(method, path, **given)

        return self._runner.run(send())

    def wait(self, seconds: float) -> None:
        """Let the application's own tasks run for a while."""
        self._runner.run(asyncio.sleep(seconds))


def _rows(data: Path, table: str, ids: list[str] | None) -> list[dict[str, Any]]:
    frame = pl.read_parquet(data / f"{table}.parquet")
    return (frame if ids is None else frame.filter(pl.col("employee_id").is_in(ids))).to_dicts()


def _plain(row: Mapping[str, Any]) -> Person:
    return {name: _text(value) for name, value in row.items() if value is not None}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
