"""Comments in six languages, put together from short phrases of our own with a clear valence."""

from typing import Final

import numpy as np
import polars as pl

from training.sample.columns import Flags, Floats, Ints, texts
from training.sample.phrases import ABOUT, BAD, FAIR, GOOD

_POSITIVE, _NEGATIVE = 0, 1
_PER_DRIVER: Final = 2


def comments(said: Flags, language: Ints, driver: Ints, share: Floats, rng: np.random.Generator) -> pl.Series:
    """A comment where `said`, else null.

    Parameters
    ----------
    said, language, driver : ndarray, shape (n,)
        Who comments, in which language (index into `plan.LANGUAGES`), about which driver (into `surveys.DRIVERS`).
    share : ndarray, shape (n,)
        The score between 0 and 1: its valence decides the words, with a little noise.
    rng : numpy.random.Generator
        Where the choice of words comes from.
    """
    mood = share + rng.normal(0, 0.12, len(share))
    tone = np.where(mood > 0.72, 0, np.where(mood < 0.5, 1, 2))
    lean = np.where(tone == 2, rng.integers(0, 2, len(mood)), tone)
    first = np.where(said, (language * len(ABOUT[0]) + driver) * _PER_DRIVER + lean, -1)
    general = [[*GOOD[n], *BAD[n], *FAIR[n]] for n in range(len(GOOD))]
    starts = np.array([0, len(GOOD[0]), len(GOOD[0]) + len(BAD[0])])[tone]
    sizes = np.array([len(GOOD[0]), len(BAD[0]), len(FAIR[0])])[tone]
    second = language * len(general[0]) + starts + (rng.random(len(mood)) * sizes).astype(np.int64)
    about = texts([text for of in ABOUT for pair in of for text in pair], first)
    more = texts([text for of in general for text in of], second)
    form = pl.Series(rng.choice(4, len(mood), p=(0.4, 0.2, 0.25, 0.15)))
    frame = pl.DataFrame({"about": about, "more": more, "form": form})
    joined = (
        pl.when(pl.col("form") == 0)
        .then(pl.format("{} {}", "about", "more"))
        .when(pl.col("form") == 1)
        .then(pl.format("{} {}", "more", "about"))
        .when(pl.col("form") == 2)
        .then("about")
        .otherwise("more")
    )
    return frame.select(comment=pl.when(pl.Series(said)).then(joined)).to_series()
