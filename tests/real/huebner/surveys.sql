-- Two scores a person, without a date. The one date near them, LastPerformanceReview_Date, must not stand in: staff were
-- last reviewed in the file's last weeks and leavers before they left, so having an answer on an earlier day would mean
-- having left. What is certain is that the scores were known when the file was written (the latest date in it): they
-- count from that day, for those still there. No earlier day sees one.
WITH people AS (
    SELECT
        EmpID AS employee_id,
        CAST(EngagementSurvey AS DOUBLE) AS engagement,
        CAST(EmpSatisfaction AS DOUBLE) AS satisfaction,
        CAST(max(strptime(LastPerformanceReview_Date, '%m/%d/%y')) OVER () AS DATE) AS written,
        DateofTermination IS NULL AS present
    FROM read_csv('HRDataset_v14.csv', all_varchar = true)
)
SELECT
    'undated' AS survey_id,
    employee_id,
    'engagement' AS survey_type,
    written AS sent_at,
    written AS responded_at,
    driver,
    score,
    1 AS scale_min,
    5 AS scale_max
FROM people
UNPIVOT (score FOR driver IN (engagement, satisfaction))
WHERE present
ORDER BY employee_id, driver
