"""Signing in and out, forged forms, and sessions that end; in this process, on a real store."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from service.access import keys
from service.access.keys import Caller
from service.api.auth import COOKIE
from service.app import create_app
from service.errors import UsageError
from service.page import links
from service.page.attempts import MOST, Failures
from service.page.rendering import HEADERS
from service.page.sessions import Sessions
from service.settings import Settings
from service.store.engine import open_store
from tests import stores
from tests.page_home import person_key, written
from tests.posting import Client
from tests.served import day
from tests.visitor import HOST, Visitor

TODAY: Final = day("2026-09-17")
LONG_AGO: Final = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three runs."""
    return written(tmp_path_factory.mktemp("signing") / "home")


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[Client]:
    """The application on that home."""
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as found:
        yield found


@pytest.fixture
def visitor(client: Client) -> Visitor:
    """Somebody who has just come."""
    client.app.state.service.failures = Failures()
    return Visitor(client)


def test_a_key_signs_in(visitor: Visitor, home: Path) -> None:
    """The cookie is for this host, for https and not for scripts; the way leads over a look whether it was kept."""
    done = visitor.sign_in(person_key(home), next="/people/E000001")
    assert (done.status_code, done.headers["location"]) == (303, "/signed-in?next=%2Fpeople%2FE000001")
    (line,) = (one for one in done.headers.get_list("set-cookie") if one.startswith(COOKIE))
    assert line.startswith("__Host-session=")
    assert {one.strip().lower() for one in line.split(";")[1:]} == {"httponly", "path=/", "samesite=lax", "secure"}
    assert visitor.get(done.headers["location"]).headers["location"] == "/people/E000001"
    assert "Ilse Aalto" in visitor.get("/people/E000001").text


def test_a_browser_that_keeps_no_cookie_is_told_so(visitor: Visitor, home: Path) -> None:
    """Not sent round in circles: it learns that plain http over a network cannot work."""
    visitor.sign_in(person_key(home))
    visitor.cookies.clear()
    assert "Your browser did not keep the sign-in" in visitor.get("/signed-in").text


@pytest.mark.parametrize("key", ["", "rk_0123abcd_nothing", "é" * 40, "a" * 5_000])
def test_a_wrong_key_is_refused_and_not_repeated(visitor: Visitor, key: str) -> None:
    """The answer says what to do, and holds nothing of what was typed."""
    answer = visitor.sign_in(key)
    assert (answer.status_code, COOKIE in visitor.cookies) == (400, False)
    assert "Check that you copied all of it" in answer.text
    assert not key or key not in answer.text


@pytest.mark.parametrize("role", ["system", "scientist", "admin"])
def test_a_key_without_a_page_is_told_so(visitor: Visitor, home: Path, role: str) -> None:
    """Programs and administrators have no page."""
    answer = visitor.sign_in(person_key(home, role))
    assert (answer.status_code, COOKIE in visitor.cookies) == (400, False)
    assert "has no page" in answer.text


@pytest.mark.parametrize(
    "origin,token,status",
    [
        (None, True, 400),
        ("null", True, 400),
        ("http://elsewhere", True, 400),
        ("http://service.elsewhere", True, 400),
        (HOST, False, 400),
        (HOST, True, 303),
    ],
)
def test_a_forged_sign_in_is_refused(
    visitor: Visitor, home: Path, origin: str | None, token: bool, status: int
) -> None:
    """Without our own origin, or without the token of the visitor's own form, the best key signs nobody in."""
    sent = visitor.token() if token else "0" * 64
    answer = visitor.post("/sign-in", origin, token=sent, key=person_key(home))
    assert (answer.status_code, COOKIE in visitor.cookies) == (status, status == 303)


def test_a_forged_form_changes_nothing(visitor: Visitor, home: Path) -> None:
    """A signed-in reader's browser, made to post from elsewhere: with the cookie, and yet refused."""
    visitor.sign_in(person_key(home))
    token = visitor.token("/")
    other = Visitor(visitor.client)
    other.sign_in(person_key(home))
    for origin, sent in (("http://elsewhere", token), (None, token), (HOST, ""), (HOST, other.token("/"))):
        answer = visitor.post("/capacity", origin, token=sent, capacity="9")
        assert (answer.status_code, "Nothing was changed" in answer.text) == (400, True)
    assert 'value="9"' not in visitor.get("/").text
    assert visitor.post("/capacity", HOST, token=token, capacity="9").status_code == 303
    assert 'value="9"' in visitor.get("/").text


