"""The tables of the page: who is signed in, one-time links, what a holder chose, and what only the page shows of people.

They are made with `service.store.tables`' and change by the same migrations. Names stand here and nowhere else; so do the
conversations of the last year. Both belong to a run, and only the newest one has any.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from service.store.tables import METADATA

DIGEST: Final = 64

sessions = Table(
    "sessions",
    METADATA,
    Column("digest", String(DIGEST), primary_key=True, comment="SHA-256 of what the browser holds, hexadecimal"),
    Column("key_prefix", String(8), comment="public part of the key that it stands for; null: of a person's account"),
    Column("person", Text, comment="JSON: of an account, pseudonym, role and unit; null: it stands for a key"),
    Column("ends_at", String(32), comment="RFC 3339, UTC: of an account, when its token ends"),
    Column("opened_at", String(32), nullable=False, comment="RFC 3339, UTC"),
    Column("seen_at", String(32), nullable=False, comment="RFC 3339, UTC: last use, to about a minute"),
)
"""Who is signed in, by a key or by an account of the identity provider. A session ends with its key or token."""

sign_in_codes = Table(
    "sign_in_codes",
    METADATA,
    Column("digest", String(DIGEST), primary_key=True, comment="SHA-256 of the code in the link, hexadecimal"),
    Column("key_prefix", String(8), nullable=False, comment="public part of the key that it stands for"),
    Column("ends_at", String(32), nullable=False, comment="RFC 3339, UTC"),
)
"""One-time links that were not used yet; using one removes it."""

page_choices = Table(
    "page_choices",
    METADATA,
    Column("holder", String(DIGEST), primary_key=True, comment="public part of the key, or pseudonym of the person"),
    Column("capacity", Integer, nullable=False, comment="for how many conversations a week there is time"),
)
"""What a holder chose for their page."""

page_people = Table(
    "page_people",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("employee_id", Text, primary_key=True),
    Column("display_name", Text, comment="from the table directory; null: none given"),
    Column("work_email", Text, comment="from the table directory; null: none given"),
    Column(
        "conversations", LargeBinary, comment="of the last year, as service.page.rhythm packs them; null: no source"
    ),
)
"""What the page alone shows of the people of the newest run."""

Index("sessions_by_key", sessions.c.key_prefix)
Index("page_people_by_person", page_people.c.employee_id)
