"""Limits and units of what is measured at visits; the vital signs are those of the infusion.

The registry record names no laboratory panel: panels and limits are assumptions of ours.
"""

from dosing.rules.measurements import HEART_RATE, RESPIRATORY_RATE, SPO2, TEMPERATURE, limits
from dosing.rules.measurements import VITAL_SIGNS as MEASURED_AT_THE_BEDSIDE

FLOW = limits("oxygen_flow_l_min", "L/min", "L/min", possible=("0.1", 100), plausible=(0.5, 60))
VITAL_SIGNS = (*MEASURED_AT_THE_BEDSIDE, FLOW)
DAILY = (FLOW, SPO2, RESPIRATORY_RATE, TEMPERATURE)

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
HAEMATOLOGY = (
    limits("haemoglobin_g_l", "g/L", "g/L", possible=(10, 300), plausible=(60, 200)),
    limits("neutrophils_10e9_l", "10⁹/L", "10*9/L", possible=(0, 500), plausible=(0.5, 25)),
    limits("platelets_10e9_l", "10⁹/L", "10*9/L", possible=(0, 5000), plausible=(30, 800)),
)
CHEMISTRY = (
    limits("alt_u_l", "U/L", "U/L", possible=(0, 50_000), plausible=(3, 500)),
    limits("ast_u_l", "U/L", "U/L", possible=(0, 50_000), plausible=(3, 500)),
    limits("bilirubin_umol_l", "µmol/L", "umol/L", possible=(0, 1500), plausible=(1, 100)),
    limits("creatinine_umol_l", "µmol/L", "umol/L", possible=(5, 5000), plausible=(20, 400)),
    limits("urea_mmol_l", "mmol/L", "mmol/L", possible=("0.1", 150), plausible=(1, 40)),
    limits("albumin_g_l", "g/L", "g/L", possible=(5, 80), plausible=(20, 60)),
    limits("potassium_mmol_l", "mmol/L", "mmol/L", possible=(1, 12), plausible=(2.5, 6.5)),
    limits("sodium_mmol_l", "mmol/L", "mmol/L", possible=(80, 220), plausible=(120, 160)),
    limits("glucose_mmol_l", "mmol/L", "mmol/L", possible=("0.1", 120), plausible=(2.5, 25)),
)
COAGULATION = (
    limits("prothrombin_time_s", "s", "s", possible=(3, 300), plausible=(8, 40)),
    limits("inr", "", "1", possible=("0.3", 30), plausible=(0.7, 5)),
    limits("aptt_s", "s", "s", possible=(5, 400), plausible=(15, 100)),
    limits("fibrinogen_g_l", "g/L", "g/L", possible=(0, 30), plausible=(1, 10)),
)
PCR = (
    limits("orf1ab_ct", "", "1", possible=(1, 60), plausible=(8, 45)),
    limits("n_ct", "", "1", possible=(1, 60), plausible=(8, 45)),
    limits("cutoff_ct", "", "1", possible=(20, 60), plausible=(30, 45)),
)
SEROLOGY = (
    limits("igm_index", "", "1", possible=(0, 100_000), plausible=(0, 1000)),
    limits("igg_index", "", "1", possible=(0, 100_000), plausible=(0, 10_000)),
    limits("neutralising_titre", "", "1", possible=(0, 1_000_000), plausible=(0, 20_000)),
)
CHEST_CT = (limits("lesion_percent", "%", "%", possible=(0, 100), plausible=(0, 80)),)
# The endpoint read is a measurement, the local one an estimate.
LESIONS = CHEST_CT
ECG = (HEART_RATE, limits("qtcf_ms", "ms", "ms", possible=(200, 800), plausible=(330, 500)))
WALK = (
    limits("distance_m", "m", "m", possible=(0, 1200), plausible=(100, 800)),
    limits("spo2_before_percent", "%", "%", possible=(10, 100), plausible=(85, 100)),
    limits("spo2_lowest_percent", "%", "%", possible=(10, 100), plausible=(70, 100)),
    limits("borg_dyspnoea", "", "{score}", possible=(0, 10), plausible=(0, 10)),
)
LUNG_FUNCTION = (
    limits("fvc_l", "L", "L", possible=("0.2", 10), plausible=(1, 7)),
    limits("fev1_l", "L", "L", possible=("0.1", 9), plausible=(0.7, 6)),
    limits("dlco_percent", "%", "%", possible=(1, 250), plausible=(25, 150)),
)
HISTORY = (limits("vaccine_doses", "", "{doses}", possible=(0, 20), plausible=(0, 6)),)
SUPPORT = (FLOW, limits("fio2_percent", "%", "%", possible=(21, 100), plausible=(21, 100)))