@pytest.mark.parametrize(
    "body,kind,status",
    [
        (b"{}", "application/json", 415),
        (b"token=a&token=b", "application/x-www-form-urlencoded", 400),
        (b"token=%ff", "application/x-www-form-urlencoded", 400),
        ("é".encode(), "application/x-www-form-urlencoded", 400),
        (b"a=1&" * 30, "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * 11_000, "application/x-www-form-urlencoded", 413),
        (b"--x\r\n", "multipart/form-data; boundary=x", 415),
    ],
)
def test_only_plain_small_forms_are_read(client: Client, body: bytes, kind: str, status: int) -> None:
    """Anything else is refused as a page, before anything is done."""
    headers = {"origin": HOST, "content-type": kind, "accept": "text/html"}
    answer = client("POST", "/sign-in", content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")


def test_a_link_signs_in_once(visitor: Visitor, home: Path) -> None:
    """Opening it does nothing by itself; pressing the button signs in; then it is used up."""
    person_key(home, name="Linked")
    service = visitor.client.app.state.service
    code = links.make(service.store, "Linked", _now(service), 15)
    for _ in range(2):
        assert "Open the page" in visitor.get(f"/sign-in?code={code}").text
    token = visitor.token(f"/sign-in?code={code}")
    assert visitor.post("/sign-in", token=token, code=code).headers["location"] == "/signed-in"
    assert "Linked" in visitor.get("/").text
    other = Visitor(visitor.client)
    again = other.post("/sign-in", token=other.token(), code=code)
    assert (again.status_code, "was used already" in again.text) == (400, True)


def test_a_link_ends_with_its_time_and_with_its_key(home: Path) -> None:
    """One second too late is too late; a revoked key's link opens nothing, nor does one for a program."""
    store = open_store(Settings(home=home).database_url)
    key = person_key(home, name="Short")
    code = links.make(store, "Short", _at(1_000_000_000), 15)
    assert links.use(store, code, 1_000_000_000 + 15 * 60) is None
    code = links.make(store, "Short", _at(1_000_000_000), 15)
    assert links.use(store, code, 1_000_000_000 + 15 * 60 - 1) == key[3:11]
    person_key(home, role="system", name="Program")
    for name in ("Program", "Unknown"):
        with pytest.raises(UsageError, match="There is no link"):
            links.make(store, name, _at(1_000_000_000), 15)
    store.dispose()


def test_who_fails_often_waits(visitor: Visitor, home: Path) -> None:
    """After ten wrong keys from one address even the right one is refused for a while, with the time to wait."""
    ticks = [0.0]
    visitor.client.app.state.service.failures = Failures(lambda: ticks[0])
    key = person_key(home)
    for _ in range(MOST):
        assert visitor.sign_in("rk_0123abcd_nothing").status_code == 400
    refused = visitor.sign_in(key)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    assert "sign-in pauses" in refused.text
    ticks[0] = 31.0
    assert visitor.sign_in(key).status_code == 303


def test_signing_out_ends_the_session_everywhere(visitor: Visitor, home: Path) -> None:
    """A copy of the cookie opens nothing any more."""
    visitor.sign_in(person_key(home))
    copy = Visitor(visitor.client, dict(visitor.cookies))
    assert copy.get("/").status_code == 200
    assert visitor.post("/sign-out", token=visitor.token("/")).headers["location"] == "/sign-in?why=out"
    assert copy.get("/").headers["location"] == "/sign-in?why=ended"


def test_signing_in_again_ends_what_was_before(visitor: Visitor, home: Path) -> None:
    """A new name each time, and the old one opens nothing."""
    visitor.sign_in(person_key(home))
    before = Visitor(visitor.client, dict(visitor.cookies))
    visitor.sign_in(person_key(home))
    assert visitor.cookies[COOKIE] != before.cookies[COOKIE]
    assert (visitor.get("/").status_code, before.get("/").status_code) == (200, 303)


def test_a_session_ends_with_its_key(visitor: Visitor, home: Path) -> None:
    """Revoked, the key shows nothing from the next page on; what was posted is said not to be recorded."""
    key = person_key(home)
    visitor.sign_in(key)
    token = visitor.token("/")
    service = visitor.client.app.state.service
    keys.revoke(service.store, key, service.log.moment())
    assert visitor.get("/people/E000001").headers["location"] == "/sign-in?why=ended&next=%2Fpeople%2FE000001"
    lost = visitor.post("/people/E000001/actions", token=token, action_type="workload")
    assert lost.headers["location"] == "/sign-in?why=lost"
    assert "It was not recorded" in visitor.get("/sign-in?why=lost").text


@pytest.mark.parametrize("kind", stores.KINDS)
def test_a_session_ends_without_use_and_at_last(kind: str, tmp_path: Path) -> None:
    """Half an hour without a page, or ten hours in all, on the second; being used prolongs the first only."""
    with stores.settings(kind, tmp_path / "home") as settings, stores.opened(settings) as store:
        prefix = keys.add_key(store, Caller("A", "hrbp", "Sales"), LONG_AGO)[3:11]
        began = 1_800_000_000.0
        now = [began]
        sessions = Sessions(store, settings, lambda: now[0])
        name = sessions.open(prefix)
        for minute in range(0, 600, 29):
            now[0] = began + minute * 60
            session = sessions.of(name)
            assert session is not None
            assert session.caller.org_unit == "Sales"
            assert session.idle_ends == min(now[0] + 1_800, began + 36_000)
        now[0] = began + 36_000 - 1
        assert sessions.of(name) is not None
        now[0] = began + 36_000
        assert sessions.of(name) is None
        name = sessions.open(prefix)
        now[0] += 1_800
        assert sessions.of(name) is None
        assert sessions.of("") is sessions.of(None) is sessions.of("x" * 1_000) is sessions.of("é") is None


@pytest.mark.parametrize(
    "path", ["//elsewhere", "https://elsewhere", "/\\elsewhere", "elsewhere", "/a\nSet-Cookie: x", "/" + "a" * 3_000]
)
def test_nobody_is_sent_elsewhere(visitor: Visitor, home: Path, path: str) -> None:
    """After signing in the way leads to a page of this site, or to the start."""
    visitor.sign_in(person_key(home))
    assert (
        visitor.client("GET", "/signed-in", params={"next": path}, headers=_cookie(visitor)).headers["location"] == "/"
    )


def test_every_page_has_the_strict_headers(visitor: Visitor, home: Path) -> None:
    """Pages, errors, redirections: the same policy, and no cache."""
    open_ = [visitor.get("/sign-in"), visitor.get("/"), visitor.get("/nothing-here")]
    visitor.sign_in(person_key(home))
    closed = [visitor.get(path) for path in ("/", "/people/E000001", "/people/nobody", "/guide")]
    for answer in (*open_, *closed):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert HEADERS["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs(client: Client) -> None:
    """By what is asked for, and by where."""
    people = client("GET", "/nothing-here", headers={"accept": "text/html,*/*;q=0.8"})
    programs = client("GET", "/nothing-here")
    api = client("GET", "/v1/nothing-here", headers={"accept": "text/html"})
    assert [one.status_code for one in (people, programs, api)] == [404, 404, 404]
    assert "Nothing to show here" in people.text
    assert programs.json()["code"] == api.json()["code"] == "not_found"


def test_static_files_are_kept_by_what_is_in_them(client: Client) -> None:
    """Asked for with its digest a file is kept for good, else looked at again; nothing else is handed out."""
    (path,) = re.findall(r'href="(/static/page.css[^"]*)"', client("GET", "/sign-in").text)
    assert "immutable" in client("GET", path).headers["cache-control"]
    assert client("GET", "/static/page.css").headers["cache-control"] == "no-cache"
    assert [client("GET", f"/static/{name}").status_code for name in ("x.css", "..%2fsign_in.py", "base.html")] == [
        404
    ] * 3


def _cookie(visitor: Visitor) -> dict[str, str]:
    return {"cookie": f"{COOKIE}={visitor.cookies[COOKIE]}"}


def _at(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _now(service: Any) -> dt.datetime:
    return _at(service.wall())
