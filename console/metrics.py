"""Requests and the desk in, what Prometheus reads out."""

from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from console.desk import Desk
from indexer.base import Query
from minsheng.domain import AlertState

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST"})


class Traffic:
    """How many requests each address of the table took, how they ended and how long their answers took to begin."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "minsheng_request_seconds",
            "Seconds until an answer began, by address of the table and status",
            ("route", "method", "status"),
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer; what is no address of the table is counted as one."""
        known = method if method in _METHODS else "other"
        self._seconds.labels(route or "other", known, str(HTTPStatus(status).value)).observe(seconds)


class _Stock(Collector):
    """What there is: posts, projects, alerts by state, sources by how they read; looked up at each reading."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def collect(self) -> Iterator[Metric]:
        desk = self._desk
        yield GaugeMetricFamily("minsheng_posts", "Posts in the index", desk.index.count(Query()))
        yield GaugeMetricFamily("minsheng_projects", "Projects of the register", len(desk.projects))
        states = Counter(alert.state for alert in desk.alerts())
        yield _gauge("minsheng_alerts", "Alerts by state", "state", {one.value: states[one] for one in AlertState})
        crawls, health = desk.crawls(), desk.health()
        well = {name: float(one.is_well) for name, one in health.items()}
        yield _gauge("minsheng_source_well", "1: the source brings what is expected of it", "source", well)
        ended = {name: report.finished_at.timestamp() for name, report in crawls.items()}
        yield _gauge("minsheng_source_read_timestamp_seconds", "When the source was last read", "source", ended)


def exposition(traffic: Traffic, desk: Desk) -> bytes:
    """Return everything in the text format of Prometheus.

    Raises:
        IndexUnavailable: The index cannot be counted.
    """
    stock = CollectorRegistry(auto_describe=False)
    stock.register(_Stock(desk))
    return generate_latest(traffic.registry) + generate_latest(stock)


def _gauge(name: str, said: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, said, labels=(label,))
    for value, number in values.items():
        family.add_metric((value,), number)
    return family
