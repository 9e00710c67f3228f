"""What was done to keep somebody, over HTTP: recorded once, followed up, changed, shown in lists, and no free text."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import pytest
from sqlalchemy import Engine, func, insert, select, update

from service.access.keys import Caller, add_key
from service.app import create_app
from service.settings import Settings
from service.store import replies, tables
from service.store.replies import LEASE_SECONDS
from tests import stores
from tests.posting import Client
from tests.published_runs import Person, publish
from tests.served import day

TODAY: Final = day("2026-09-03")
PEOPLE: Final = (
    Person("E1", 0.25, "Sales/North", hired_on="2026-08-10"),
    Person("E2", 0.12, "Sales/North"),
    Person("E3", 0.11, "Sales/South"),
)
PATH: Final = "/v1/employees/E1/actions"
TALK: Final = {"action_type": "stay_interview", "occurred_at": "2026-09-02"}


@pytest.fixture
def store(settings: Settings) -> Iterator[Engine]:
    """A store with one run."""
    with stores.opened(settings) as engine:
        publish(engine, "2026-09-01", PEOPLE)
        yield engine


@pytest.fixture
def client(settings: Settings, store: Engine) -> Iterator[Client]:
    """The application on that store, and a key of the whole company to ask it with."""
    with Client(create_app(settings, {}, today=lambda: TODAY)) as client:
        client.key = add_key(store, Caller("test", "hrbp", ""), "2026-01-01T00:00:00Z")  # type: ignore[attr-defined]
        yield client


def ask(client: Any, method: str, path: str, sent: Any = None, once: str | None = None, key: str | None = None) -> Any:
    """The answer to the test's key, or another."""
    headers = {"Authorization": f"Bearer {key or client.key}"}
    if once is not None:
        headers["Idempotency-Key"] = once
    return client(method, path, headers=headers, **({} if sent is None else {"json": sent}))


def made(client: Any, **more: Any) -> Any:
    """An action that was recorded."""
    answer = ask(client, "POST", PATH, {**TALK, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def shown(client: Any) -> Any:
    """The actions that the list and the person show of E1, which are the same."""
    people = {person["employee_id"]: person for person in ask(client, "GET", "/v1/risk-list").json()["people"]}
    alone = ask(client, "GET", "/v1/employees/E1/risk").json()["actions"]
    assert people["E1"]["actions"] == alone
    return alone


def count(store: Engine) -> int:
    """How many actions are recorded."""
    with store.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.actions)).scalar_one())


def test_an_action_is_open_until_its_follow_up(client: Client) -> None:
    """With a day to come back to it is open, else done; once that day has passed lists say that it is overdue."""
    assert {made(client)[name] for name in ("state", "follow_up_on")} == {"done", None}
    due = made(client, follow_up_on="2026-09-03")
    late = made(client, follow_up_on="2026-09-02")
    undated = made(client, state="open")
    assert [due["state"], late["state"], undated["state"]] == ["open"] * 3
    overdue = {one["id"]: one["overdue"] for one in shown(client)}
    assert [overdue[one["id"]] for one in (due, late, undated)] == [False, True, False]


def test_an_action_is_followed_up_and_closed(client: Client, store: Engine) -> None:
    """The day moves, goes, and goes with the state; what is not named stays; nothing is added."""
    path = f"{PATH}/{made(client, follow_up_on='2026-09-10')['id']}"

    def changed(**sent: Any) -> tuple[str, str | None]:
        answer = ask(client, "PATCH", path, sent)
        assert answer.status_code == 200, answer.text
        assert answer.json()["action_type"] == "stay_interview"
        return answer.json()["state"], answer.json()["follow_up_on"]

    assert changed(follow_up_on="2026-10-01") == ("open", "2026-10-01")
    assert changed(state="open") == ("open", "2026-10-01")
    assert changed(follow_up_on=None) == ("open", None)
    assert changed(follow_up_on="2026-10-01") == ("open", "2026-10-01")
    assert changed(state="done") == ("done", None)
    refused = ask(client, "PATCH", path, {"follow_up_on": "2026-10-01"})
    assert (refused.status_code, refused.json()["faults"][0]["pointer"]) == (422, "/follow_up_on")
    assert changed(state="open", follow_up_on="2026-10-02") == ("open", "2026-10-02")
    assert count(store) == 1
    (one,) = shown(client)
    assert (one["state"], one["follow_up_on"], one["overdue"]) == ("open", "2026-10-02", False)


def test_a_dropped_action_lets_nobody_rest(client: Client) -> None:
    """A person rests from sized lists after an action, and comes back once it is dropped."""

    def sized() -> list[str]:
        people = ask(client, "GET", "/v1/risk-list?capacity=15").json()["people"]
        return [person["employee_id"] for person in people]

    one = made(client)
    assert sized() == ["E2", "E3"]
    ask(client, "PATCH", f"{PATH}/{one['id']}", {"state": "dropped"})
    assert sized() == ["E1", "E2", "E3"]


