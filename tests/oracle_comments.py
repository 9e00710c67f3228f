"""The slow, obvious way from a comment to a number: every run of letters written out, hashed and looked up by itself."""

import datetime as dt
import math
import unicodedata

from features.sentiment import Valence
from tests.companies import VALENCE, Row
from tests.oracle import Employment, Value, World, day, within

Dated = tuple[dt.date, dt.date, float]

BITS = 0xFFFFFFFF


def runs(text: str) -> set[str]:
    """All runs of 2 to 5 characters within the words of a text, each word between two blanks."""
    found = set()
    for word in unicodedata.normalize("NFC", text[:2000]).lower().split():
        padded = f" {word} "
        found |= {padded[at : at + size] for size in range(2, 6) for at in range(len(padded) - size + 1)}
    return found


def number(run: str) -> int:
    """A run as one of 2^18 numbers: FNV-1a over code points, and the last step of MurmurHash3."""
    value = 0x811C9DC5
    for character in run:
        value = ((value ^ ord(character)) * 0x01000193) & BITS
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & BITS
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & BITS
    return (value ^ (value >> 16)) % 2**18


def tone(text: str, valence: Valence = VALENCE) -> Value:
    """How a comment sounds; None where too little of it is known."""
    numbers = {number(run) for run in runs(text)}
    weights = [int(valence.weights[place]) for place in numbers]
    known = sum(weight != 0 for weight in weights)
    if known < 5 or known < len(numbers) * valence.least_share / 2**20:
        return None
    value = (sum(weights) / math.sqrt(len(numbers)) + valence.offset) / 2**24
    return round(min(max(value, -1.0), 1.0) * 2**20) / 2**20


def tones(rows: list[Row]) -> list[Dated]:
    """The comments that can be read, dated by the day of their answer."""
    given = [
        (day(row["responded_at"]), tone(row["comment"])) for row in rows if {"responded_at", "comment"} <= set(row)
    ]
    return [(when, when, value) for when, value in given if value is not None]


def comments(world: World, one: Employment, t: dt.date) -> dict[str, Value]:
    """A person's comments by name: how many, how they sound, the last one, how that moved, how many are negative."""
    if "surveys" not in world.sources:
        return {}
    named = [r for r in one.surveys if r.get("attribution", "identified") == "identified"]
    said = [event for event in tones(named) if event[0] <= t]
    year = [v for e, k, v in said if within(one, e, k, t, 365)]
    half = [v for e, k, v in said if within(one, e, k, t, 180)]
    before = [v for e, k, v in said if within(one, e, k, t, 365) and not within(one, e, k, t, 180)]
    return {
        "comments_count_365": float(len(year)),
        "comments_tone_365": drawn(year),
        "comments_tone_last": max(said)[2] if said else None,
        "comments_tone_trend": drawn(half) - drawn(before) if half and before else None,  # type: ignore[operator]
        "comments_negative_365": sum(value <= -0.15 for value in year) / len(year) if year else None,
    }


def drawn(values: list[float]) -> Value:
    """The mean with two average comments (0) among them."""
    return math.fsum(values) / (len(values) + 2) if values else None
