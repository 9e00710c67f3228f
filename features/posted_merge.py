"""Two companies of posted people with the same sources as one, equal to the company of all of them read together."""

from dataclasses import fields, replace
from itertools import pairwise
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.company import Codes, Comments, Company, Names, Objections, People

_Table = TypeVar("_Table")
_Places = tuple[Codes, Codes]

_FACTS: Final = ("jobs", "traces", "surveys", "tickets", "checkins", "signals", "absences")
_CODED: Final = {
    "managers": (("jobs", "manager"),),
    "units": (("jobs", "unit"), ("surveys", "unit"), ("comments", "unit")),
    "job_families": (("jobs", "job_family"),),
    "job_titles": (("jobs", "job_title"),),
    "locations": (("jobs", "location"),),
    "employment_types": (("jobs", "employment_type"),),
    "drivers": (("surveys", "driver"),),
    "categories": (("tickets", "category"),),
    "priorities": (("tickets", "priority"),),
    "signals": (("signals", "name"),),
    "languages": (("comments", "language"),),
}
"""The columns whose codes are places in each list of `Names`, in the order in which names are first met."""


def merged(one: Company, other: Company, places: _Places) -> Company:
    """All people of two companies in one.

    Parameters
    ----------
    places
        For each company the new number of each of its employments, ascending.
    """
    other, texts = _as_named(one, other)
    people = _people(one.people, other.people, places)
    tables: dict[str, Any] = {name: _facts(getattr(one, name), getattr(other, name), places) for name in _FACTS}
    tables["comments"] = _comments(one, other, places)
    tables["objections"] = _objections(one, other, people, places)
    company = replace(one, people=people, **tables)
    return _first_met(company, texts)


def _as_named(one: Company, other: Company) -> tuple[Company, dict[str, list[str]]]:
    """The other company with codes that go on where those of the one end; and the texts of both."""
    texts: dict[str, list[str]] = {}
    for kind, columns in _CODED.items():
        known = {text: code for code, text in enumerate(getattr(one.names, kind))}
        codes = [known.setdefault(text, len(known)) for text in getattr(other.names, kind)]
        texts[kind] = list(known)
        other = _recoded(other, columns, np.array([*codes, -1], np.int32))
    return other, texts


def _recoded(company: Company, columns: tuple[tuple[str, str], ...], codes: Codes) -> Company:
    """The company with other codes in some columns; the last of `codes` is that of null."""
    for table, column in columns:
        rows = getattr(company, table)
        if rows is not None:
            company = replace(company, **{table: replace(rows, **{column: codes[getattr(rows, column)]})})
    return company


def _first_met(company: Company, texts: dict[str, list[str]]) -> Company:
    """The company with its names numbered in the order in which they are first met."""
    lists: dict[str, tuple[str, ...]] = {}
    for kind, columns in _CODED.items():
        used = [
            getattr(getattr(company, table), column) for table, column in columns if getattr(company, table) is not None
        ]
        met = np.concatenate([np.zeros(0, np.int32), *used])
        codes, first = np.unique(met[met >= 0], return_index=True)
        order = codes[np.argsort(first)]
        renamed = np.full(len(texts[kind]) + 1, -1, np.int32)
        renamed[order] = np.arange(len(order))
        company = _recoded(company, columns, renamed)
        lists[kind] = tuple(texts[kind][code] for code in order.tolist())
    return replace(company, names=Names(**lists))


def _joined(one: NDArray[Any], other: NDArray[Any], order: NDArray[np.int64]) -> NDArray[Any]:
    both: NDArray[Any] = np.concatenate([one, other])[order]
    return both


def _people(one: People, other: People, places: _Places) -> People:
    order = np.argsort(np.concatenate(places))
    columns = {
        field.name: _joined(getattr(one, field.name), getattr(other, field.name), order)
        for field in fields(People)
        if field.name not in ("employee_id", "employee")
    }
    ids = [*one.employee_id, *other.employee_id]
    employee_id = tuple([ids[place] for place in order.tolist()])
    begins = [before != after for before, after in pairwise(employee_id)]
    return People(employee_id=employee_id, employee=np.cumsum([0, *begins], dtype=np.int32), **columns)


def _order(one: Codes, other: Codes, places: _Places) -> tuple[Codes, NDArray[np.int64]]:
    """The new persons of the rows of both, and the rows in order of them."""
    person = np.concatenate([places[0][one], places[1][other]])
    order = np.argsort(person, kind="stable")
    return person[order], order


def _facts(one: _Table | None, other: _Table | None, places: _Places) -> _Table | None:
    if one is None or other is None:
        return one
    left, right = vars(one), vars(other)
    person, order = _order(left["person"], right["person"], places)
    columns = {name: _joined(left[name], right[name], order) for name in left if name != "person"}
    made: Any = type(one)
    joined: _Table = made(person=person, **columns)
    return joined


def _comments(one: Company, other: Company, places: _Places) -> Comments | None:
    left, right = one.comments, other.comments
    if left is None or right is None or one.surveys is None or other.surveys is None:
        return left
    person, order = _order(left.person, right.person, places)
    _, rows = _order(one.surveys.person, other.surveys.person, places)
    row = np.concatenate([left.row - 1, right.row - 1 + len(one.surveys.person)])
    parts = [part.gram[low:high] for part in (left, right) for low, high in pairwise(part.first.tolist())]
    sizes = np.concatenate([np.diff(left.first), np.diff(right.first)])[order]
    plain = ("unit", "answered", "identified", "score", "language")
    return Comments(
        row=np.argsort(rows)[row][order] + 1,
        person=person,
        first=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        gram=np.concatenate([np.zeros(0, np.uint32), *(parts[place] for place in order.tolist())]),
        **{name: _joined(getattr(left, name), getattr(right, name), order) for name in plain},
    )


def _objections(one: Company, other: Company, people: People, places: _Places) -> Objections | None:
    """Those of both: the new employees are those of the new persons."""
    found: list[Objections] = []
    for company, place in zip((one, other), places, strict=True):
        if company.objections is not None:
            employee = np.zeros(len(company.people), np.int32)
            employee[company.people.employee] = people.employee[place]
            found.append(replace(company.objections, employee=employee[company.objections.employee]))
    if not found:
        return None
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in found]) for field in fields(Objections)
    }
    order = np.argsort(columns["employee"], kind="stable")
    return Objections(**{name: column[order] for name, column in columns.items()})
