"""What is left out at the door because it names a protected fact: words of column and signal names, ticket categories.

Names are read as snake_case: ``DateOfBirth`` and ``date-of-birth`` are the words date, of, birth. A name is denied when
one of its whole words is in `WORDS`, or when the words of one of `PHRASES` follow each other in it. Nothing here knows
tables: the door and the check of posted rows ask the same functions. Columns of the contract are never asked about.
"""

import re
import unicodedata
from typing import Final

WORDS_BY_FACT: Final[dict[str, str]] = {
    "health": (
        "allergies allergy bmi cancer clinic clinical covid diabetes diagnoses diagnosis diagnostic disease doctor "
        "fmla health healthcare hiv hospital hospitalised hospitalized ill illness illnesses injured injuries injury "
        "medical medically medication medicine psychiatric psychological sick sickday sickdays sickleave sickness "
        "smoker surgery symptom symptoms therapist therapy vaccinated vaccination vaccine"
    ),
    "disability": (
        "accommodation accommodations adhd autism autistic deaf disabilities disability disabled dyslexia handicap "
        "handicapped impaired impairment impairments neurodivergent neurodiverse neurodiversity wheelchair"
    ),
    "pregnancy": (
        "breastfeeding childbirth fertility ivf lactation maternal maternity miscarriage parental paternal paternity "
        "pregnancies pregnancy pregnant"
    ),
    "union": "union unionisation unionised unionization unionized unions",
    "religion": (
        "atheist buddhist catholic christian church creed denomination faith hindu islam islamic jewish mosque muslim "
        "protestant religion religions religious synagogue"
    ),
    "ethnicity": (
        "ancestry asian bipoc caste caucasian ethnic ethnicities ethnicity hispanic indigenous latina latino latinx "
        "race racial tribe"
    ),
    "age": "age aged agegroup ageband agerange ages",
    "birth date": ("birth birthdate birthday birthdays birthplace births birthyear born dateofbirth dob yob"),
    "gender": (
        "bisexual female females gay gender genders lesbian lgbt lgbtq lgbtqia male males men nonbinary pronoun "
        "pronouns queer sex sexes sexual sexuality transgender woman women"
    ),
    "nationality": (
        "citizen citizens citizenship citizenships immigrant immigration migrant nationalities nationality passport "
        "passports refugee visa visas"
    ),
    "marital": (
        "divorce divorced fiance fiancee husband marital marriage married spousal spouse spouses widow widowed "
        "widower wife"
    ),
    "family": (
        "babies baby caregiver caregiving carer child childcare children daughter dependant dependants dependent "
        "dependents eldercare families family father household kid kids mother parent parenthood parents son "
        "stepchild"
    ),
}
"""Denied words, grouped by the fact they name."""

PHRASES: Final = (
    ("civil", "partner"),
    ("civil", "partnership"),
    ("civil", "status"),
    ("country", "of", "origin"),
    ("maiden", "name"),
    ("national", "origin"),
    ("non", "binary"),
    ("relationship", "status"),
    ("residence", "permit"),
    ("shop", "steward"),
    ("skin", "color"),
    ("skin", "colour"),
    ("work", "permit"),
    ("works", "council"),
    ("years", "old"),
)
"""Denied where these words follow each other; each alone is harmless."""

WORDS: Final = frozenset(" ".join(WORDS_BY_FACT.values()).split())

CATEGORIES: Final = frozenset(
    {
        "employee_relations",
        "grievance",
        "whistleblowing",
        "harassment",
        "medical",
        "accommodation",
        "leave_medical",
        "union",
        "legal",
    }
)
"""Ticket categories that never come in."""

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAK: Final = re.compile(r"[^a-z]+")


def words(name: str) -> tuple[str, ...]:
    """The lower-case words of a name, accents and digits aside.

    >>> words("DateOfBirth"), words("age_2024"), words("Sick-Leave days")
    (('date', 'of', 'birth'), ('age',), ('sick', 'leave', 'days'))
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return tuple(word for word in _BREAK.split(_CAMEL.sub("_", plain).lower()) if word)


def denied_name(name: str) -> bool:
    """Whether a column, signal or driver of this name is left out.

    >>> denied_name("marital_status"), denied_name("average_handling_time")
    (True, False)
    """
    found = words(name)
    if not WORDS.isdisjoint(found):
        return True
    return any(found[at : at + len(phrase)] == phrase for phrase in PHRASES for at in range(len(found)))


def category_key(category: str) -> str:
    """A ticket category as the lists write it: ``Employee Relations`` is ``employee_relations``."""
    return "_".join(re.split(r"[\s_\-]+", category.strip().lower()))


def denied_category(category: str) -> bool:
    """Whether tickets of this category are left out."""
    return category_key(category) in CATEGORIES
