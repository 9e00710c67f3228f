-- The file has one state a person, the last: manager, department and position are taken as held since the hire.
-- Salary cannot be: what a leaver of 2012 and a colleague of 2019 earned at last tells their years apart. It is therefore a
-- fact of the day the file was written (the latest date in it), and only of who was still there.
-- Departments are units; their one slash is no path. A manager's missing number is taken from a namesake row.
WITH people AS (
    SELECT
        EmpID AS employee_id,
        CAST(strptime(DateofHire, '%m/%d/%y') AS DATE) AS hire_date,
        DateofTermination IS NULL AS present,
        coalesce(ManagerID, max(ManagerID) OVER (PARTITION BY ManagerName)) AS manager_id,
        replace(trim(Department), '/', '-') AS org_unit,
        trim(Position) AS job_title,
        CAST(Salary AS DOUBLE) AS salary,
        CAST(max(strptime(LastPerformanceReview_Date, '%m/%d/%y')) OVER () AS DATE) AS written
    FROM read_csv('HRDataset_v14.csv', all_varchar = true)
)
SELECT
    employee_id,
    hire_date AS effective_date,
    'hire' AS event,
    manager_id,
    org_unit,
    job_title,
    CAST(NULL AS DOUBLE) AS base_salary
FROM people
UNION ALL
SELECT employee_id, written, 'data_change', NULL, NULL, NULL, salary
FROM people
WHERE present
ORDER BY employee_id, effective_date
