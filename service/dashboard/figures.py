"""What the dashboard shows: each figure's title, unit, meaning in words and source; the one list it is made from.

Figures of names that the data brings (a driver, a ticket's category, a signal) are called ``driver.workload`` and share
one entry.
"""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Figure:
    """One figure, in words."""

    title: str
    unit: str
    """`people`, `share`, `per year`, `score`, `hours`, `days`, `amount`, `per 100 people` or `value`."""
    definition: str
    source: str
    """The standard or paper that it follows; empty: it is ours."""
    needs: str = ""
    """The table it is made of, besides `employees` and `job_history`."""


_TURNOVER: Final = (
    "ISO/TS 30421:2021, turnover and retention metrics; ISO 30414, human capital reporting; CIPD factsheet on turnover and "
    "retention: leavers over the average number employed, here a year's worth"
)
_SURVIVAL: Final = (
    "Kaplan and Meier (1958); interval: log(-log) with Greenwood's variance, Kalbfleisch and Prentice (1980)"
)
_PROMOTERS: Final = (
    "Reichheld, The One Number You Need to Grow, Harvard Business Review (2003); Bain & Company, Net Promoter Score"
)
_COST: Final = (
    "Share of salary: Boushey and Glynn, There Are Significant Business Costs to Replacing Employees, Center for American "
    "Progress (2012): 21 % is the median of 27 case studies; yours may differ"
)
_STOPS: Final = "A month's people are those hired and not gone, until the exit day (notice, else the end); they count in the unit where they stood at its end."
_SCALE: Final = "0 to 1: where on its own scale each answer lies."
_AFTER: Final = "Hires of the {days} days and the year before the month's end, as seen at its end; every exit counts, of whatever kind."
_OPENERS: Final = "People are those who opened them."

