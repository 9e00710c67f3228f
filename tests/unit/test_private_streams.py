"""What was said under a promise of silence: no column of a person reads it, only the team's means do."""

from features import comments, surveys, team
from features.catalogue import person_catalogue
from tests.companies import SPEC

PRIVATE = {("surveys", surveys.PRIVATE), ("comments", comments.PRIVATE)}


def test_no_column_of_a_person_reads_a_private_stream() -> None:
    """Streams of confidential and anonymous rows stand in no formula of the person's catalogue."""
    read = {(feature.family, cell.stream) for feature in person_catalogue(SPEC) for cell in feature.formula.cells()}
    assert read & PRIVATE == set()
    assert {(family, cell.stream) for family, formula in team.BROUGHT.values() for cell in formula.cells()} >= PRIVATE
