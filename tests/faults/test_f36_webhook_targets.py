"""F36: what receivers of webhooks do: errors, silence, redirects, private addresses, slow answers, 410, and never coming back.

Every message goes to a real receiver over a socket and is verified with the reference library, as a receiver would.
"""

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, Engine, select
from standardwebhooks import Webhook, WebhookVerificationError

from service.access import assigning, assignments
from service.access.assignments import KEY
from service.access.keys import Caller, add_key
from service.audit.backup import backup
from service.audit.erase import erase
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.audit.restore import restore
from service.bundles import Champion, point_to
from service.cli import main
from service.settings import Settings
from service.store import held, runs, seals
from service.store.runs import Run, RunIdentity
from service.store.webhook_tables import deliveries, leader, messages, webhooks
from service.webhooks import endpoints, queue
from service.webhooks.deliverer import Deliverer
from service.webhooks.sending import send
from tests import stores
from tests.published_runs import Person, publish
from tests.receiver import Got, Receiver, receiving
from tests.running import REQUEST, running
from tests.served import shared_toy

ADMIN: Final = Caller("the test", "admin", "", "command:the test")
START: Final = 1_790_000_000.0
"""2026-09-21T14:13:20Z."""
DATA: Final = {"run": 7, "as_of": "2026-09-01", "people": 12, "model_version": "3"}
RUN: Final = Run(
    RunIdentity("2026-09-01", "d", "b", "s"), "3", retrospective=False, published_at="x", people=0, team_columns=()
)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.now

    def text(self) -> str:
        """The same as RFC 3339."""
        return dt.datetime.fromtimestamp(self.now, dt.UTC).isoformat()


class Sender:
    """A store with a clock, who is told, and what sends."""

    def __init__(self, store: Engine, settings: Settings) -> None:
        self.store, self.settings, self.clock = store, settings, Clock()
        self.log = AccessLog(store, settings, self.clock)
        self.deliverer = self.another()

    def another(self) -> Deliverer:
        """One more process that sends; a receiver has half a second for an answer."""
        return Deliverer(self.store, self.settings, self.clock, partial(send, seconds=0.5))

    def tell(self, url: str, *events: str) -> tuple[str, str]:
        """Add a receiver; its id and its secret."""
        return endpoints.add(self.log, ADMIN, url, events, loopback=True)

    def put(self, type_: str = "run.published", **data: Any) -> None:
        """Something happened."""
        with self.store.begin() as connection:
            queue.put(connection, type_, data or DATA, self.clock.text())

    def states(self) -> list[tuple[float | None, int, str]]:
        """Of every delivery: seconds until it is due, attempts and the last outcome; the oldest message first."""
        query = select(deliveries).join(messages, messages.c.id == deliveries.c.message)
        with self.store.connect() as connection:
            rows = connection.execute(query.order_by(messages.c.made_at, deliveries.c.webhook)).all()
        return [(row.due and row.due - self.clock.now, row.attempts, row.outcome) for row in rows]


@pytest.fixture(params=stores.KINDS)
def sender(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sender]:
    """On an empty store of either kind, where messages may go to this machine."""
    with stores.settings(request.param, tmp_path / "home") as found:
        local = Settings(home=found.home, store_url=found.store_url, webhooks_loopback="yes", anchor_seconds=3_600)
        with stores.opened(local) as store:
            yield Sender(store, local)


def signed(got: Got, secret: str) -> bool:
    """Whether the reference library finds the secret's signature of id, time and body; the time is the test's own."""
    seconds = int(got.headers["webhook-timestamp"])
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    made = Webhook(secret).sign(got.headers["webhook-id"], at, got.body.decode())
    return made in got.headers["webhook-signature"].split(" ")


