"""The week and one person: what is shown, to whom, what is written down first, and what is recorded."""

import datetime as dt
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine, delete, func, select, update

from service.access import assigning
from service.access.keys import Caller
from service.app import create_app
from service.audit import blocks, who
from service.page.week import HORIZON
from service.settings import Settings
from service.store import actions, tables
from service.store.actions import Change
from service.store.audit_tables import access_head, access_log
from tests.page_home import NAMES, RISKS, person_key, written
from tests.page_reading import people, signed_in, words
from tests.posting import Client
from tests.served import day
from tests.visitor import Visitor

TODAY: Final = day("2026-09-17")
LISTED: Final = ["E000001", "E000002", "E000003", "E000004", "E000005"]
"""The five highest in Sales/North of whom nothing is under way."""


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """A home with three runs, of this test alone."""
    return shutil.copytree(made, tmp_path / "home")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every home of these tests begins as."""
    return written(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def client(home: Path) -> Iterator[Client]:
    """The application on that home."""
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as found:
        yield found


@pytest.fixture
def store(client: Client) -> Engine:
    """The home's store."""
    found: Engine = client.app.state.service.store
    return found


@pytest.fixture
def reader(client: Client, home: Path) -> Visitor:
    """An HR business partner of Sales, signed in."""
    return signed_in(client, home, "Sales")


def logged(store: Engine) -> list[tuple[str, int]]:
    """What the access log says was done, and of how many people."""
    log = access_log.c
    query = (
        select(log.action, func.count())
        .where(log.subject != "")
        .group_by(log.at, log.action)
        .order_by(func.min(log.seq))
    )
    with store.connect() as connection:
        return [(action, count) for action, count in connection.execute(query)]


def test_the_list_is_as_long_as_there_is_time(reader: Visitor) -> None:
    """Five without a choice, then as many as were chosen; chosen once, it is remembered for the key and nobody else."""
    page = reader.get("/").text
    assert (people(page), people(page, "people under")) == (LISTED, ["E000007"])
    assert "Of 8 people, talk to these 5 first." in words(page)
    reader.post("/capacity", token=reader.token("/"), capacity="2")
    assert people(reader.get("/").text) == LISTED[:2]
    assert len(people(signed_in(reader.client, Path(reader.client.app.state.service.settings.home)).get("/").text)) == 5


@pytest.mark.parametrize("capacity", ["0", "31", "-1", "two", "", "1.5", "9" * 30])
def test_a_capacity_that_is_none_is_refused(reader: Visitor, capacity: str) -> None:
    """Said in words, and the list stays."""
    answer = reader.post("/capacity", token=reader.token("/"), capacity=capacity)
    assert (answer.status_code, "from 1 to 30" in answer.text) == (400, True)


def test_a_row_says_what_is_known(reader: Visitor) -> None:
    """Name, band, chance and range in words, what changed, reasons that raise, the conversation due, how old data is.

    The 180-day risk is 0.496, its log-odds -0.016; with a spread of .3 the range is from 1 / (1 + exp(0.016 + 0.588)) =
    0.353 to 0.638.
    """
    told = words(reader.get("/").text)
    first = told[told.index("Ilse Aalto") : told.index("Björn")]
    assert first.startswith(
        "Ilse Aalto E000001 Sales / North Manager M0001 Very high chance About 1 in 2 leave within 6 months between 1 in 3 and 6 in 10 "
        "Rose since 31 Aug 2026"
    )
    assert "No conversation about what they want to do for 11 months Pay +0.0 % since 1 Jun 2025" in first
    assert "With the same manager for 17 months (context)" in first
    assert "Survey answers" not in first
    assert "What they want to do, 5 months overdue Records up to 12 Sep 2026, from 3 of 3 sources" in first
    assert "Scored on 15 Sep 2026, from records up to 12 Sep 2026 (2 days ago)." in told


def test_the_list_s_leavers_are_said_with_their_interval(reader: Visitor) -> None:
    """Of one person with a chance of a half: about one, between none and one."""
    assert HORIZON == 180
    reader.post("/capacity", token=reader.token("/"), capacity="1")
    told = words(reader.get("/").text)
    assert "The model expects fewer than 1 of them to leave within 6 months" in told
    assert "in 95 of 100 such lists it is between 0 and 1." in told


