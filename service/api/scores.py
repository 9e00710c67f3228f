"""`POST /v1/scores`: posted people in, risks and reasons out. Stateless; computed inline in the event loop.

`respond` speaks ASGI itself. `Hot` calls it before the framework has looked for a route, which would take as long as
the rest; the route below is what OpenAPI shows, and leads to the same `respond`.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
from fastapi import APIRouter
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from features import posted
from features.days import to_date, to_day
from features.facts import Asked
from features.posted import Body, Limits, Posted
from features.posted_few import Few, Read
from models.telling import Background
from service import scoring
from service.access.callers import authorization
from service.access.keys import Caller
from service.api import answers, bodies, examples, openapi, problems, query, stream
from service.api.auth import ROUTES, allowed, holder
from service.api.people import FEW, Pace, Task
from service.api.query import Wanted
from service.api.state import Service
from service.limits import LARGE
from service.observe import Answer
from service.serving import Serving

router = APIRouter(tags=["scores"])

PATH: Final = "/v1/scores"
_STALE: Final = [(b"x-model-stale", b"true")]
_NO_PAUSE: Final = Pace()
_ASKING: Final = "asking"
_ROLES: Final = ROUTES["POST", PATH]
_EXAMPLE_DAY: Final = to_day(dt.date.fromisoformat(str(examples.REQUEST["as_of"])))


class Hot:
    """ASGI middleware in front of the framework's routing: answers scoring requests, passes all others on."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            scope["route"] = ROUTE
            await respond(self._service, scope, receive, send)
        else:
            await self._app(scope, receive, send)


class _Delegated(Response):
    """The framework's way to `respond`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await respond(scope["app"].state.service, scope, receive, send)


@router.post(PATH, summary="Score posted people", **openapi.scores())
async def post_scores() -> _Delegated:
    """Score 1 to 1,000 people from the records in the body; nothing is kept.

    Every person gets the risks of all horizons; `horizon` chooses the one that `reasons` explain. The strongest
    contributions are given: first what can be acted on, then context; in either part first what raises the risk, then
    what lowers it, and the stronger before the weaker. A person who cannot be scored has `risk` null and a typed
    `no_score`; there is no default score.

    More people come and go as lines (`application/x-ndjson`): first a head with `as_of`, then a person a line; the
    employments of one `employee_id` follow each other. The answer is a head, a line for each line in order, and a last
    line with `left_out`, without which it is not whole. Lines are answered as they come: read while you send.
    """
    return _Delegated()


ROUTE: Final = router.routes[-1]
"""What a request is known by in logs and metrics, and what its roles are listed under."""


async def respond(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one scoring request, or say what is wrong with it."""
    headers = scope["headers"]
    try:
        caller = holder(service.callers, "POST", PATH, headers)
        scope["key_prefix"] = caller.id
        service.rates.take(caller, 0)
        wanted = query.wanted(scope["query_string"])
        task = Task(service, service.ready(), wanted, Pace(), caller)
        if bodies.media_type(headers, service.settings.body_limit, bodies.JSON, bodies.LINES) == bodies.LINES:
            with service.gate.stream(caller):
                await stream.respond(task, receive, send, _said(service))
            return
        with service.gate.hold(caller) as hold:
            body = await bodies.posted(scope, receive, service.settings.body_limit, hold)
            content = await _answer(body, task)
    except problems.ERRORS as error:
        await problems.answer_to(error)(scope, receive, send)
        return
    said = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content)), *_said(service)]
    await send({"type": "http.response.start", "status": 200, "headers": said})
    await send({"type": "http.response.body", "body": content})


class _Asking(NamedTuple):
    """What the head of a request says that wants an answer in JSON; who sends it is found out anew each time."""

    sender: Callable[[], Caller]
    wanted: Wanted


def at_once(service: Service, scope: Scope, body: bytes) -> Answer | None:
    """The answer to a request of few people that is here whole; None where `respond` has to be asked.

    Whatever is refused, or not plainly good, is left to that one: nothing has been counted then. What the head says is
    left in the scope, for a request with the same (`service.heads`).
    """
    if scope["method"] != "POST" or len(body) > service.settings.body_limit:
        return None
    try:
        asking: _Asking = scope.get(_ASKING) or _asking(service, scope)
        caller = allowed(asking.sender(), _ROLES)
        service.rates.take(caller, 0)
        task = Task(service, service.ready(), asking.wanted, _NO_PAUSE, caller)
        service.gate.bytes.room(caller.id, len(body))
        today, few = service.today(), _few(service, task.serving)
        if (read := few.read(body, today)) is not None:
            content = _encoded(task, read, task.known(read.facts, service.published.on(read.as_of)))
        else:
            asked = posted.read(body, today, service.features.offboarding_categories, service.limits)
            if len(asked.employee_ids) > FEW:
                return None
            content = _encoded(task, asked, task.few(asked, service.published.on(asked.as_of)))
    except problems.ERRORS:
        return None
    scope["key_prefix"], scope["route"] = caller.id, ROUTE
    return [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content)), *_said(service)], content


def _asking(service: Service, scope: Scope) -> _Asking:
    """Read a request's head."""
    headers = scope["headers"]
    bodies.media_type(headers, service.settings.body_limit, bodies.JSON)
    found = _Asking(service.callers.behind(authorization(headers)), query.wanted(scope["query_string"]))
    scope[_ASKING] = found
    return found


def _said(service: Service) -> list[tuple[bytes, bytes]]:
    """What the head of an answer says of the model."""
    return _STALE if service.models.degraded else []


async def _answer(body: Body, task: Task) -> bytes:
    service = task.service
    asked = posted.read(body, service.today(), service.features.offboarding_categories, service.limits)
    return _encoded(task, asked, await task.scores(asked, service.published.on(asked.as_of)))


def _few(service: Service, serving: Serving) -> Few:
    """What reads a few people for a model, made once."""
    if service.few is None or service.few[0] is not serving:
        service.few = serving, _reader(serving, service.features.offboarding_categories, service.limits)
    return service.few[1]


def _reader(serving: Serving, leaving: Sequence[str], limits: Limits) -> Few:
    model = serving.model
    comments = model.valence is not None
    return Few(model.spec, reads_comments=comments, leaving=leaving, limits=limits, people=FEW, size=LARGE)


def _encoded(task: Task, asked: Posted | Read, scores: list[bytes]) -> bytes:
    model = answers.named(task.serving)
    return answers.whole(_date(asked.as_of), model, scores, task.wanted.horizon, asked.left_out)


@lru_cache(maxsize=64)
def _date(day: int) -> str:
    return str(to_date(day))


def warm_up(serving: Serving) -> None:
    """Score the documentation's example, so that no caller waits for compiled loops to be read from disk."""
    question = Asked(_EXAMPLE_DAY, serving.model.spec, serving.model.valence)
    how = scoring.How(serving.model.bands)
    for request in (examples.REQUEST, examples.WITHOUT_COMMENTS):
        for part in posted.read(msgspec.json.encode(request), _EXAMPLE_DAY, (), Limits()).parts:
            facts = part.people.facts(question, slice(0, None))
            scoring.told(facts.matrix, Background(facts.missing, facts.dates), how, serving.model)
    _reader(serving, (), Limits()).read(msgspec.json.encode(examples.WITHOUT_COMMENTS), _EXAMPLE_DAY)
