-- Monthly staff reports -> employments: one per person and joining date (coming back would bring a new joining date).
-- Dates come as 12/24/2015, 3/4/2016 and 03-11-2016, month first in all of them.
-- LastWorkingDate stands on a leaver's last report only. It carries no reason: every such exit counts as voluntary.
-- No exit_recorded_at: when the exit became known is not in the file, so it is known from its day.
-- Reports begin in January 2016: whoever joined and left earlier is not in the file, and whoever joined earlier is seen from
-- then on only, as the earliest signal says.
-- The exit dates of July and August 2017 look wrong (70 on one day, then almost none); nothing better is known.
-- 24 people stop being reported before the last report and have no LastWorkingDate. Whether they chose to go is unknown,
-- and to keep them as staff would be wrong: their observation ends ("other", a competing exit) with the last month they
-- were reported, which nobody could know before the next month's report came without them.
WITH reports AS (
    SELECT
        Emp_ID AS employee_id,
        CAST(strptime("MMM-YY", '%m-%d-%Y') AS DATE) AS month,
        CAST(strptime(replace(Dateofjoining, '/', '-'), '%m-%d-%Y') AS DATE) AS hire_date,
        CAST(strptime(replace(LastWorkingDate, '/', '-'), '%m-%d-%Y') AS DATE) AS last_working_date
    FROM read_csv('monthly.csv.gz', all_varchar = true)
),
spells AS (
    SELECT
        employee_id,
        hire_date,
        max(last_working_date) AS last_working_date,
        max(month) AS last_month,
        max(month) < (SELECT max(month) FROM reports) AS stops_early
    FROM reports
    GROUP BY employee_id, hire_date
)
SELECT
    employee_id,
    hire_date,
    CASE
        WHEN last_working_date IS NOT NULL THEN last_working_date
        WHEN stops_early THEN last_day(last_month)
    END AS termination_date,
    CASE
        WHEN last_working_date IS NOT NULL THEN 'voluntary'
        WHEN stops_early THEN 'other'
    END AS termination_type,
    CASE
        WHEN last_working_date IS NULL AND stops_early THEN last_day(last_month + INTERVAL 1 MONTH)
    END AS exit_recorded_at
FROM spells
ORDER BY employee_id, hire_date
