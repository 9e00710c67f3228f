"""Numbers, days and codes in plain English. Nothing here knows HTML."""

import datetime as dt
import re
from typing import Final

PERIODS: Final = {30: "1 month", 90: "3 months", 180: "6 months", 365: "1 year"}
"""A horizon in words."""
BANDS: Final = {
    "critical": "Very high chance",
    "high": "High chance",
    "elevated": "Raised chance",
    "low": "Low chance",
}
"""A band, said of the chance: it is no word about the person whose name stands beside it."""
ABOUT: Final = {"what": "what they do", "how": "how they do it", "want": "what they want to do"}
"""What a conversation is about."""
ACTIONS: Final = {
    "stay_interview": "Talked with them",
    "compensation_review": "Reviewed pay",
    "role_change": "Changed the role",
    "workload": "Changed the workload",
    "recognition": "Gave recognition",
    "learning": "Offered learning",
    "other": "Something else",
}
"""What was done, as it is listed and chosen."""
STATES: Final = {"open": "Open", "done": "Done", "dropped": "Cancelled"}
"""What became of something that was begun."""
ROLES: Final = {"hrbp": "HR business partner", "leader": "Leader", "scientist": "Data scientist", "system": "Program"}
NO_SCORE: Final = {
    "objection": "This person has objected to being scored. We respect that: there is no score, and they are in no list.",
    "unit_switched_off": "Scoring is switched off for this unit.",
    "notice_given": "This person has given notice or is on the way out, so there is nothing to predict.",
    "left": "This person had left on that day.",
    "not_hired_yet": "This person had not started yet on that day.",
    "no_job_history": "The records hold no job history of this person, and without it a score would be a guess.",
    "invalid_input": "The records of this person break a rule, so there is no score.",
    "model_unavailable": "There was no model to score with on that day.",
}
"""Why somebody has no score."""
SOURCES: Final = {
    "job_history": "job changes",
    "surveys": "surveys",
    "tickets": "HR tickets",
    "checkins": "conversations",
    "signals": "signals",
    "team_signals": "team signals",
}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_FEW: Final = 0.005
_MANY: Final = 0.9


def one_in(risk: float) -> str:
    """A chance as people say it, in steps that can be pictured.

    >>> [one_in(risk) for risk in (0.24, 0.5, 0.41, 0.62, 0.97, 0.034, 0.0121, 0.001)]
    ['1 in 4', '1 in 2', '4 in 10', '6 in 10', 'more than 9 in 10', '1 in 30', '1 in 80', 'fewer than 1 in 200']
    """
    if risk < _FEW:
        return "fewer than 1 in 200"
    if risk >= _MANY:
        return "more than 9 in 10"
    if risk > 0.55 or 0.36 < risk < 0.45:
        return f"{round(risk * 10)} in 10"
    many = 1 / risk
    step = 1 if many < 12.5 else 5 if many < 27.5 else 10
    return f"1 in {int(many / step + 0.5) * step}"


def percent(share: float) -> str:
    """A share in percent, whole from 1 % on.

    >>> percent(0.236), percent(0.004)
    ('24 %', 'under 1 %')
    """
    return f"{share * 100:.0f} %" if share >= 0.01 else "under 1 %"


def between(low: float, high: float) -> str:
    """A range of shares in percent.

    >>> between(0.19, 0.43), between(0.004, 0.02)
    ('19 to 43 %', 'up to 2 %')
    """
    return f"{low * 100:.0f} to {high * 100:.0f} %" if low >= 0.01 else f"up to {high * 100:.0f} %"


def told(reason: str) -> str:
    """A reason as a sentence begins, with days as people write them.

    >>> told("goal progress, on 2026-08-28: 10")
    'Goal progress, on 28 Aug 2026: 10'
    """
    said = _DATE.sub(lambda found: day(found[0]), reason)
    return said[:1].upper() + said[1:]


def day(text: str) -> str:
    """A day as people write it.

    >>> day("2026-09-01"), day("2026-09-01T10:00:00Z")
    ('1 Sep 2026', '1 Sep 2026')
    """
    found = dt.date.fromisoformat(text[:10])
    return f"{found.day} {found:%b %Y}"


def hour(text: str) -> str:
    """The time of day of a moment in UTC.

    >>> hour("2026-09-01T10:05:00+00:00")
    '10:05 UTC'
    """
    return f"{text[11:16]} UTC"


def before(text: str, days: int) -> str:
    """The day so many days before a day.

    >>> before("2026-09-15", 4)
    '11 Sep 2026'
    """
    return day(str(dt.date.fromisoformat(text[:10]) - dt.timedelta(days=days)))


def ago(days: int) -> str:
    """How long a day is past.

    >>> ago(0), ago(1), ago(45), ago(200)
    ('today', 'yesterday', '45 days ago', '7 months ago')
    """
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    return f"{days} days ago" if days < 60 else f"{lasting(days)} ago"


def lasting(days: int) -> str:
    """A number of days in the unit that is read most easily.

    >>> lasting(1), lasting(59), lasting(152), lasting(365), lasting(800)
    ('1 day', '59 days', '5 months', 'a year', '2 years')
    """
    if days < 60:
        return f"{days} day{'' if days == 1 else 's'}"
    if days < 350:
        return f"{round(days / 30.44)} months"
    if days < 550:
        return "a year"
    return f"{round(days / 365.25)} years"


def count(number: int, noun: str, nouns: str = "") -> str:
    """A number of things.

    >>> count(1, "person", "people"), count(1234, "person", "people"), count(0, "day")
    ('1 person', '1,234 people', '0 days')
    """
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def about(value: float) -> str:
    """An expected number of people, as exactly as it is worth saying.

    >>> about(0.2), about(0.5), about(3.4), about(120.4)
    ('fewer than 1', 'about 1', 'about 3', 'about 120')
    """
    return "fewer than 1" if value < 0.5 else f"about {max(1, round(value)):,}"


def conversation(type_: str, overdue_days: int) -> str:
    """The conversation that is due, and since when.

    >>> conversation("want", 152), conversation("how", 0)
    ('What they want to do, 5 months overdue', 'How they do it, due now')
    """
    due = f"{lasting(overdue_days)} overdue" if overdue_days > 0 else "due now"
    return f"{ABOUT[type_].capitalize()}, {due}"


def listing(words: list[str]) -> str:
    """Words as a list in a sentence.

    >>> listing(["a"]), listing(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
