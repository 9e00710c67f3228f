"""A seeded invented company with a known true hazard: the demo's input, and an oracle for tests.

The tables are what HR systems would export on the company's last day; `Truth` is what only the maker knows.

>>> company = make(50, 12, seed=1)
>>> sorted(company.tables)[:3]
['absences', 'actions', 'checkins']
"""

from training.sample.company import END, Sample, make, write
from training.sample.shocks import SHOCKS
from training.sample.truth import Truth

__all__ = ["END", "SHOCKS", "Sample", "Truth", "make", "write"]
