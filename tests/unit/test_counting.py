"""What is counted: merged over processes, monotone over their deaths, in the form that Prometheus reads."""

from prometheus_client.parser import text_string_to_metric_families

from service import slots
from service.metrics import Metrics
from service.slots import Slots


def read(metrics: Metrics) -> dict[tuple[str, str], float]:
    """Every sample of the exposition, read by Prometheus's own parser: value by name and labels."""
    families = text_string_to_metric_families(metrics.text().decode())
    samples = [sample for family in families for sample in family.samples]
    found = {(one.name, ",".join(f"{k}={v}" for k, v in sorted(one.labels.items()))): one.value for one in samples}
    assert len(found) == len(samples)
    return found


def test_a_histogram_counts_below_or_equal() -> None:
    """Four risks, five times: 0.01 falls into the bucket that ends there, 0.9 only into the last."""
    metrics = Metrics()
    metrics.scored("3", [0.01, 0.011, 0.1, 0.9] * 5)
    found = read(metrics)
    labels = "le={},model_version=3"
    assert found["retention_risk_90_bucket", labels.format("0.01")] == 5
    assert found["retention_risk_90_bucket", labels.format("0.02")] == 10
    assert found["retention_risk_90_bucket", labels.format("0.1")] == 15
    assert found["retention_risk_90_bucket", labels.format("0.75")] == 15
    assert found["retention_risk_90_bucket", labels.format("+Inf")] == 20
    assert found["retention_risk_90_count", "model_version=3"] == 20
    assert abs(found["retention_risk_90_sum", "model_version=3"] - 5.105) < 1e-12


def test_no_risk_is_counted_by_itself() -> None:
    """Nineteen risks wait, whichever answers they come with; with the twentieth all are counted; versions wait apart."""
    metrics = Metrics()
    for _ in range(19):
        metrics.scored("3", [0.25])
    metrics.scored("4", [0.5])
    assert not [name for name, _ in read(metrics) if name.startswith("retention_risk_90")]
    metrics.scored("3", [0.25])
    found = {
        one: value
        for one, value in read(metrics).items()
        if one[0] in {"retention_risk_90_count", "retention_risk_90_sum"}
    }
    assert found == {
        ("retention_risk_90_count", "model_version=3"): 20,
        ("retention_risk_90_sum", "model_version=3"): 5.0,
    }


def test_labels_are_escaped() -> None:
    """A quote, a backslash and a line break in a label come back as they were."""
    metrics = Metrics()
    metrics.faults.labels('a"b\\c\nd').inc()
    assert read(metrics)["retention_faults_total", 'code=a"b\\c\nd'] == 1


def test_processes_add_up() -> None:
    """Of three processes counters are added and the largest lag counts, whichever is asked."""
    shared = slots.make(3)
    processes = [Metrics(Slots(shared, number)) for number in range(3)]
    for number, metrics in enumerate(processes):
        metrics.people.labels("scored", "1").inc(number + 1)
        metrics.lag.set(number / 10)
        metrics.publish()
    for metrics in processes:
        found = read(metrics)
        assert found["retention_people_total", "model_version=1,outcome=scored"] == 6
        assert found["retention_event_loop_lag_seconds", ""] == 0.2


def test_a_dead_process_goes_on_counting() -> None:
    """What took its place goes on from what it had written; its gauges begin anew."""
    shared = slots.make(2)
    first, other = Metrics(Slots(shared, 0)), Metrics(Slots(shared, 1))
    first.people.labels("scored", "1").inc(5)
    first.in_flight.set(3)
    first.publish()
    second = Metrics(Slots(shared, 0))
    second.take_over()
    second.people.labels("scored", "1").inc()
    second.publish()
    found = read(other)
    assert found["retention_people_total", "model_version=1,outcome=scored"] == 6
    assert found["retention_http_requests_in_flight", ""] == 0


def test_a_half_written_slot_is_not_read() -> None:
    """Where the last writing broke off, what was written before it counts."""
    shared = slots.make(1)
    one = Slots(shared, 0)
    one.write({"a": 1})
    one.write({"a": 2})
    with open(shared[0], "r+b", buffering=0, closefd=False) as memory:
        memory.seek(20)
        memory.write(b"broken")
    assert one.read() in ([{"a": 1}], [{"a": 2}])
    assert Slots(shared, 0).own() == {"a": 1}
    one.write({"a": 3})
    assert one.read() == [{"a": 3}]


def test_what_does_not_fit_is_left_out_whole() -> None:
    """A value larger than a slot leaves the one before in place."""
    one = Slots(slots.make(1), 0)
    one.write({"a": 1})
    one.write({"a": "x" * 2_000_000})
    assert one.read() == [{"a": 1}]
