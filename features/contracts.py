"""The tables of a data folder, declared: columns, kinds, ranges, keys and the rules between columns.

Everything that judges a row derives from `TABLES`: the Polars schemas of the door (`schemas`), the check of posted rows
and the documentation. This file only declares; it imports neither Polars nor pandera, so the server may read it.
"""

from typing import Final

from features.table_spec import Above, AnyOf, Column, NotBefore, NotWith, Table, Within

_EMPLOYEE: Final = Column("employee_id", "id", required=True)
TERMINATION_TYPES: Final = (
    "voluntary",
    "involuntary",
    "redundancy",
    "end_of_contract",
    "retirement",
    "mutual",
    "other",
)
JOB_EVENTS: Final = (
    "hire",
    "rehire",
    "promotion",
    "demotion",
    "transfer",
    "manager_change",
    "pay_change",
    "data_change",
)
ACTION_TYPES: Final = (
    "stay_interview",
    "compensation_review",
    "role_change",
    "workload",
    "recognition",
    "learning",
    "other",
)

EMPLOYEES: Final = Table(
    "employees",
    (
        _EMPLOYEE,
        Column("hire_date", "date", required=True),
        Column("resignation_date", "date"),
        Column("termination_date", "date"),
        Column("termination_type", "enum", values=TERMINATION_TYPES),
        Column("exit_recorded_at", "time", happened=True),
        Column("employment_type", "text"),
        Column("country", "text"),
    ),
    required=True,
    key=("employee_id", "hire_date"),
    day="hire_date",
    rules=(NotBefore("resignation_date", "hire_date"), NotBefore("termination_date", "hire_date")),
)
JOB_HISTORY: Final = Table(
    "job_history",
    (
        _EMPLOYEE,
        Column("effective_date", "date", required=True),
        Column("event", "enum", required=True, values=JOB_EVENTS),
        Column("manager_id", "id"),
        Column("org_unit", "text"),
        Column("job_family", "text"),
        Column("job_title", "text"),
        Column("job_level", "text"),
        Column("location", "text"),
        Column("employment_type", "text"),
        Column("fte", "number", least=0),
        Column("base_salary", "number", least=0),
        Column("currency", "text"),
        Column("compa_ratio", "number", least=0),
        Column("recorded_at", "time", happened=True),
    ),
    required=True,
    key=("employee_id", "effective_date", "event"),
    day="effective_date",
)
SURVEYS: Final = Table(
    "surveys",
    (
        Column("survey_id", "id", required=True),
        Column("employee_id", "id"),
        Column("org_unit", "text"),
        Column("survey_type", "enum", values=("onboarding", "pulse", "engagement", "exit", "other")),
        Column("sent_at", "time", required=True),
        Column("responded_at", "time", happened=True),
        Column("driver", "text", required=True),
        Column("score", "number"),
        Column("scale_min", "number"),
        Column("scale_max", "number"),
        Column("comment", "comment"),
        Column("language", "text"),
        Column("attribution", "enum", values=("identified", "confidential", "anonymous"), default="identified"),
    ),
    key=("survey_id", "survey_type", "employee_id", "driver"),
    day="sent_at",
    rules=(
        AnyOf(("employee_id", "org_unit")),
        NotBefore("responded_at", "sent_at"),
        Above("scale_max", "scale_min"),
        Within("score", "scale_min", "scale_max"),
    ),
    refuses="driver",
)
TICKETS: Final = Table(
    "tickets",
    (
        Column("ticket_id", "id", required=True),
        _EMPLOYEE,
        Column("opened_at", "time", required=True, happened=True),
        Column("first_response_at", "time", happened=True),
        Column("resolved_at", "time", happened=True),
        Column("category", "text"),
        Column("priority", "text"),
        Column("escalated", "bool"),
        Column("reopen_count", "integer", least=0),
        Column("csat", "number"),
        Column("csat_max", "number", above=0, default=5),
    ),
    key=("ticket_id",),
    day="opened_at",
    rules=(
        NotBefore("first_response_at", "opened_at"),
        NotBefore("resolved_at", "opened_at"),
        Within("csat", 0, "csat_max"),
    ),
    refuses="category",
)
CHECKINS: Final = Table(
    "checkins",
    (
        Column("checkin_id", "id", required=True),
        _EMPLOYEE,
        Column("manager_id", "id"),
        Column("scheduled_at", "time", required=True),
        Column("held_at", "time", happened=True),
        Column("status", "enum", values=("scheduled", "held", "missed", "cancelled")),
        Column("cancelled_by", "enum", values=("employee", "manager", "other")),
        Column("conversation_type", "enum", values=("what", "how", "want", "other"), default="other"),
    ),
    key=("checkin_id",),
    day="scheduled_at",
    rules=(NotWith("held_at", "status", ("missed", "cancelled")),),
)
SIGNALS: Final = Table(
    "signals",
    (
        _EMPLOYEE,
        Column("occurred_at", "time", required=True),
        Column("name", "text", required=True),
        Column("value", "number"),
        Column("recorded_at", "time", happened=True),
    ),
    day="occurred_at",
    refuses="name",
)
TEAM_SIGNALS: Final = Table(
    "team_signals",
    (
        Column("org_unit", "text"),
        Column("manager_id", "id"),
        Column("occurred_at", "time", required=True),
        Column("name", "text", required=True),
        Column("value", "number"),
        Column("recorded_at", "time", happened=True),
    ),
    day="occurred_at",
    rules=(AnyOf(("org_unit", "manager_id")),),
    refuses="name",
)
ABSENCES: Final = Table(
    "absences",
    (_EMPLOYEE, Column("start_date", "date", required=True), Column("end_date", "date")),
    day="start_date",
    rules=(NotBefore("end_date", "start_date"),),
)
ACTIONS: Final = Table(
    "actions",
    (
        _EMPLOYEE,
        Column("action_type", "enum", values=ACTION_TYPES),
        Column("occurred_at", "time"),
        Column("actor_id", "id"),
    ),
)
OBJECTIONS: Final = Table(
    "objections",
    (_EMPLOYEE, Column("objected_at", "time", required=True), Column("withdrawn_at", "time")),
    rules=(NotBefore("withdrawn_at", "objected_at"),),
)
PROTECTED: Final = Table("protected", (_EMPLOYEE,), open=True)
DIRECTORY: Final = Table("directory", (_EMPLOYEE, Column("display_name", "text"), Column("work_email", "text")))

TABLES: Final[tuple[Table, ...]] = (
    EMPLOYEES,
    JOB_HISTORY,
    SURVEYS,
    TICKETS,
    CHECKINS,
    SIGNALS,
    TEAM_SIGNALS,
    ABSENCES,
    ACTIONS,
    OBJECTIONS,
    PROTECTED,
    DIRECTORY,
)
"""Every table a data folder may hold, in the order of the contract."""


def default_scale(driver: str) -> tuple[float, float]:
    """The scale of a survey question that names none: 0 to 10 for `enps`, 1 to 5 for every other driver."""
    return (0.0, 10.0) if driver == "enps" else (1.0, 5.0)
