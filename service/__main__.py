"""`python -m service COMMAND`."""

import os
import sys

from service import logs
from service.cli import main

if __name__ == "__main__":
    logs.configure("json" if os.environ.get("RETENTION_LOG", "").strip() == "json" else "text")
    sys.exit(main(sys.argv[1:]))
