"""F36, what waits: bounded, sent by one process, tried again by the next, told once, and kept like the rest of the store."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Connection, select

from service.access import assigning, assignments
from service.access.assignments import KEY
from service.access.keys import Caller, add_key
from service.audit.backup import backup
from service.audit.erase import erase
from service.audit.kept import Kept
from service.audit.restore import restore
from service.bundles import Champion, point_to
from service.cli import main
from service.settings import Settings
from service.store import held, runs, seals
from service.store.runs import Run, RunIdentity
from service.store.webhook_tables import deliveries, leader, messages, webhooks
from service.webhooks import endpoints, queue
from tests import stores
from tests.published_runs import Person, publish
from tests.receiver import receiving
from tests.webhooks import ADMIN, Sender, sending, signed

RUN: Final = Run(
    RunIdentity("2026-09-01", "d", "b", "s"), "3", retrospective=False, published_at="x", people=0, team_columns=()
)


@pytest.fixture(params=stores.KINDS)
def sender(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sender]:
    """On an empty store of either kind."""
    with sending(request.param, tmp_path / "home") as found:
        yield found


def test_f36_the_queue_is_bounded(sender: Sender) -> None:
    """For a receiver that is away a hundred messages wait, the newest; another one's are not touched."""
    with receiving() as receiver:
        away, _ = sender.tell("http://127.0.0.1:9/")
        for number in range(queue.MOST + 7):
            if number == queue.MOST:
                sender.tell(receiver.url)
            sender.put(run=number)
            sender.clock.now += 1
        waits = {one.id: (one.waiting, one.given_up) for one in endpoints.listed(sender.log)}
        assert waits.pop(away) == (queue.MOST, 7)
        assert list(waits.values()) == [(7, 0)]
        with sender.store.connect() as connection:
            query = select(messages.c.payload).join(deliveries, deliveries.c.message == messages.c.id)
            dropped = connection.execute(query.where(deliveries.c.outcome == queue.DROPPED)).scalars().all()
        assert sorted(json.loads(payload)["data"]["run"] for payload in dropped) == list(range(7))
        sender.deliverer.once()
        runs = [json.loads(got.body)["data"]["run"] for got in receiver.got]
        assert runs == list(range(queue.MOST, queue.MOST + 7))


def test_f36_what_is_sent_is_counted(sender: Sender) -> None:
    """Delivered, failed and tried again, given up after the last attempt or for good; and what waits meanwhile."""

    def counted() -> list[float]:
        found = {name: dict(map(_one, children)) for name, children in sender.metrics.numbers().items()}
        attempts = found["retention_webhook_attempts_total"]
        return [
            *(attempts[one] for one in ("delivered", "failed", "given_up")),
            found["retention_webhook_messages_waiting"][""],
        ]

    with receiving("200", *["500"] * 10, "410") as receiver:
        sender.tell(receiver.url)
        sender.put()
        sender.put()
        assert sender.deliverer.once() == 2
        assert counted() == [1, 1, 0, 1]
        for delay in queue.DELAYS:
            sender.clock.now += 1.2 * delay
            assert sender.deliverer.once() == 1
        assert counted() == [1, 9, 1, 0]
        sender.put()
        sender.deliverer.once()
        assert counted() == [1, 9, 2, 0]


def _one(child: tuple[list[str], list[float]]) -> tuple[str, float]:
    """A number by its label."""
    return "".join(child[0]), child[1][0]


def test_f36_while_a_secret_changes_both_sign(sender: Sender) -> None:
    """For a day; then the new one alone."""
    with receiving() as receiver:
        id_, old = sender.tell(receiver.url)
        new = endpoints.rotate(sender.log, ADMIN, id_, sender.clock.now)
        sender.put()
        sender.deliverer.once()
        sender.clock.now += endpoints.OVERLAP_SECONDS + 1
        sender.put()
        sender.deliverer.once()
        assert [(signed(got, old), signed(got, new)) for got in receiver.got] == [(True, True), (False, True)]


def test_f36_one_process_sends(sender: Sender) -> None:
    """Of two, the second waits for as long as the first says it is there, and takes over when it does not."""
    with receiving() as receiver:
        sender.tell(receiver.url)
        second = sender.another()
        assert sender.deliverer.once() == 0
        sender.put()
        assert second.once() == 0
        sender.clock.now += queue.LEASE_SECONDS + 1
        assert second.once() == 1
        sender.put()
        assert sender.deliverer.once() == 0
        second.resign()
        assert sender.deliverer.once() == 1
        assert len(receiver.got) == 2


