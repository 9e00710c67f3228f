"""F36: what receivers of webhooks do: errors, silence, redirects, private addresses, slow answers, and 410.

Every message goes to a real receiver over a socket and is verified with the reference library, as a receiver would.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from service.audit.log import AccessLog
from service.cli import main
from service.settings import Settings
from service.webhooks import endpoints, queue
from service.webhooks.deliverer import Deliverer
from tests import stores
from tests.receiver import Receiver, receiving
from tests.running import REQUEST, running
from tests.served import shared_toy
from tests.webhooks import ADMIN, DATA, Sender, sending, signed


@pytest.fixture(params=stores.KINDS)
def sender(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sender]:
    """On an empty store of either kind."""
    with sending(request.param, tmp_path / "home") as found:
        yield found


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


@contextmanager
def told(home: Path, receiver: Receiver) -> Iterator[str]:
    """A home whose runs are told to a receiver; the secret."""
    settings = Settings(home=home, webhooks_loopback="yes")
    with stores.opened(settings) as store:
        yield endpoints.add(AccessLog(store, settings, time.time), ADMIN, receiver.url, (), loopback=True)[1]


def score(home: Path, as_of: str) -> int:
    """Run the command; its exit code."""
    return main(["score", "--data", str(shared_toy().data), "--as-of", as_of], {"RETENTION_HOME": str(home)})


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
            counted = server.fetch("GET", "/metrics", role="").content.decode().splitlines()
            assert 'retention_webhook_attempts_total{outcome="failed"} 1' in counted
            assert "retention_webhook_messages_waiting 1" in counted
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
    assert {one["type"] for one in said} <= {"run.published", "warnings.ready"}
    days = sorted(one["data"]["as_of"] for one in said if one["type"] == "run.published")  # of a second, in any order
    assert days == ["2026-08-31", "2026-09-15"]
    keys = {"run", "as_of", "model_version", "people", "warnings"}
    assert all(set(one["data"]) <= keys for one in said)
    assert all(isinstance(value, int | str) and len(str(value)) < 12 for one in said for value in one["data"].values())
