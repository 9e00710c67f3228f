-- Age and gender serve the fairness audit alone. Age is that of the first report.
SELECT
    Emp_ID AS employee_id,
    CAST(arg_min(Age, strptime("MMM-YY", '%m-%d-%Y')) AS INTEGER) AS age,
    arg_min(Gender, strptime("MMM-YY", '%m-%d-%Y')) AS gender
FROM read_csv('monthly.csv.gz', all_varchar = true)
GROUP BY Emp_ID
ORDER BY employee_id
