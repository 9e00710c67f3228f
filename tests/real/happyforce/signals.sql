-- A comment is a signal of its moment, its length the value; the text itself is masked in the file. Likes and dislikes are
-- left out: they are counts as of the export, and who liked a comment later was not known on its day.
-- The time of day is the app's local one. Comments before the first vote are set aside by the engine.
SELECT
    companyAlias || '-' || employee AS employee_id,
    strptime(substr(commentDate, 5, 15) || right(commentDate, 5), '%b %d %H:%M:%S %Y') AS occurred_at,
    'comment' AS name,
    CAST(text_length AS DOUBLE) AS value
FROM read_csv('comments.csv.gz', all_varchar = true)
WHERE TRY_CAST(employee AS INTEGER) > 0 AND commentDate IS NOT NULL
ORDER BY occurred_at, employee_id, value
