-- Names stay in the directory: they reach the page and nothing else.
SELECT EmpID AS employee_id, trim(regexp_replace(Employee_Name, '\s+', ' ', 'g')) AS display_name
FROM read_csv('HRDataset_v14.csv', all_varchar = true)
ORDER BY employee_id
