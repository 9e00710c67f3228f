"""Topics as people say them: what moves a group's risk stands in the store by short names."""

from typing import Final

_SAID: Final = {
    "cancelled by the employee": "conversations cancelled by the employee",
    "cancelled manager": "conversations cancelled by the manager",
    "changes": "job changes",
    "count": "number of comments",
    "enps": "eNPS",
    "escalated": "escalated tickets",
    "fte": "working hours",
    "kept": "conversations kept in the team",
    "level": "job level",
    "manager": "changes of manager",
    "private answers": "confidential answers of the group",
    "private comments": "confidential comments of the group",
    "rehired": "having been here before",
    "reopened": "reopened tickets",
    "role days": "time in the role",
    "size": "size of the team",
    "survey": "colleagues' survey answers",
    "survey gap": "answers beside those of colleagues",
    "tenure days": "time with the company",
    "unit": "changes of unit",
    "urgent": "urgent tickets",
}
"""Names that say too little without the column they come from."""


def topic(name: str) -> str:
    """What moves a group's risk, as people say it.

    >>> topic("signal goal_progress"), topic("team signal_customer_nps"), topic("pay range"), topic("kept")
    ('goal progress', 'team customer nps', 'pay range', 'conversations kept in the team')
    """
    return _SAID.get(name) or name.replace("signal_", "").removeprefix("signal ").replace("_", " ")
