"""The features room's settings: defaults, forms, and what is said about a bad one."""

import re

import pytest

from features.errors import SettingError
from features.settings import FeatureSettings


def test_defaults_hold_where_nothing_is_set() -> None:
    """An absent or blank variable keeps the contract's default."""
    expected = FeatureSettings(
        rejects_share=0.05,
        offboarding_categories=("offboarding", "exit", "equipment_return", "final_pay", "knowledge_transfer"),
        cadence=(12, 4, 2),
    )
    assert FeatureSettings.from_env({}) == expected
    assert FeatureSettings.from_env({"RETENTION_CADENCE": " "}) == expected


def test_every_setting_is_read() -> None:
    """Each variable has its form."""
    environ = {
        "RETENTION_REJECTS_SHARE": "0.2",
        "RETENTION_OFFBOARDING_CATEGORIES": "Leaving, gone ,",
        "RETENTION_CADENCE": "6:2:1",
    }
    assert FeatureSettings.from_env(environ) == FeatureSettings(0.2, ("leaving", "gone"), (6, 2, 1))


@pytest.mark.parametrize(
    "name, value, form",
    [
        ("RETENTION_REJECTS_SHARE", "5%", "a number from 0 to 1, such as 0.05 for 5 %."),
        ("RETENTION_REJECTS_SHARE", "1.1", "a number from 0 to 1, such as 0.05 for 5 %."),
        ("RETENTION_REJECTS_SHARE", "nan", "a number from 0 to 1, such as 0.05 for 5 %."),
        ("RETENTION_OFFBOARDING_CATEGORIES", ",", "category names separated by commas."),
        ("RETENTION_CADENCE", "12:4", "conversations a year as what:how:want, such as 12:4:2."),
        ("RETENTION_CADENCE", "12:0:2", "conversations a year as what:how:want, such as 12:4:2."),
        ("RETENTION_CADENCE", "12:4:-2", "conversations a year as what:how:want, such as 12:4:2."),
    ],
)
def test_a_bad_setting_names_its_form(name: str, value: str, form: str) -> None:
    """The message holds the variable, what it was, and what it must be."""
    with pytest.raises(SettingError, match=f"^{name} is '{re.escape(value)}'; it must be {re.escape(form)}$"):
        FeatureSettings.from_env({name: value})
