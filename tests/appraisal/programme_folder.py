"""The two banks with three sites and a stage more: small enough for brute force by equilibria."""

import shutil

import transitplan as tp
from transitplan.scenario.forecast import write_forecasts

SITES = {"west": (22, 12, "WX"), "east": (24, 14, "EX")}
SITES_ZH = {"west": "西部", "east": "东部"}
THINNER = {  # so that one crossing leaves something to do for another
    "lanes = 3": "lanes = 1",
    "capital_cost_cny = 3.2e9": "capital_cost_cny = 0.15e9",
    "capital_low_cny = 2.6e9": "capital_low_cny = 0.1e9",
    "upkeep_cny_per_year = 16e6": "upkeep_cny_per_year = 1e6",
    "capital_cost_cny = 6.6e9": "capital_cost_cny = 0.4e9",
    "capital_low_cny = 5.4e9": "capital_low_cny = 0.3e9",
}
RULES = """
carries_over = true

[budgets.2030]
low_cny = 0.1e9
value_cny = 0.25e9
high_cny = 0.9e9
source = "invented"
status = "assumed"

[budgets.2035]
low_cny = 0.1e9
value_cny = 0.25e9
high_cny = 0.9e9
source = "invented"
status = "assumed"

[[prerequisites]]
site = "east"
needs = "middle"
reason = "its approach road comes with the middle crossing"

[futures.more]
name = "more trips"
name_zh = "出行较多"
trips = 1.2
"""


def three_sites(folder, rules=RULES):
    """Write the case, its demand and its rules; return the folder of the case."""
    case = folder / "networks" / "two_banks"
    shutil.copytree("networks/two_banks", case)
    shutil.copytree("od_matrices/two_banks", folder / "od_matrices" / "two_banks")
    path = case / "options" / "middle.toml"
    middle = path.read_text(encoding="utf-8")
    for old, new in THINNER.items():
        middle = middle.replace(old, new)
    path.write_text(middle, encoding="utf-8")
    for site, (south, north, crossing) in SITES.items():
        text = middle.replace('"middle"', f'"{site}"').replace('"N"', f'"{crossing}"')
        text = text.replace("Middle", site.title()).replace("中部", SITES_ZH[site])
        text = text.replace("from_node_id = 23", f"from_node_id = {south}")
        text = text.replace("to_node_id = 13", f"to_node_id = {north}")
        text = "[[forms]]".join(text.split("[[forms]]")[:2])  # a bridge only
        (case / "options" / f"{site}.toml").write_text(text, encoding="utf-8")
    path = case / "case.toml"
    text = path.read_text(encoding="utf-8").replace(
        '"options/middle.toml"', ", ".join(f'"options/{name}.toml"' for name in ("middle", *SITES))
    )
    text += '\n[years.2030]\ndemand = "../../od_matrices/two_banks/2030_am.omx"\n'
    path.write_text(text, encoding="utf-8")
    with (case / "growth.csv").open("a", encoding="utf-8") as file:
        file.write("rest,2030,1.08,1.10,1.15,invented,assumed\n")
    (case / "programme.toml").write_text(rules, encoding="utf-8")
    write_forecasts(tp.read_case(case))
    return case
