-- Monthly staff reports -> signals, dated at the end of the month or quarter they speak of.
-- Business value of a month is known when the month is over.
-- A quarter's rating stands on all three reports of the quarter, also on those before the quarter's end: of 469 people rated
-- 2 or better who sold nothing in the first month, all sold in the other two; of 1,400 rated 1, two in five did. It was
-- filled in afterwards. Read off the first month it would tell who is still there two months later, so it counts from
-- the quarter's end, where the quarter's last report has it.
-- Rows of a leaver's last month are dated after the exit and stay outside by the rule on exits.
WITH reports AS (
    SELECT
        Emp_ID AS employee_id,
        CAST(strptime("MMM-YY", '%m-%d-%Y') AS DATE) AS month,
        CAST("Total Business Value" AS DOUBLE) AS business_value,
        CAST("Quarterly Rating" AS DOUBLE) AS quarterly_rating
    FROM read_csv('monthly.csv.gz', all_varchar = true)
)
SELECT employee_id, last_day(month) AS occurred_at, 'business_value' AS name, business_value AS value
FROM reports
UNION ALL
SELECT employee_id, last_day(month), 'quarterly_rating', quarterly_rating
FROM reports
WHERE month(month) IN (3, 6, 9, 12)
ORDER BY occurred_at, employee_id, name
