-- Monthly staff reports -> changes of the job.
-- A report dated the 1st of a month speaks of that month (somebody hired on the 20th is in it), so what it says is known at
-- the month's end, and a change between two reports takes effect then.
-- The hire row holds what the joining date itself fixes: the grade on joining, and the city, which never changes here.
-- The first report brings salary and present grade as plain data: when they were reached is not in the file.
-- There are no managers and no units; City is the location. Education is left out.
WITH reports AS (
    SELECT
        Emp_ID AS employee_id,
        last_day(strptime("MMM-YY", '%m-%d-%Y')) AS month_end,
        CAST(strptime(replace(Dateofjoining, '/', '-'), '%m-%d-%Y') AS DATE) AS hire_date,
        CAST("Joining Designation" AS INTEGER) AS joining_grade,
        CAST(Designation AS INTEGER) AS grade,
        CAST(Salary AS DOUBLE) AS salary,
        City AS city
    FROM read_csv('monthly.csv.gz', all_varchar = true)
),
steps AS (
    SELECT
        *,
        lag(grade) OVER spell AS grade_before,
        lag(salary) OVER spell AS salary_before
    FROM reports
    WINDOW spell AS (PARTITION BY employee_id, hire_date ORDER BY month_end)
)
SELECT
    employee_id,
    min(hire_date) AS effective_date,
    'hire' AS event,
    CAST(min(joining_grade) AS VARCHAR) AS job_level,
    min(city) AS location,
    CAST(NULL AS DOUBLE) AS base_salary
FROM reports
GROUP BY employee_id, hire_date
UNION ALL
SELECT
    employee_id,
    month_end,
    CASE
        WHEN grade_before IS NULL THEN 'data_change'
        WHEN grade > grade_before THEN 'promotion'
        WHEN grade < grade_before THEN 'demotion'
        ELSE 'pay_change'
    END,
    CAST(grade AS VARCHAR),
    NULL,
    salary
FROM steps
WHERE grade_before IS NULL OR grade <> grade_before OR salary <> salary_before
ORDER BY employee_id, effective_date, event