def test_what_is_not_there_and_what_is_not_ones_own_answer_alike(client: Client, store: Engine) -> None:
    """An unknown action, one of another person, one of a person out of scope, an unknown person: the same 404."""
    one = made(client, follow_up_on="2026-09-10")["id"]
    south = add_key(store, Caller("south", "hrbp", "Sales/South"), "2026-01-01T00:00:00Z")
    places = [(None, "E1", "0" * 32), (None, "E2", one), (None, "nobody", one), (south, "E1", one), (south, "E3", one)]
    answers = [
        ask(client, "PATCH", f"/v1/employees/{who}/actions/{id_}", {"state": "done"}, key=key)
        for key, who, id_ in places
    ]
    answers += [ask(client, "POST", f"/v1/employees/{who}/actions", TALK, key=south) for who in ("E1", "nobody")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert [action["state"] for action in shown(client)] == ["open"]


@pytest.mark.parametrize(
    "sent,pointers",
    [
        ({"action_type": "sing", "occurred_at": "2026-09-01"}, ["/action_type"]),
        ({"action_type": "other", "occurred_at": "yesterday"}, ["/occurred_at"]),
        ({"action_type": "other", "occurred_at": "2026-09-06"}, ["/occurred_at"]),
        ({"action_type": "other"}, ["/occurred_at"]),
        ({"occurred_at": "2026-09-01"}, ["/action_type"]),
        ({}, ["/action_type", "/occurred_at"]),
        ({**TALK, "note": "sing"}, [""]),
        ({**TALK, "action_type": 7, "state": "sing"}, ["/action_type", "/state"]),
        ({**TALK, "action_type": None}, ["/action_type"]),
        ({**TALK, "follow_up_on": "soon"}, ["/follow_up_on"]),
        ({**TALK, "follow_up_on": "2026-W37-4"}, ["/follow_up_on"]),
        ({**TALK, "follow_up_on": "2026-09-01"}, ["/follow_up_on"]),
        ({**TALK, "follow_up_on": "2028-09-04"}, ["/follow_up_on"]),
        ({**TALK, "follow_up_on": 20_260_901}, ["/follow_up_on"]),
        ({**TALK, "follow_up_on": "2026-09-09", "state": "done"}, ["/follow_up_on"]),
        ({**TALK, "state": None}, ["/state"]),
        ([TALK], [""]),
    ],
)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_wrong_action_is_refused_with_its_place(
    client: Client, store: Engine, sent: Any, pointers: list[str]
) -> None:
    """Every fault is pointed at, nothing is recorded, and nothing that was sent comes back."""
    answer = ask(client, "POST", PATH, sent)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["faults"]] == pointers
    assert "sing" not in answer.text.replace("missing", "")
    assert count(store) == 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "content", [b"{", b"\xff{}", b'{"state": "done", "state": "open"}', b'{"state": NaN}', b"[" * 9_000]
)
def test_what_is_no_json_is_malformed(client: Client, content: bytes) -> None:
    """Broken syntax, a field named twice, a number that is none, a depth without end: 400."""
    headers = {"Authorization": f"Bearer {client.key}", "Content-Type": "application/json"}  # type: ignore[attr-defined]
    for method, path in (("POST", PATH), ("PATCH", f"{PATH}/{'0' * 32}")):
        answer = client(method, path, headers=headers, content=content)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_sent_again_it_is_recorded_once(client: Client, store: Engine) -> None:
    """The same key and body give the same answer, also when the action was changed since; another body is refused."""
    first = ask(client, "POST", PATH, {**TALK, "follow_up_on": "2026-09-10"}, "k1")
    path = f"{PATH}/{first.json()['id']}"
    closed = ask(client, "PATCH", path, {"state": "done"}, "k2")
    reopened = ask(client, "PATCH", path, {"state": "open"}, "k3")
    again = ask(client, "POST", PATH, {**TALK, "follow_up_on": "2026-09-10"}, "k1")
    assert (again.status_code, again.content) == (201, first.content)
    assert ask(client, "PATCH", path, {"state": "done"}, "k2").content == closed.content
    assert (reopened.json()["state"], [one["state"] for one in shown(client)]) == ("open", ["open"])
    for method, where, sent in (("POST", PATH, TALK), ("PATCH", path, {"state": "done"}), ("POST", "/v1/employees/E2/actions", {**TALK, "follow_up_on": "2026-09-10"})):  # fmt: skip
        other = ask(client, method, where, sent, "k1")
        assert (other.status_code, other.json()["faults"][0]["pointer"]) == (422, "/header/Idempotency-Key")
    assert count(store) == 1