def test_f36_who_dies_over_a_message_leaves_it_to_the_next(sender: Sender) -> None:
    """A delivery that was taken on and never finished is tried again after two minutes, by its id the same one."""
    with receiving() as receiver:
        id_, _ = sender.tell(receiver.url)
        sender.put()
        taken = queue.take(sender.store, id_, sender.clock.now)
        assert taken is not None
        assert queue.take(sender.store, id_, sender.clock.now) is None
        sender.clock.now += 121
        sender.deliverer.once()
        assert [got.headers["webhook-id"] for got in receiver.got] == [taken.message]


def test_f36_who_is_told_what(sender: Sender, tmp_path: Path) -> None:
    """Each receiver its events; a promotion is told once, when another version is served than before; the first is not."""
    served = sender.settings.bundles
    served.mkdir(parents=True)
    with receiving() as receiver:
        sender.tell(receiver.url, "model.promoted")
        sender.put()
        for version in ("1", "1", "2", "2", "1"):
            point_to(served, Champion("retention-risk", version, "", "sha256:" + version * 64))
            sender.deliverer.once()
            sender.clock.now += 1
        told = [json.loads(got.body) for got in receiver.got]
        assert [(one["type"], one["data"]) for one in told] == [
            ("model.promoted", {"model_version": "2"}),
            ("model.promoted", {"model_version": "1"}),
        ]
    assert tmp_path.exists()


def test_f36_what_did_not_happen_is_not_told(sender: Sender) -> None:
    """A message goes with the transaction of what it tells of; a run that is held back is told with it, by counts."""
    sender.tell("http://127.0.0.1:9/")

    def undo(connection: Connection, number: int) -> None:
        queue.put(connection, "run.published", {"run": number}, sender.clock.text())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        runs.publish(sender.store, RUN, [], {}, alongside=[undo])
    assert sender.states() == []
    held.refuse(sender.store, "2026-09-02", sender.clock.text(), ["Head count: 5 of 900.", "Silent source: surveys."])
    with sender.store.connect() as connection:
        (payload,) = connection.execute(select(messages.c.payload)).scalars()
    assert json.loads(payload) == {
        "type": "run.held_back", "timestamp": "2026-09-21T14:13:20Z", "data": {"as_of": "2026-09-02", "reasons": 2},
    }  # fmt: skip


def test_f36_a_backup_brings_back_who_is_told_and_whose_units_are_whose(sender: Sender, tmp_path: Path) -> None:
    """Receivers, what waits for them, assignments and seals are as they were; erasing a person touches none of them."""
    with stores.opened(sender.settings) as store:
        add_key(store, Caller("partner", "hrbp", ""), "2026-01-01T00:00:00+00:00")
        publish(store, "2026-09-01", [Person("E1", 0.1), Person("E2", 0.1)])
    made = assigning.new((KEY, "partner"), "Sales", (dt.date(2026, 1, 1), None), sender.clock.text(), "the test")
    assigning.assign(sender.log, ADMIN, made)
    sender.tell("http://127.0.0.1:9/")
    sender.put()
    sealed = seals.key(sender.store, "cursors", sender.clock.text())
    erase(sender.log, Kept(sender.settings), ADMIN, "E1")
    before = [endpoints.listed(sender.log), assignments.listed(sender.store), sender.states()]
    backup(sender.log, sender.settings, tmp_path / "saved")
    sender.store.dispose()
    restore(sender.settings, tmp_path / "saved", ADMIN, sender.clock, replacing=True)
    assert [endpoints.listed(sender.log), assignments.listed(sender.store), sender.states()] == before
    assert seals.key(sender.store, "cursors", "") == sealed


def test_f36_a_secret_is_shown_once_and_addresses_are_guarded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands: add, list without the secret, rotate, remove; a private address and an unknown id are mistakes."""
    environ = {"RETENTION_HOME": str(tmp_path)}
    main(["keys", "add", "--name", "first", "--role", "admin"], environ)
    capsys.readouterr()
    assert (
        main(["webhooks", "add", "--url", "https://hooks.example.com/a?token=b", "--event", "run.published"], environ)
        == 0
    )
    said = capsys.readouterr().out.split()
    id_, secret = said[2].rstrip("."), said[-1]
    assert secret.startswith("whsec_")
    assert main(["webhooks", "list"], environ) == 0
    listed = capsys.readouterr().out
    assert (id_ in listed, secret in listed, "token" in listed, "https://hooks.example.com/a" in listed) == (
        True, False, False, True,
    )  # fmt: skip
    assert main(["webhooks", "rotate", id_], environ) == 0
    assert capsys.readouterr().out.split()[-1] != secret
    assert main(["webhooks", "add", "--url", "https://169.254.169.254/"], environ) == 2
    assert "169" not in capsys.readouterr().err
    assert main(["webhooks", "remove", id_], environ) == 0
    assert main(["webhooks", "remove", id_], environ) == 2
    with stores.opened(Settings(home=tmp_path)) as store, store.connect() as connection:
        assert connection.execute(select(webhooks)).all() == []
        assert connection.execute(select(leader)).all() == []
