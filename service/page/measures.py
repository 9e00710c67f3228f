"""Figures of the dashboard in plain English: a value with its unit, a month, and in which part of the page it stands."""

import calendar
import datetime as dt
from collections.abc import Sequence
from typing import Final

from service.page import words

SECTIONS: Final = {
    "People who stay and go": ("head_count", "attrition_voluntary", "attrition_all", "retention_90", "retention_365",
                               "retention_730"),
    "New hires": ("cohort_hires", "cohort_retention_90", "cohort_retention_365", "cohort_onboarding"),
    "What it costs": ("cost_of_turnover", "cost_of_expected_exits"),
    "What people say": ("enps", "survey_score", "survey_response", "survey_silence", "sentiment", "driver"),
    "HR service": ("tickets", "ticket_response", "ticket_response_p90", "ticket_resolution", "ticket_resolution_p90",
                   "csat", "escalation", "theme"),
    "Conversations with managers": ("cadence_what", "cadence_how", "cadence_want"),
    "Learning, recognition and more": ("signal",),
    "What customers and teams report": ("team_signal",),
}  # fmt: skip
"""Parts of the page, and the figures in each; of those that the data names, what stands before the dot."""
OTHER: Final = "More"
YEARLY: Final = {"attrition_voluntary", "attrition_all"}
"""Rates of a single month, told as if a whole year were like it."""
_YEAR: Final = 12
"""Months."""
_PLAIN: Final = {"sentiment"}
"""Scores that do not lie between 0 and 1."""


Values = Sequence[float | None]


def section(name: str) -> str:
    """The part of the page in which a figure stands."""
    kind = name.partition(".")[0]
    return next((title for title, kinds in SECTIONS.items() if kind in kinds), OTHER)


def value(name: str, number: float, unit: str, currency: str | None = None) -> str:
    """A value with its unit.

    >>> value("attrition_all", 0.1234, "per year"), value("csat", 0.86, "score"), value("enps", 12.0, "points")
    ('12.3 % a year', '8.6 of 10', '+12')
    >>> value("cost_of_turnover", 1_234_567.0, "amount", "EUR"), value("ticket_response", 3.25, "hours")
    ('1,230,000 EUR', '3.2 hours')
    >>> value("sentiment", -0.1, "score"), value("head_count", 1234.4, "people")
    ('-0.10', '1,234')
    """
    if name in _PLAIN:
        return f"{number:+.2f}"
    if unit == "amount":
        return f"{float(f'{number:.3g}'):,.0f} {currency or ''}".strip()
    said = {
        "people": f"{number:,.0f}",
        "share": f"{number * 100:.0f} %",
        "per year": f"{number * 100:.1f} % a year",
        "score": f"{number * 10:.1f} of 10",
        "points": f"{number:+.0f}",
        "hours": f"{number:,.1f} hours",
        "days": f"{number:,.1f} days",
        "per 100 people": f"{number:,.1f} per 100 people",
    }
    return said.get(unit, f"{number:,.4g}")


def trailing_year(rates: Values, heads: Values, months: Sequence[str]) -> float | None:
    """The rate of the last 12 months together: exits over the mean head count; None where not all of them are shown.

    A month's exits are its yearly rate times its head count times its share of a year, so the rate of many months is the
    mean of theirs, each as heavy as its head count and its days.

    Parameters
    ----------
    rates
        Yearly rates of single months.
    heads
        Mean head counts.

    Examples
    --------
    >>> year = [f"2026-{number:02}" for number in range(1, 13)]
    >>> round(trailing_year([0.12] * 11 + [0.5], [100.0] * 12, year), 4)  # (334 * .12 + 31 * .5) / 365
    0.1523
    >>> trailing_year([0.12] * 11, [100.0] * 11, year[1:]) is None
    True
    """
    known = [
        (rate, head * calendar.monthrange(int(text[:4]), int(text[5:7]))[1])
        for rate, head, text in list(zip(rates, heads, months, strict=True))[-_YEAR:]
        if rate is not None and head is not None
    ]
    weight = sum(days for _, days in known)
    return sum(rate * days for rate, days in known) / weight if len(known) == _YEAR and weight else None


def month(text: str) -> str:
    """A month as people write it.

    >>> month("2026-08")
    'Aug 2026'
    """
    return f"{dt.date.fromisoformat(f'{text}-01'):%b %Y}"


def spoken(name: str, title: str, values: list[float | None], months: list[str], unit: str) -> str:
    """A figure in one sentence, for those who do not see its chart.

    >>> spoken("csat", "CSat", [0.5, None, 0.7], ["2026-06", "2026-07", "2026-08"], "score")
    'CSat: 5.0 of 10 in Jun 2026, 7.0 of 10 in Aug 2026; lowest 5.0 of 10, highest 7.0 of 10.'
    """
    known = [(number, when) for number, when in zip(values, months, strict=True) if number is not None]
    first, last = known[0], known[-1]
    ends = min(known), max(known)
    low, high = (value(name, number, unit) for number, _ in ends)
    told = [f"{value(name, number, unit)} in {month(when)}" for number, when in dict.fromkeys((first, last))]
    return f"{title}: {', '.join(told)}; lowest {low}, highest {high}."


def trend(direction: str, months: int) -> str:
    """A trend in words; empty where there is none.

    >>> trend("rises", 12), trend("none", 12)
    ('Rises steadily over a year', '')
    """
    said = {"rises": "Rises steadily", "falls": "Falls steadily"}.get(direction)
    return f"{said} over {words.lasting(round(months * 30.44))}" if said else ""
