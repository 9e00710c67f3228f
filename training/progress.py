"""What a waiting person sees: the steps of a run with bars, on standard error, and plain lines where nobody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@dataclass(frozen=True)
class Teller:
    """Tells of a run's progress on one console."""

    console: Console

    def say(self, text: str) -> None:
        """One line, as it is."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """One line that should not be overlooked."""
        self.console.print(f"warning: {text}", style="yellow", markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def bar(self, text: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A bar while the block runs; the function given advances it. Where nobody watches, one line."""
        if not self.console.is_terminal:
            self.say(text)
            yield lambda _: None
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task(text, total=total)
            yield lambda amount: progress.advance(task, amount)


def on_standard_error() -> Teller:
    """The teller of the commands."""
    return Teller(Console(stderr=True))
