-- One row a person in the file. Years have two digits: 00 to 68 are of this century, as strptime reads them.
-- The reason decides only on retirement, which the file counts as voluntary and the contract does not; all else goes by
-- EmploymentStatus. Neither is anything but the exit itself: Termd, EmpStatusID and the rest stay outside.
SELECT
    EmpID AS employee_id,
    CAST(strptime(DateofHire, '%m/%d/%y') AS DATE) AS hire_date,
    CAST(strptime(DateofTermination, '%m/%d/%y') AS DATE) AS termination_date,
    CASE
        WHEN DateofTermination IS NULL THEN NULL
        WHEN EmploymentStatus = 'Voluntarily Terminated' AND TermReason = 'retiring' THEN 'retirement'
        WHEN EmploymentStatus = 'Voluntarily Terminated' THEN 'voluntary'
        WHEN EmploymentStatus = 'Terminated for Cause' THEN 'involuntary'
        ELSE 'other'
    END AS termination_type
FROM read_csv('HRDataset_v14.csv', all_varchar = true)
ORDER BY employee_id