def test_f36_errors_are_tried_again_for_days_with_the_same_id(sender: Sender) -> None:
    """Ten attempts, each later than the last, over three days; then it is given up and nothing more is sent."""
    with receiving("500", "503", "429", "404", "500") as receiver:
        _, secret = sender.tell(receiver.url)
        sender.put()
        pauses = []
        for attempt in range(1, 11):
            assert sender.deliverer.once() == 1
            (state,) = sender.states()
            assert state[1] == attempt
            if state[0] is not None:
                pauses.append(state[0])
                sender.clock.now += state[0] - 0.5
                assert sender.deliverer.once() == 0
                sender.clock.now += 1
        assert sender.states() == [(None, 10, "500")]
        sender.clock.now += 1e7
        assert sender.deliverer.once() == 0
    assert len(pauses) == 9
    assert all(low <= pause <= 1.1 * low for low, pause in zip(queue.DELAYS, pauses, strict=True))
    assert 3 * 86_400 < sum(pauses) < 3.6 * 86_400
    assert len({(got.headers["webhook-id"], got.body) for got in receiver.got}) == 1
    assert len({got.headers["webhook-timestamp"] for got in receiver.got}) == 10
    assert all(signed(got, secret) for got in receiver.got)


def test_f36_a_message_is_thin_and_verified_as_a_receiver_would(tmp_path: Path) -> None:
    """The reference library takes it, refuses it changed, late and with another secret, and finds three fields in it."""
    with stores.opened(Settings(home=tmp_path, webhooks_loopback="yes")) as store, receiving() as receiver:
        sender = Sender(store, Settings(home=tmp_path, webhooks_loopback="yes"))
        sender.clock.now = float(int(time.time()))
        _, secret = sender.tell(receiver.url)
        sender.put()
        assert sender.deliverer.once() == 1
        (got,) = receiver.got
        said = Webhook(secret).verify(got.body, got.headers)
        assert set(said) == {"type", "timestamp", "data"}
        assert (said["type"], said["data"]) == ("run.published", DATA)
        assert got.headers["content-type"] == "application/json"
        assert secret.startswith("whsec_")
        for changed in (got.body + b" ", got.body.replace(b"12", b"13")):
            with pytest.raises(WebhookVerificationError):
                Webhook(secret).verify(changed, got.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "A" * 43 + "=").verify(got.body, got.headers)
        assert sender.states()[0][1:] == (1, "delivered")


@pytest.mark.parametrize("behaviour,outcome", [
    ("hang", "timeout"),
    ("nonsense", "no_http"),
    ("302 http://127.0.0.1:PORT/else", "302"),
])  # fmt: skip
def test_f36_silence_nonsense_and_redirects_are_failures(sender: Sender, behaviour: str, outcome: str) -> None:
    """Tried again later; a redirect is followed to nowhere, not even to the receiver itself."""
    with receiving() as other, receiving(behaviour.replace("PORT", str(other.port)), "200") as receiver:
        sender.tell(receiver.url)
        sender.put()
        sender.deliverer.once()
        assert sender.states()[0][1:] == (1, outcome)
        sender.clock.now += 10
        sender.deliverer.once()
        assert sender.states() == [(None, 2, "delivered")]
        assert other.got == []


def test_f36_a_slow_body_is_not_waited_for(sender: Sender) -> None:
    """A status is an answer: a gigabyte that trickles behind it is not read."""
    with receiving("slow body") as receiver:
        sender.tell(receiver.url)
        sender.put()
        began = time.monotonic()
        sender.deliverer.once()
        assert time.monotonic() - began < 0.5
        assert sender.states() == [(None, 1, "delivered")]


def test_f36_gone_disables(sender: Sender) -> None:
    """After 410 nothing is sent and nothing queued, until an administrator gives it a new secret."""
    with receiving("410", "200") as receiver, receiving() as other:
        id_, _ = sender.tell(receiver.url)
        sender.tell(other.url)
        sender.put()
        sender.put("run.held_back", as_of="2026-09-02", reasons=1)
        assert sender.deliverer.once() == 3
        sender.put()
        assert sender.deliverer.once() == 1
        assert (len(receiver.got), len(other.got)) == (1, 3)
        known = {one.id: one for one in endpoints.listed(sender.log)}
        assert (known[id_].disabled_at is not None, known[id_].waiting) == (True, 0)
        secret = endpoints.rotate(sender.log, ADMIN, id_, sender.clock.now)
        sender.put()
        sender.deliverer.once()
        assert signed(receiver.got[-1], secret)
        assert len(receiver.got) == 2


