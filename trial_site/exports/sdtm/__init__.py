"""SDTM tabulations of the blinded data: what each domain is, and how the forms become its records.

Everything about a participant comes from the declared columns of the exported forms, so nothing is here that a CSV
does not hold. No record of a participant names an arm: DM has no ARM and ACTARM, and there is no EX.
"""
