"""Tables, rows and a program in, columns out: the one path that one posted person and a million people take.

Block by block, each family walks its own tables once and writes their events into the block's book; the program then
computes the columns from the book and the career states.
"""

from collections.abc import Callable
from typing import Final

from features import career, checkins, comments, signals, surveys, tickets
from features.blocks import Snapshots, blocks
from features.company import Company
from features.program import NO_STATES, Output, Program
from features.spec import FeatureSpec
from features.streams import leaves

SOURCES: Final = {
    "surveys": "surveys",
    "comments": "tones",
    "tickets": "tickets",
    "checkins": "checkins",
    "signals": "signals",
}
"""Families and the table of `Company` that each rests on; `career` is always there."""
_WALKS: Final = {
    "surveys": surveys.walk,
    "comments": comments.walk,
    "tickets": tickets.walk,
    "checkins": checkins.walk,
    "signals": signals.walk,
}
Progress = Callable[[int], None]
"""Called with the number of rows that were just finished."""


def families(company: Company) -> tuple[str, ...]:
    """The families that a company has the tables for."""
    return ("career", *(family for family, table in SOURCES.items() if getattr(company, table) is not None))


def evaluate(
    company: Company,
    spec: FeatureSpec,
    program: Program,
    snapshots: Snapshots,
    out: Output,
    progress: Progress | None = None,
) -> None:
    """Computes the columns of a program at each snapshot, into the row of `out` with the same number."""
    jobs, hire = career.in_winning_order(company.jobs), company.people.hire
    walks = [(_WALKS[family](company, spec), shapes) for family, shapes in program.layout.shapes.items()]
    for place, block in blocks(snapshots, leaves(company.absences, len(company.people))):
        book, times = program.layout.book(len(place)), block.times
        for walk, shapes in walks:
            walk(times, shapes, book)
        states = career.states(jobs, hire, block) if program.reads_states else NO_STATES
        program.fill(book, states, block, place, out)
        if progress is not None:
            progress(len(place))
