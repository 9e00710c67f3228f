-- Demographics, for the fairness audit alone. Two-digit birth years are all of the last century (51 to 92).
SELECT
    EmpID AS employee_id,
    trim(Sex) AS sex,
    RaceDesc AS race,
    HispanicLatino AS hispanic_latino,
    MaritalDesc AS marital_status,
    CitizenDesc AS citizenship,
    1900 + CAST(right(DOB, 2) AS INTEGER) AS birth_year
FROM read_csv('HRDataset_v14.csv', all_varchar = true)
ORDER BY employee_id
