"""Pseudonyms: the access log knows a person as an HMAC of their id under a random key of their own.

The key stands in one row of `subjects` and nowhere else. Once it is destroyed, nobody can say whose rows those were,
not even who guesses the id.
"""

import hmac
import secrets
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, insert, select

from service.store.audit_tables import subjects

AT_ONCE: Final = 5_000
"""So many ids one statement names."""
_LETTERS: Final = 32
"""Hexadecimal digits of a pseudonym: 128 bits."""


def pseudonym(key: str, employee_id: str) -> str:
    """The pseudonym of a person under their key.

    >>> pseudonym("00" * 32, "E1")
    'be7860a21bc7ac27bd3b27c5e377dede'
    """
    return hmac.digest(bytes.fromhex(key), employee_id.encode("utf-8", "surrogatepass"), "sha256").hex()[:_LETTERS]


def known(connection: Connection, employee_ids: Sequence[str]) -> dict[str, str]:
    """The pseudonyms of those among these people who have one."""
    found: dict[str, str] = {}
    for part in parts(employee_ids):
        query = select(subjects).where(subjects.c.employee_id.in_(part))
        found |= {row.employee_id: pseudonym(row.key, row.employee_id) for row in connection.execute(query)}
    return found


def of(connection: Connection, employee_ids: Sequence[str]) -> dict[str, str]:
    """The pseudonyms of all these people, made where there was none. The caller holds the chain's end."""
    found = known(connection, employee_ids)
    new = [
        {"employee_id": one, "key": secrets.token_hex(32)} for one in dict.fromkeys(employee_ids) if one not in found
    ]
    if new:
        connection.execute(insert(subjects), new)
        found |= {row["employee_id"]: pseudonym(row["key"], row["employee_id"]) for row in new}
    return found


def parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in parts that one statement can name."""
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