def test_f36_a_private_address_is_refused_at_every_attempt(sender: Sender) -> None:
    """One that was allowed when it was added is not when the setting is gone: nothing is connected to."""
    with receiving() as receiver:
        sender.tell(receiver.url)
        sender.put()
        strict = Settings(home=sender.settings.home, store_url=sender.settings.store_url)
        assert Deliverer(sender.store, strict, sender.clock).once() == 1
        assert sender.states()[0][1:] == (1, "address")
        assert receiver.got == []


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


@contextmanager
def told(home: Path, receiver: Receiver) -> Iterator[str]:
    """A home whose runs are told to a receiver; the secret."""
    settings = Settings(home=home, webhooks_loopback="yes")
    with stores.opened(settings) as store:
        yield endpoints.add(AccessLog(store, settings, time.time), ADMIN, receiver.url, (), loopback=True)[1]


def score(home: Path, as_of: str) -> int:
    """Run the command; its exit code."""
    return main(["score", "--data", str(shared_toy().data), "--as-of", as_of], {"RETENTION_HOME": str(home)})


def wait_for(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_f36_a_server_delivers_what_a_run_tells_and_scoring_does_not_wait(tmp_path: Path) -> None:
    """A receiver first fails, then hangs: two workers score meanwhile, one of them sends, verified."""
    home = shared_toy().home(tmp_path / "home")
    with receiving("500", "hang", "200") as receiver, told(home, receiver) as secret:
        began = time.monotonic()
        assert score(home, "2026-08-31") == 0
        took = time.monotonic() - began
        with running(home, "--no-sync", "--workers", "2", settings={"RETENTION_WEBHOOKS_LOOPBACK": "yes"}) as server:
            receiver.wait(2)
            times = []
            for _ in range(20):
                began = time.monotonic()
                assert server.ask("POST", "/v1/scores", REQUEST)[0] == 200
                times.append(time.monotonic() - began)
            receiver.over.set()
            assert sorted(times)[10] < 0.5
        print(f"F36: the run took {took:.2f} s, a score beside a silent receiver {sorted(times)[10] * 1000:.1f} ms")
        first, second = receiver.got
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        said = Webhook(secret).verify(second.body, second.headers)
        assert (said["type"], set(said["data"])) == ("run.published", {"run", "as_of", "model_version", "people"})
        assert said["data"]["as_of"] == "2026-08-31"


def test_f36_what_a_night_tells_names_nobody(tmp_path: Path) -> None:
    """Runs, warnings and a run that is held back, by the command itself: counts and days, no id, no unit."""
    home = shared_toy().home(tmp_path / "home")
    with receiving() as receiver, told(home, receiver):
        assert score(home, "2026-08-31") == 0
        assert score(home, "2026-09-15") == 0
        assert main(["webhooks", "deliver"], {"RETENTION_HOME": str(home), "RETENTION_WEBHOOKS_LOOPBACK": "yes"}) == 0
        said = [json.loads(got.body) for got in receiver.got]
    assert [one["type"] for one in said][:1] == ["run.published"]
    assert {one["type"] for one in said} <= {"run.published", "warnings.ready"}
    assert [one["data"]["as_of"] for one in said if one["type"] == "run.published"] == ["2026-08-31", "2026-09-15"]
    keys = {"run", "as_of", "model_version", "people", "warnings"}
    assert all(set(one["data"]) <= keys for one in said)
    assert all(isinstance(value, int | str) and len(str(value)) < 12 for one in said for value in one["data"].values())


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
