-- The company using the app is the unit and, for want of a manager, the team: people are compared with their colleagues.
SELECT
    companyAlias || '-' || employee AS employee_id,
    min(CAST(strptime(substr(voteDate, 5, 7) || right(voteDate, 4), '%b %d %Y') AS DATE)) AS effective_date,
    'hire' AS event,
    companyAlias AS manager_id,
    companyAlias AS org_unit
FROM read_csv('votes.csv.gz', all_varchar = true)
WHERE TRY_CAST(employee AS INTEGER) > 0
GROUP BY companyAlias, employee
ORDER BY employee_id
