"""How far a scoring run is, on standard error, for whoever watches; silent where nobody does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from service.scoring import Progress as Tell


@contextmanager
def shown() -> Iterator[Callable[[int], Tell]]:
    """What makes, of a number of people, a function to tell of stages; each stage gets a bar."""
    columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:

        def of(total: int) -> Tell:
            stages: dict[str, TaskID] = {}

            def tell(stage: str, people: int) -> None:
                if stage not in stages:
                    stages[stage] = bars.add_task(stage, total=total)
                bars.advance(stages[stage], people)

            return tell

        yield of
