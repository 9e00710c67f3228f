-- Accounts of a mood app at 17 companies -> employments, one per (companyAlias, employee): numbers repeat across companies.
-- Negative numbers are deleted accounts and other text (#NAME?) is none at all; both stay outside.
-- There is no hire date and no exit date. The first vote stands for the one. For the other stands a proxy: an account
-- that is gone in the export (stillExists false) left 14 days after the last thing it did, a vote or a comment, and no
-- later than the export. It means "left the app" and must not be quoted as staff turnover.
-- stillExists decides on the exit and nothing else; numVotes and lastParticipationDate are not read at all. An account
-- with several rows is there as long as one of them says so; who never voted has no history and is left out.
-- What the proxy brings with it: nobody leaves after more than 14 days of silence without having come back, so silence
-- beyond that speaks for staying. Every model sees the same, and none sees whether an account will vote again.
WITH votes AS (
    SELECT
        companyAlias || '-' || employee AS employee_id,
        CAST(strptime(substr(voteDate, 5, 7) || right(voteDate, 4), '%b %d %Y') AS DATE) AS day
    FROM read_csv('votes.csv.gz', all_varchar = true)
    WHERE TRY_CAST(employee AS INTEGER) > 0
),
comments AS (
    SELECT
        companyAlias || '-' || employee AS employee_id,
        CAST(strptime(substr(commentDate, 5, 7) || right(commentDate, 4), '%b %d %Y') AS DATE) AS day
    FROM read_csv('comments.csv.gz', all_varchar = true)
    WHERE TRY_CAST(employee AS INTEGER) > 0 AND commentDate IS NOT NULL
),
accounts AS (
    SELECT companyAlias || '-' || employee AS employee_id, bool_or(stillExists = 'true') AS there
    FROM read_csv('churn.csv.gz', all_varchar = true)
    WHERE TRY_CAST(employee AS INTEGER) > 0
    GROUP BY ALL
),
activity AS (
    SELECT employee_id, max(day) AS last_day
    FROM (SELECT * FROM votes UNION ALL SELECT * FROM comments)
    GROUP BY employee_id
),
firsts AS (
    SELECT employee_id, min(day) AS hire_date FROM votes GROUP BY employee_id
)
SELECT
    employee_id,
    hire_date,
    CASE WHEN NOT there THEN least(last_day + 14, (SELECT max(last_day) FROM activity)) END AS resignation_date
FROM firsts JOIN activity USING (employee_id) JOIN accounts USING (employee_id)
ORDER BY employee_id
