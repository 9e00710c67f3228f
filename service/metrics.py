"""What is counted, in the form Prometheus reads, and right for several processes at once.

A process counts in plain numbers: it is one thread that counts, so there is nothing to lock. Beside others it writes
all its numbers into its slot (`service.slots`) every second and before it answers `/metrics`, which adds up all slots:
whichever process answers, no counter ever falls. No label holds a person, a unit or a key, and no risk is counted by
itself: whoever looked before and after a request, and may ask for no score, would know it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal, TypeVar

from service.slots import Slots

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RISKS: Final = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75)
"""Upper ends of the risk's histogram; the bands' usual limits are among them."""
TOGETHER: Final = 20
"""So many risks at least are added to the histogram at a time."""

Numbers = dict[str, list[tuple[list[str], list[float]]]]
"""Of each family by name: label values and numbers of every child."""
Merge = Literal["sum", "max"]


class Child:
    """One number."""

    __slots__ = ("numbers",)

    def __init__(self, width: int) -> None:
        self.numbers = [0.0] * width

    def inc(self, amount: float = 1.0) -> None:
        """Add to the number."""
        self.numbers[0] += amount

    def set(self, value: float) -> None:
        """Replace the number."""
        self.numbers[0] = value


class Family:
    """A counter or a gauge with its children by label values.

    Parameters
    ----------
    merge
        What several processes' numbers make together.
    """

    width = 1

    def __init__(self, name: str, kind: str, text: str, labels: Sequence[str] = (), merge: Merge = "sum") -> None:
        self.name, self.kind, self.text, self.names, self.merge = name, kind, text, tuple(labels), merge
        self.children: dict[tuple[str, ...], Child] = {}
        if not labels:
            self.labels()

    def labels(self, *values: str) -> Child:
        """The child of these label values."""
        child = self.children.get(values)
        if child is None:
            child = self.children[values] = Child(self.width)
        return child

    def inc(self, amount: float = 1.0) -> None:
        """Add to the one number of a family without labels."""
        self.children[()].inc(amount)

    def set(self, value: float) -> None:
        """Replace the one number of a family without labels."""
        self.children[()].set(value)

    def clear(self) -> None:
        """Forget all children."""
        self.children.clear()

    def lines(self, values: tuple[str, ...], numbers: Sequence[float]) -> Iterable[str]:
        """The lines of one child."""
        yield f"{self.name}{_braces(self.names, values)} {numbers[0]:.17g}"


class Histogram(Family):
    """Counts by upper bound; numbers of a child are the count of each bucket (not added up) and the sum of values."""

    def __init__(self, name: str, text: str, labels: Sequence[str], bounds: Sequence[float]) -> None:
        self.bounds, self.width = tuple(bounds), len(bounds) + 2
        super().__init__(name, "histogram", text, labels)

    def observe(self, child: Child, value: float) -> None:
        """Count one value."""
        numbers = child.numbers
        numbers[bisect_left(self.bounds, value)] += 1.0
        numbers[-1] += value

    def lines(self, values: tuple[str, ...], numbers: Sequence[float]) -> Iterable[str]:
        """The lines of one child: `le` says what is below or equal."""
        below, names = 0.0, (*self.names, "le")
        for bound, count in zip((*self.bounds, "+Inf"), numbers[:-1], strict=True):
            below += count
            yield f"{self.name}_bucket{_braces(names, (*values, str(bound)))} {below:.17g}"
        yield f"{self.name}_sum{_braces(self.names, values)} {numbers[-1]:.17g}"
        yield f"{self.name}_count{_braces(self.names, values)} {below:.17g}"


F = TypeVar("F", bound=Family)


class Monitoring:
    """What is known of the latest run and of those whose windows have closed; absent where nothing is.

    Parameters
    ----------
    gauge
        Adds a gauge: its name, what it says, its labels.
    """

    def __init__(self, gauge: Callable[..., Family]) -> None:
        self.all: list[Family] = []

        def add(name: str, text: str, *labels: str) -> Family:
            self.all.append(gauge(f"retention_{name}", text, *labels, merge="max"))
            self.all[-1].clear()
            return self.all[-1]

        self.age = add("run_age_days", "Days since the latest run's day.")
        self.findings = add("drift_findings", "Columns and scores that differ from the training window.", "grade")
        self.shift = add("score_shift", "How far scores lie from the training window's, 0 to 1.", "score")
        self.expected_auc = add("expected_auc", "Estimate of the latest run's AUC.", "horizon")
        self.expected_level = add(
            "expected_observed_expected", "Between which observed/expected will lie, by estimate.", "horizon", "end"
        )
        self.realised_auc = add("realised_auc", "AUC of the newest window that closed.", "horizon")
        self.realised_level = add(
            "realised_observed_expected", "Leavers for each expected in the newest window that closed.", "horizon"
        )


class Webhooks:
    """What became of attempts to deliver a message, and how many messages wait; of the process that sends.

    Parameters
    ----------
    counter, gauge
        Add a counter and a gauge: name, what it says, labels.
    """

    def __init__(self, counter: Callable[..., Family], gauge: Callable[..., Family]) -> None:
        self.attempts = counter("retention_webhook_attempts", "Attempts to deliver webhook messages.", "outcome")
        for outcome in ("delivered", "failed", "given_up"):  # all of them now: they are counted by other threads
            self.attempts.labels(outcome)
        self.waiting = gauge(
            "retention_webhook_messages_waiting", "Webhook messages to be sent, or sent again.", merge="max"
        )


class Metrics:
    """Everything one process counts."""

    def __init__(self, slots: Slots | None = None) -> None:
        self._slots = slots
        self._families: dict[str, Family] = {}
        self._waiting: dict[str, list[float]] = {}
        """By version, risks that are not counted yet."""
        self.before: list[Callable[[], None]] = []
        """Called before the numbers are read: for what is known only when asked."""
        of = ("http_route", "http_request_method", "http_response_status_code")
        told = "Seconds from a request's head to the end of its answer."
        self.seconds = self._add(Histogram("http_server_request_duration_seconds", told, of, SECONDS))
        self.requests = self._counter("retention_http_requests", "Requests answered.", "route", "method", "status")
        self.faults = self._counter("retention_faults", "Problems answered, by code.", "code")
        self.in_flight = self._gauge("retention_http_requests_in_flight", "Requests under way.")
        self.connections = self._gauge("retention_http_connections", "Open connections.")
        self.people = self._counter("retention_people", "People answered, by outcome.", "outcome", "model_version")
        told = f"The 90-day risks answered, {TOGETHER} or more at a time."
        self.risk = self._add(Histogram("retention_risk_90", told, ("model_version",), RISKS))
        self.model = self._gauge("retention_model_info", "1 for the loaded model.", "digest", "version", merge="max")
        self.age = self._gauge(
            "retention_bundle_age_seconds", "Seconds since the loaded model's training day ended.", merge="max"
        )
        self.refused = self._counter(
            "retention_model_load_failures", "Champions refused, by reason.", "reason", merge="max"
        )
        self.swaps = self._counter("retention_model_loads", "Models swapped in.", merge="max")
        self.degraded = self._gauge("retention_degraded", "1 where what is served may be out of date.", merge="max")
        self.reached = self._gauge(
            "retention_registry_reached_timestamp_seconds", "When the registry last answered.", merge="max"
        )
        self.lag = self._gauge(
            "retention_event_loop_lag_seconds", "How late the event loop was, at worst in ten seconds.", merge="max"
        )
        self.restarts = self._counter("retention_process_restarts", "Processes started anew.", "role")
        self.dropped = self._counter("retention_log_lines_dropped", "Lines of the log that nobody took.", merge="max")
        self.webhooks = Webhooks(self._counter, self._gauge)
        self.monitoring = Monitoring(self._gauge)
        self.build = self._gauge("retention_build_info", "1 for what runs.", "python", "numpy", "numba", merge="max")

    def _add(self, family: F) -> F:
        self._families[family.name] = family
        return family

    def _counter(self, name: str, text: str, *labels: str, merge: Merge = "sum") -> Family:
        return self._add(Family(f"{name}_total", "counter", text, labels, merge))

    def _gauge(self, name: str, text: str, *labels: str, merge: Merge = "sum") -> Family:
        return self._add(Family(name, "gauge", text, labels, merge))

    def scored(self, version: str, risks: Iterable[float]) -> None:
        """Count the 90-day risks of one answer, once there are `TOGETHER` of the version."""
        waiting = self._waiting.setdefault(version, [])
        waiting += risks
        if len(waiting) >= TOGETHER:
            child = self.risk.labels(version)
            for risk in waiting:
                self.risk.observe(child, risk)
            waiting.clear()

    def refused_early(self, status: int) -> None:
        """Count an answer that was given before the request could reach the application."""
        self.requests.labels("unknown", "other", str(status)).inc()

    def numbers(self) -> Numbers:
        """All numbers of this process."""
        for call in self.before:
            call()
        return {
            name: [(list(values), child.numbers) for values, child in family.children.items()]
            for name, family in self._families.items()
        }

    def take_over(self) -> None:
        """Go on counting from where the process before in this slot stopped; what is no sum begins anew."""
        for name, children in (self._slots.own() if self._slots else {}).items():
            family = self._families.get(name)
            if family is None or family.kind == "gauge" or family.merge != "sum":
                continue
            for values, numbers in children:
                if len(numbers) == family.width:
                    family.labels(*values).numbers = list(numbers)

    def publish(self) -> None:
        """Write this process's numbers into its slot."""
        if self._slots:
            self._slots.write(self.numbers())

    def text(self) -> bytes:
        """The numbers of all processes together, as Prometheus reads them."""
        if self._slots:
            self.publish()
            found = self._slots.read()
        else:
            found = [self.numbers()]
        lines: list[str] = []
        for family in self._families.values():
            children = _merged(family, found)
            if children:
                lines += [f"# HELP {family.name} {family.text}", f"# TYPE {family.name} {family.kind}"]
            for values, numbers in sorted(children.items()):
                lines += family.lines(values, numbers)
        return ("\n".join(lines) + "\n").encode()


def _merged(family: Family, found: Sequence[Numbers]) -> Mapping[tuple[str, ...], list[float]]:
    children: dict[tuple[str, ...], list[float]] = {}
    for numbers in found:
        for values, own in numbers.get(family.name, ()):
            known = children.get(tuple(values))
            if known is None:
                children[tuple(values)] = list(own)
            elif family.merge == "sum":
                children[tuple(values)] = [a + b for a, b in zip(known, own, strict=True)]
            else:
                children[tuple(values)] = [max(a, b) for a, b in zip(known, own, strict=True)]
    return children


def _braces(names: Sequence[str], values: Sequence[str]) -> str:
    if not names:
        return ""
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return f"{{{inner}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
