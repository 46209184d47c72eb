"""Limits and units of what is measured at visits; the vital signs are those of the infusion.

The registry record names no laboratory panel: panel and limits are assumptions of ours.
"""

from dosing.rules.measurements import VITAL_SIGNS as MEASURED_AT_THE_BEDSIDE
from dosing.rules.measurements import Limits, limits

VITAL_SIGNS = (
    *MEASURED_AT_THE_BEDSIDE,
    limits("oxygen_flow_l_min", "L/min", "L/min", possible=("0.1", 100), plausible=(0.5, 60)),
)

LABORATORY = (
    limits("wbc_10e9_l", "10⁹/L", "10*9/L", possible=(0, 800), plausible=(1, 30)),
    limits("lymphocytes_10e9_l", "10⁹/L", "10*9/L", possible=(0, 800), plausible=(0.1, 10)),
    limits("crp_mg_l", "mg/L", "mg/L", possible=(0, 1000), plausible=(0, 300)),
    limits("il6_pg_ml", "pg/mL", "pg/mL", possible=(0, 500_000), plausible=(0, 1000)),
    limits("ferritin_ug_l", "µg/L", "ug/L", possible=(0, 200_000), plausible=(5, 5000)),
    limits("d_dimer_mg_l", "mg/L", "mg/L{FEU}", possible=(0, 500), plausible=(0, 20)),
    limits("ldh_u_l", "U/L", "U/L", possible=(0, 50_000), plausible=(80, 1500)),
    limits("procalcitonin_ng_ml", "ng/mL", "ng/mL", possible=(0, 2000), plausible=(0, 20)),
)

LIMITS: dict[str, tuple[Limits, ...]] = {"VS": VITAL_SIGNS, "LB": LABORATORY}