@pytest.mark.parametrize("once", ["", "x" * 256])
def test_a_key_that_is_none_is_refused(client: Client, store: Engine, once: str) -> None:
    """An empty key, and one that is too long: the sender meant to have one, so it is not taken for none."""
    answer = ask(client, "POST", PATH, TALK, once)
    assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (422, "/header/Idempotency-Key")
    assert count(store) == 0


def test_nothing_was_done_to_keep_somebody_who_was_not_here(client: Client, store: Engine) -> None:
    """From the day of the first hire on, UTC; where no run told that day, as in older stores, any day is taken."""
    for who, occurred, status in (
        ("E1", "1970-01-01", 422),
        ("E1", "2026-08-09T23:59:59Z", 422),
        ("E1", "2026-08-10T00:30:00+02:00", 422),
        ("E1", "2026-08-10", 201),
        ("E2", "2019-01-01", 201),
    ):
        answer = ask(client, "POST", f"/v1/employees/{who}/actions", {**TALK, "occurred_at": occurred})
        assert answer.status_code == status, (who, occurred)
        if status == 422:
            (fault,) = answer.json()["faults"]
            assert (fault["pointer"], fault["rule"]) == ("/occurred_at", "before the person was hired")
    assert count(store) == 2


def test_a_refused_day_leaves_the_key_free(client: Client, store: Engine) -> None:
    """Mended, the request goes through under the same key."""
    assert ask(client, "POST", PATH, {**TALK, "occurred_at": "1970-01-01"}, "k1").status_code == 422
    assert ask(client, "POST", PATH, TALK, "k1").status_code == 201
    assert count(store) == 1


def test_a_long_body_is_told_the_limit(client: Client) -> None:
    """10,000 bytes, and nothing of people, of whom there is one."""
    answer = ask(client, "POST", PATH, {**TALK, "note": "x" * 10_000})
    assert (answer.status_code, answer.json()["detail"]) == (
        413, "A body may have at most 10,000 bytes here. Send less at a time.",
    )  # fmt: skip


def test_the_same_key_of_two_callers_is_two_keys(client: Client, store: Engine) -> None:
    """Nobody's request is taken for somebody else's."""
    other = add_key(store, Caller("other", "hrbp", ""), "2026-01-01T00:00:00Z")
    assert ask(client, "POST", PATH, TALK, "k1").status_code == 201
    assert ask(client, "POST", PATH, {**TALK, "action_type": "learning"}, "k1", other).status_code == 201
    assert count(store) == 2


def test_a_refused_request_leaves_the_key_free(client: Client, store: Engine) -> None:
    """A change that is refused while it is made gives its key back: mended, the request goes through."""
    path = f"{PATH}/{made(client)['id']}"
    assert ask(client, "PATCH", path, {"follow_up_on": "2026-10-01"}, "k1").status_code == 422
    assert ask(client, "PATCH", path, {"state": "open", "follow_up_on": "2026-10-01"}, "k1").status_code == 200
    assert ask(client, "PATCH", f"{PATH}/{'0' * 32}", {"state": "done"}, "k2").status_code == 404
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.replies)).scalar_one() == 1


def test_what_a_dead_process_left_behind_is_taken_over(client: Client, store: Engine) -> None:
    """A claim without an answer is 409 while it may be alive, and taken over after that; the change is made once."""
    assert ask(client, "POST", PATH, TALK, "k1").status_code == 201
    now = dt.datetime.now(dt.UTC)
    for age, status, actions in ((LEASE_SECONDS / 2, 409, 0), (LEASE_SECONDS * 2, 201, 1)):
        at = (now - dt.timedelta(seconds=age)).isoformat(timespec="milliseconds")
        with store.begin() as connection:
            connection.execute(update(tables.replies).values(answer="", at=at))
            connection.execute(tables.actions.delete())
        answer = ask(client, "POST", PATH, TALK, "k1")
        assert (answer.status_code, count(store)) == (status, actions)
    assert ask(client, "POST", PATH, TALK, "k1").content == answer.content


def test_who_lost_its_claim_changes_nothing(client: Client, store: Engine) -> None:
    """A request whose claim was taken over while it ran is undone, and gives what the other answered."""
    del client
    asked = replies.Once("caller", "key", b"request")

    def slow(connection: Any) -> str:
        with store.begin() as faster:
            faster.execute(update(tables.replies).values(answer='{"employee_id": "E1"}', at="2026-01-01T00:00:09Z"))
        connection.execute(insert(tables.refused_runs).values(as_of="2026-01-01", refused_at="slow", reasons="[]"))
        return "slow"

    assert replies.once(store, asked, "2026-01-01T00:00:00Z", slow) == '{"employee_id": "E1"}'
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.refused_runs)).scalar_one() == 0