def test_scope_holds_for_lists_and_people(client: Client, home: Path, reader: Visitor) -> None:
    """Another unit's people, nobody's people and a unit's page that is not the reader's: one and the same answer."""
    assert "Finance" not in reader.get("/").text
    north = signed_in(client, home, "Sales/North")
    assert people(north.get("/").text) == LISTED
    paths = ("/people/E000009", "/seen/E000009", "/people/nobody", "/?org_unit=Finance", "/?org_unit=Nowhere")
    answers = [reader.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert (
        len(
            {
                re.sub(r"<time.*?</time>| aria-current=.page.| data-idle-ends=.[^\"]*.", "", answer.text)
                for answer in answers
            }
        )
        == 1
    )
    told = {"token": reader.token("/"), "action_type": "workload"}
    assert reader.post("/people/E000009/actions", **told).status_code == 404
    assert reader.post("/people/nobody/actions", **told).status_code == 404
    assert people(signed_in(client, home).get("/?org_unit=Sales/North").text) == LISTED


def test_who_is_shown_is_written_down_first(reader: Visitor, store: Engine) -> None:
    """Five of the list and one under way; one person; who saw them: a row each, before the page is."""
    for path in ("/", "/people/E000001", "/seen/E000001"):
        assert reader.get(path).status_code == 200
    assert logged(store) == [("page", 6), ("page person", 1), ("page seen", 1)]
    reader.get("/people/E000009")
    assert len(logged(store)) == 3
    told = words(reader.get("/seen/E000001").text)
    assert "read who saw them, of 15 Sep 2026" in told
    assert "saw them on the page of the week, of 15 Sep 2026" in told
    assert len(list(who.views(store, "E000001"))) == 4


def test_without_the_log_nobody_is_shown(reader: Visitor, store: Engine) -> None:
    """A chain that was tampered with: the page says so, and names nobody."""
    reader.get("/")
    with store.begin() as connection:
        connection.execute(update(access_head).values(hash="0" * 64))
    for path in ("/", "/people/E000001"):
        answer = reader.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "does not add up" in answer.text
        assert "E000001" not in answer.text.replace("/people/E000001", "")
        assert "Ilse" not in answer.text


def test_names_are_on_the_page_alone(reader: Visitor, client: Client, home: Path) -> None:
    """The API shows ids, as lists and as one person."""
    assert NAMES["E000001"] in reader.get("/").text
    headers = {"authorization": f"Bearer {person_key(home)}"}
    for path in ("/v1/risk-list", "/v1/employees/E000001/risk", "/v1/warnings"):
        answer = client("GET", path, headers=headers)
        assert answer.status_code == 200
        assert [name for name in NAMES.values() if name in answer.text] == []


def test_one_click_records_and_the_person_rests(reader: Visitor, store: Engine) -> None:
    """The row's own form, sent twice by a double click, is one action; the person moves to what is under way."""
    page = reader.get("/").text
    form = re.search(r'action="/people/E000002/actions">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
    assert fields["action_type"] == "stay_interview"
    for _ in range(2):
        answer = reader.post("/people/E000002/actions", **fields)
        (done,) = actions.of(store, ["E000002"])["E000002"]
        assert answer.headers["location"] == f"/?changed={done.id}"
    assert (done.action_type, done.state, done.occurred_at) == ("stay_interview", "done", "2026-09-17T00:00:00Z")
    page = reader.get(answer.headers["location"]).text
    assert "Recorded for Björn Østergård-Nakamura: Talked with them, 17 Sep 2026. They rest" in words(page)
    assert people(page) == ["E000001", "E000003", "E000004", "E000005", "E000006"]
    assert people(page, "people under") == ["E000007", "E000002"]


def test_what_is_begun_stays_until_it_is_done(reader: Visitor, store: Engine) -> None:
    """With a day to come back to it is open; done or given up, it is not; another person's id does not close it."""
    token = reader.token("/")
    told = {"token": token, "action_type": "workload", "day": "2026-09-01", "follow_up_on": "2026-10-01"}
    sent = reader.post("/people/E000001/actions", back="person", **told).headers["location"]
    (begun,) = actions.of(store, ["E000001"])["E000001"]
    assert sent == f"/people/E000001?changed={begun.id}"
    page = reader.get(sent).text
    assert "Recorded for Ilse Aalto: Changed the workload, 1 Sep 2026. It is open until it is done; come back" in words(
        page
    )
    assert "Open, come back on 1 Oct 2026" in words(page)
    path = f"actions/{begun.id}"
    assert reader.post(f"/people/E000002/{path}", token=token, state="done").status_code == 404
    assert reader.post(f"/people/E000001/{path}", token=token, state="never").status_code == 400
    assert actions.of(store, ["E000001"])["E000001"][0].state == "open"
    assert reader.post(f"/people/E000001/{path}", token=token, state="dropped").status_code == 303
    assert actions.of(store, ["E000001"])["E000001"][0].state == "dropped"


def test_what_was_recorded_can_be_taken_back_and_followed_up(reader: Visitor, store: Engine) -> None:
    """The note after a click has an undo, which has one too, and a day to come back on; the address names no person."""
    page = reader.get("/").text
    sent = press(reader, page, "/people/E000002/actions")
    (made,) = actions.of(store, ["E000002"])["E000002"]
    path = f"/people/E000002/actions/{made.id}"
    undone = press(reader, reader.get(sent).text, path)
    assert undone == f"/?changed={made.id}&was=done"
    assert state(store, "E000002") == ("dropped", None)
    page = reader.get(undone).text
    assert "Cancelled for Björn Østergård-Nakamura: Talked with them, 17 Sep 2026. It counts for nothing" in words(page)
    assert people(page) == LISTED
    assert "Last: Talked" not in words(page)
    assert press(reader, page, path) == f"/?changed={made.id}&was=dropped"
    assert state(store, "E000002") == ("done", None)
    later = press(reader, reader.get(sent).text, path, "later", follow_up_on="2026-10-05")
    assert state(store, "E000002") == ("open", "2026-10-05")
    page = reader.get(later).text
    assert "Talked with them, 17 Sep 2026. It is open until it is done; come back to it on 5 Oct 2026." in words(page)
    assert "E000002" not in sent + undone + later
    assert [reader.get(f"/?changed={id_}").text.count("What you just did") for id_ in ("0" * 32, made.id)] == [0, 1]


@pytest.mark.parametrize("back_on", ["2026-10-01", "2026-09-16"])
def test_taken_back_it_is_followed_up_on_the_day_it_was(reader: Visitor, store: Engine, back_on: str) -> None:
    """Done, cancelled, or put off, and undone: the day to come back is there again, also one that is past; undone, none."""
    (begun,) = actions.of(store, ["E000007"])["E000007"]
    actions.change(store, "E000007", begun.id, Change("open", back_on), "2026-09-17T08:00:00Z", None)
    path = f"/people/E000007/actions/{begun.id}"
    for state_, kind in (("done", "close"), ("dropped", "close"), ("open", "later")):
        more = {"follow_up_on": "2026-12-01"} if kind == "later" else {}
        page = reader.get(f"/?changed={begun.id}&was=open" if kind == "later" else "/").text
        sent = press(reader, page, path, kind, state=state_, **more)
        assert sent == f"/?changed={begun.id}&was=open&was_on={back_on}"
        assert state(store, "E000007") == (state_, more.get("follow_up_on"))
        back = press(reader, reader.get(sent).text, path, "close")
        assert state(store, "E000007") == ("open", back_on)
        again = press(reader, reader.get(back).text, path, "close")
        assert state(store, "E000007") == (state_, more.get("follow_up_on"))
        press(reader, reader.get(again).text, path, "close")
        assert state(store, "E000007") == ("open", back_on)


def test_taken_back_it_has_no_day_where_it_had_none(reader: Visitor, store: Engine) -> None:
    """Open without a day, given one, and undone: none again; what is no day in the address or a form is none."""
    (begun,) = actions.of(store, ["E000007"])["E000007"]
    actions.change(store, "E000007", begun.id, Change(clear=True), "2026-09-17T08:00:00Z", None)
    path = f"/people/E000007/actions/{begun.id}"
    sent = press(reader, reader.get(f"/?changed={begun.id}&was=open").text, path, "later", follow_up_on="2026-12-01")
    assert (sent, state(store, "E000007")) == (f"/?changed={begun.id}&was=open", ("open", "2026-12-01"))
    page = reader.get(f"{sent}&was_on=2026-9-1").text
    assert 'name="again_on" value=""' in page
    assert press(reader, page, path, "close", was_on="&was=x") == f"/?changed={begun.id}&was=open"
    assert state(store, "E000007") == ("open", None)


def test_what_was_done_outside_is_not_told(client: Client, home: Path, reader: Visitor, store: Engine) -> None:
    """The id of an action with somebody of another unit says nothing."""
    finance = signed_in(client, home, "Finance")
    sent = finance.post("/people/E000009/actions", token=finance.token("/"), action_type="other").headers["location"]
    assert "Recorded for E000009" in words(finance.get(sent).text)
    assert "E000009" not in reader.get(sent).text
    del store


def press(reader: Visitor, page: str, path: str, kind: str = "", **typed: str) -> str:
    """Send the first form to a path, as it stands on the page; where it leads."""
    form = re.search(rf'<form class="{kind or "[a-z]+"}" method="post" action="{path}">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
    return str(reader.post(path, **fields | typed).headers["location"])


def state(store: Engine, employee_id: str) -> tuple[str, str | None]:
    """State and follow-up of somebody's only action."""
    (one,) = actions.of(store, [employee_id])[employee_id]
    return one.state, one.follow_up_on


@pytest.mark.parametrize(
    "fields, field, said",
    [
        ({"action_type": "fired"}, "action_type", "Choose what was done."),
        ({"action_type": ""}, "action_type", "Choose what was done."),
        ({"action_type": "workload", "day": "2026-09-18"}, "day", "today at the latest"),
        ({"action_type": "workload", "day": "2025-01-01"}, "day", "Choose a day of the last year"),
        ({"action_type": "workload", "day": "yesterday"}, "day", "Choose a day of the last year"),
        ({"action_type": "workload", "follow_up_on": "2026-09-01"}, "follow_up_on", "That day is past."),
        ({"action_type": "workload", "follow_up_on": "2028-01-01"}, "follow_up_on", "within the next year"),
    ],
)
def test_a_form_with_a_fault_comes_back_as_it_was_typed(
    reader: Visitor, store: Engine, fields: dict[str, str], field: str, said: str
) -> None:
    """What is wrong stands beside its field, what was typed is kept, the way back too, and nothing is written."""
    answer = reader.post("/people/E000001/actions", token=reader.token("/"), back="person", **fields)
    assert (answer.status_code, "E000001" in actions.of(store, ["E000001"])) == (422, False)
    page = answer.text
    assert re.search(rf'<span class="wrong" id="{field}-wrong">[^<]*{said}', page)
    assert re.search(rf'name="{field}"[^>]* aria-invalid="true" aria-describedby="{field}-wrong"', page)
    assert ('<option value="workload" selected>' in page) == (fields["action_type"] == "workload")
    assert all(f'value="{typed}"' in page for name, typed in fields.items() if name != "action_type")
    assert 'name="back" value="person"' in page
    assert '<a href="/people/E000001">Back without recording' in page
    assert logged(store)[-1] == ("page record", 1)


def test_a_follow_up_in_the_past_comes_back_too(reader: Visitor, store: Engine) -> None:
    """Of what is there already only the day is asked again; of an action that is not there, nothing."""
    fields = {"token": reader.token("/"), "state": "open", "follow_up_on": "2026-09-16"}
    (begun,) = actions.of(store, ["E000007"])["E000007"]
    answer = reader.post(f"/people/E000007/actions/{begun.id}", **fields)
    assert answer.status_code == 422
    assert "That day is past. Choose today or a later day." in words(answer.text)
    assert 'value="2026-09-16"' in answer.text
    assert "action_type" not in answer.text
    assert state(store, "E000007") == ("open", "2026-10-01")
    assert reader.post("/people/E000007/actions/nothing", **fields).status_code == 404


def test_a_person_s_page_says_it_all(reader: Visitor) -> None:
    """The chances, the reasons with their signs, the history, the rhythm, what was done, and their rights."""
    page = reader.get("/people/E000002").text
    told = words(page)
    assert "About 4 in 10 people with records like these leave within 6 months." in told
    assert "Survey answers average 8.1 of 10 Lowers, medium" in told
    assert "No conversation about what they want to do for 11 months Raises, strong" in told
    assert "What they do 12 4 3 3 days ago" in told
    assert "How they do it 4 1 1 40 days ago" in told
    assert "What they want to do 2 1 0 not this year" in told
    assert page.count('<circle class="point') == 3
    assert page.count('<circle class="talk') == 6 + 2
    assert page.count('<line class="norm"') == 12 + 4 + 2 + 1
    assert "Nothing was recorded so far." in told
    assert "Tell the administrator of this system" in told
    assert "name this person by E000002" in told
    assert "python -m" not in told


def test_a_person_without_a_score_is_said_to_have_none(reader: Visitor) -> None:
    """Why, in words; no chance, no band, no reasons, and yet the rhythm and the rights."""
    told = words(reader.get("/people/E000010").text)
    assert "No score This person has given notice" in told
    assert "leave within" not in told.split("Risk over time")[0]
    assert "Rhythm of conversations" in told
    assert "Their rights" in told


def test_a_first_day_has_no_empty_chart(reader: Visitor, store: Engine) -> None:
    """With one run there is a sentence, and neither a chart nor a table of one row."""
    with store.begin() as connection:
        connection.execute(delete(tables.runs).where(tables.runs.c.as_of < "2026-09-15"))
    page = reader.get("/people/E000002").text
    assert "Risk over time Scored on one day so far; from the next scoring run on, a line stands here." in words(page)
    assert "As a table" not in words(page)
    assert '<circle class="point' not in page


def test_who_objects_is_gone_at_once(reader: Visitor, store: Engine) -> None:
    """From the list and from their own page, which answers as for nobody."""
    log = reader.client.app.state.service.log
    blocks.object_to(log, Caller("t", "admin", "", "t"), "E000001")
    time.sleep(blocks.FRESH_SECONDS)
    assert people(reader.get("/").text)[0] == "E000002"
    assert reader.get("/people/E000001").status_code == 404
    del store


def test_a_leader_sees_no_person(client: Client, home: Path, store: Engine) -> None:
    """The start leads to the teams, the menu has no list; people's pages are not for the role; nobody is noted as seen."""
    leader = signed_in(client, home, role="leader")
    assert leader.get("/").headers["location"] == "/teams"
    guide = leader.get("/guide").text
    assert 'href="/teams"' in guide
    assert "This week</a>" not in guide
    for path in ("/people/E000001", "/seen/E000001"):
        assert leader.get(path).status_code == 403
    assert logged(store) == []


def test_an_assignment_that_ends_takes_the_page_with_it(client: Client, home: Path, store: Engine) -> None:
    """A holder whose units ran out yesterday sees the kind page, and no person's."""
    key = person_key(home, name="Assigned")
    days = dt.date(2026, 1, 1), dt.date(2026, 1, 31)
    made = assigning.new(assigning.named(store, key), "Sales/North", days, "2026-01-01T00:00:00Z", "t")
    assigning.assign(client.app.state.service.log, Caller("t", "admin", "", "t"), made)
    visitor = Visitor(client)
    visitor.sign_in(key)
    assert "No unit is yours at the moment" in words(visitor.get("/").text)
    assert visitor.get("/people/E000001").status_code == 404


def test_a_first_page_of_many_is_quick(tmp_path: Path, trial: bool, figures: Any) -> None:
    """At 30,000 people the list of the week is served in well under a tenth of a second; printed, with its bytes."""
    home = written(tmp_path / "many", copies=3_000 if trial else 30)
    with Client(create_app(Settings(home=home), {}, today=lambda: TODAY)) as client:
        reader = signed_in(client, home)
        times = []
        for path in ("/", "/people/E000001"):
            for _ in range(5):
                began = time.perf_counter()
                answer = reader.get(path)
                times.append((path, time.perf_counter() - began))
            assert answer.status_code == 200
            assert len(answer.content) < 150_000
    found = {
        f"{path} at {len(RISKS) * (3_000 if trial else 30):,}": f"{1000 * min(t for p, t in times if p == path):.0f} ms"
        for path in ("/", "/people/E000001")
    }
    print(found)
    figures("page_first", found)
