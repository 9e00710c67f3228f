"""``python -m features``: see `features.cli`."""

import sys

from features.cli import run

if __name__ == "__main__":
    sys.exit(run())
