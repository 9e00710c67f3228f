"""A browser without a window, for tests in this process: it keeps cookies and sends forms as a page would."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from tests.posting import Client

HOST: Final = "http://service"
"""Where the application in this process is."""


@dataclass
class Visitor:
    """Somebody with cookies of their own."""

    client: Client
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Any:
        """A page."""
        return self._send("GET", path, headers)

    def post(self, path: str, origin: str | None = HOST, **fields: str) -> Any:
        """A form."""
        return self._send("POST", path, {"origin": origin} if origin else {}, data=fields)

    def token(self, path: str = "/sign-in") -> str:
        """What the forms of a page carry."""
        found = re.search(r'name="token" value="([^"]*)"', self.get(path).text)
        assert found is not None
        return found[1]

    def sign_in(self, key: str, **more: str) -> Any:
        """Sign in with a key."""
        return self.post("/sign-in", token=self.token(), key=key, **more)

    def _send(self, method: str, path: str, headers: dict[str, str], **more: Any) -> Any:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"accept": "text/html", **({"cookie": cookie} if cookie else {}), **headers}
        answer = self.client(method, path, headers=sent, **more)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return answer
