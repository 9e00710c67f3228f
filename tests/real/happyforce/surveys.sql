-- The app asks for one vote a day, 1 to 4: each day is a survey of one question, answered on that day or not at all.
-- Asked are those who have voted before, on weekdays on which somebody in the company voted (so nobody counts as silent on
-- a holiday, nor after the whole company has stopped), and whoever voted all the same on another day.
-- Which days these were is known on each of them. A leaver's questions run on to the exit day like everybody's: the engine
-- drops what is dated from then on, so how many there are tells nothing about leaving.
-- The few who voted twice on a day count with the mean of both.
WITH votes AS (
    SELECT
        companyAlias AS company,
        companyAlias || '-' || employee AS employee_id,
        CAST(strptime(substr(voteDate, 5, 7) || right(voteDate, 4), '%b %d %Y') AS DATE) AS day,
        avg(CAST(vote AS DOUBLE)) AS vote
    FROM read_csv('votes.csv.gz', all_varchar = true)
    WHERE TRY_CAST(employee AS INTEGER) > 0
    GROUP BY ALL
),
days AS (
    SELECT company, day FROM votes WHERE isodow(day) <= 5 GROUP BY ALL
),
people AS (
    SELECT company, employee_id, min(day) AS first_day FROM votes GROUP BY ALL
),
asked AS (
    SELECT company, employee_id, day FROM people JOIN days USING (company) WHERE day >= first_day
    UNION
    SELECT company, employee_id, day FROM votes
)
SELECT
    CAST(day AS VARCHAR) AS survey_id,
    employee_id,
    'pulse' AS survey_type,
    day AS sent_at,
    CASE WHEN vote IS NOT NULL THEN day END AS responded_at,
    'mood' AS driver,
    vote AS score,
    1 AS scale_min,
    4 AS scale_max
FROM asked LEFT JOIN votes USING (company, employee_id, day)
ORDER BY day, employee_id