FIGURES: Final[dict[str, Figure]] = {
    "head_count": Figure("Head count", "people", f"Mean over the days of the month. {_STOPS}", ""),
    "attrition_voluntary": Figure(
        "Voluntary attrition", "per year",
        f"Voluntary exits in the month over its mean head count, times 365 over its days. {_STOPS}", _TURNOVER),
    "attrition_all": Figure(
        "Attrition", "per year",
        f"Exits of every kind in the month over its mean head count, times 365 over its days. {_STOPS}", _TURNOVER),
    "retention_90": Figure(
        "Retention at 90 days", "share", f"Share still here 90 days after hire. {_AFTER.format(days=90)}", _SURVIVAL),
    "retention_365": Figure(
        "Retention at 1 year", "share", f"Share still here 365 days after hire. {_AFTER.format(days=365)}", _SURVIVAL),
    "retention_730": Figure(
        "Retention at 2 years", "share", f"Share still here 730 days after hire. {_AFTER.format(days=730)}", _SURVIVAL),
    "cohort_hires": Figure("Hires of the month", "people", "People hired in the month.", ""),
    "cohort_retention_90": Figure(
        "Hires of the month: still here after 90 days", "share",
        "Of those hired in the month, once all were followed for 90 days. Every exit counts.", _SURVIVAL),
    "cohort_retention_365": Figure(
        "Hires of the month: still here after 1 year", "share",
        "Of those hired in the month, once all were followed for 365 days. Every exit counts.", _SURVIVAL),
    "cohort_onboarding": Figure(
        "Hires of the month: onboarding survey", "score",
        f"Mean of the onboarding answers given within 90 days of hire, once those are over. {_SCALE}", "", "surveys"),
    "cost_of_turnover": Figure(
        "Cost of turnover", "amount",
        "Sum of the yearly base salaries of the month's voluntary leavers, times the share of a salary that replacing "
        "somebody costs. Leavers without a salary on record are left out.", _COST, "base_salary"),
    "cost_of_expected_exits": Figure(
        "Cost of expected exits in the coming year", "amount",
        "Voluntary exits to expect within 365 days of the run, as /v1/teams tells them of the unit, times the median yearly "
        "base salary of its people, rounded to two digits, times the share of a salary that replacing somebody costs.",
        f"{_COST}. Exits to expect: the model, see /v1/model", "base_salary"),
    "enps": Figure(
        "eNPS", "points", "Promoters (9 and 10 of 10) less detractors (0 to 6) in percent of the month's answers: -100 to "
        "100. Other scales are stretched to 0 to 10 and rounded; onboarding surveys aside.", _PROMOTERS, "surveys"),
    "survey_score": Figure(
        "Survey score", "score", f"Mean of the drivers' scores that are shown for the month, each as one; people: the most "
        f"of any of them. {_SCALE}", "", "surveys"),
    "survey_response": Figure(
        "Survey response", "share", "Questions answered within 14 days, of those whose 14 days ended in the month. What was "
        "sent during a leave, or ran out after the exit day, and was not answered counts not.",
        "AAPOR, Standard Definitions: completed over eligible", "surveys"),
    "survey_silence": Figure(
        "Silence", "share", "People who answered none of the questions whose 14 days ended in the month, of those asked.",
        "", "surveys"),
    "sentiment": Figure(
        "Mean sentiment of comments", "score",
        "Against the average comment: -1 to 1, as the model has learned to read them.", "", "surveys"),
    "driver": Figure("Survey: {name}", "score", f"Mean of the month's answers about it, onboarding surveys aside. {_SCALE}", "",
        "surveys"),
    "tickets": Figure(
        "HR tickets", "per 100 people", f"Tickets opened in the month for 100 people of its mean head count. {_OPENERS}",
        "", "tickets"),
    "ticket_response": Figure(
        "First response, median", "hours",
        "Half of the tickets first answered in the month were answered within so many hours.", "", "tickets"),
    "ticket_response_p90": Figure(
        "First response, 9 of 10", "hours",
        "Nine in ten of the tickets first answered in the month were answered within so many hours.", "", "tickets"),
    "ticket_resolution": Figure(
        "Resolution, median", "days", "Half of the tickets resolved in the month took at most so many days.", "", "tickets"),
    "ticket_resolution_p90": Figure(
        "Resolution, 9 of 10", "days", "Nine in ten of the tickets resolved in the month took at most so many days.", "",
        "tickets"),
    "csat": Figure(
        "Satisfaction with tickets (CSat)", "score",
        "Mean rating of the tickets resolved in the month, of the best rating.", "", "tickets"),
    "escalation": Figure(
        "Escalated tickets", "share", "Of the tickets resolved in the month of which it is known.", "", "tickets"),
    "theme": Figure(
        "HR tickets: {name}", "per 100 people",
        f"Tickets of the category opened in the month for 100 people of its mean head count. {_OPENERS}", "", "tickets"),
    "cadence_what": Figure(
        "Conversations about what people do", "share",
        "Held in the month, over what the norm asks for in so many days, leaves among them; 1: as often as the norm.",
        "The norm is yours: RETENTION_CADENCE", "checkins"),
    "cadence_how": Figure(
        "Conversations about how people do it", "share",
        "Held in the month, over what the norm asks for in so many days, leaves among them; 1: as often as the norm.",
        "The norm is yours: RETENTION_CADENCE", "checkins"),
    "cadence_want": Figure(
        "Conversations about what people want to do", "share",
        "Held in the month, over what the norm asks for in so many days, leaves among them; 1: as often as the norm.",
        "The norm is yours: RETENTION_CADENCE", "checkins"),
    "signal": Figure(
        "{name}: how often recorded", "per 100 people",
        "Records of it in the month for 100 people of its mean head count. People are those with one.", "", "signals"),
    "team_signal": Figure(
        "{name}: mean of the teams", "value",
        "Mean of the month's values of the teams and units within; a team is where all its members are.", "",
        "team_signals"),
}  # fmt: skip
"""By name; of figures named by the data, by what stands before the dot. In the order they are shown."""


def figure(name: str) -> Figure:
    """A figure's entry; `driver.workload` has the driver's name in its title.

    Examples
    --------
    >>> [figure(name).title for name in ("enps", "driver.work_load", "signal.overtime_hours")]
    ['eNPS', 'Survey: work load', 'Overtime hours: how often recorded']
    >>> figure("team_signal.customer_nps").title
    'Customer nps: mean of the teams'
    """
    kind, _, called = name.partition(".")
    found, said = FIGURES[kind], called.replace("_", " ")
    title = found.title.format(name=said.capitalize() if found.title.startswith("{name}") else said)
    return replace(found, title=title)


def place(name: str) -> tuple[int, str]:
    """Where a figure stands among others."""
    return _ORDER[name.partition(".")[0]], name


_ORDER: Final = {name: number for number, name in enumerate(FIGURES)}
