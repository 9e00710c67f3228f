"""`python -m service.document` writes `service/openapi.json`: the API's document, kept beside the code.

A test compares it with what the program says of itself, so a change of the API shows in review, line by line.
"""

import json
import tempfile
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from service.app import create_app
from service.settings import Settings

FILE: Final = Path(__file__).with_name("openapi.json")


def text(app: FastAPI) -> str:
    """An application's OpenAPI document, as the file holds it."""
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the file anew."""
    with tempfile.TemporaryDirectory() as home:
        app = create_app(Settings(home=Path(home)), {})
        FILE.write_text(text(app), encoding="utf-8")
        app.state.service.store.dispose()


if __name__ == "__main__":
    main()
