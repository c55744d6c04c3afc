"""Two banks and what is made of it for tests."""

import pandas as pd

import transitplan as tp
from transitplan.model.network import build_network
from transitplan.versions.reading import card_from

TWO_BANKS = tp.read_network("networks/two_banks/2025")
DEMAND = tp.read_demand("od_matrices/two_banks/2025_am.omx")
GAP = 1e-8


def widen(project, links, *, by=1, needs=(), along=()):
    return card_from(
        {
            "project": project,
            "dependencies": {"prerequisites": list(needs), "corequisites": list(along)},
            "roadway_property_change": {
                "facility": {"links": {"model_link_id": list(links)}},
                "property_changes": {"lanes": {"change": by}},
            },
        }
    )


def free_east():
    return card_from({"project": "no toll", "crossing": {"crossing_id": "E", "toll_cny": 0}})


def split(network, link_id, share=0.3, *, new_ids=(901, 902), node=990):
    """Cut a straight link in two, the first with a share of its length."""
    tables = {name: network.table(name) for name in network.table_names}
    links, nodes = tables["link"], tables["node"].set_index("node_id", drop=False)
    old = links[links["link_id"] == link_id]
    ends = [nodes.loc[old[end].iloc[0], ["x_m", "y_m"]] for end in ("from_node_id", "to_node_id")]
    place = ends[0] + (ends[1] - ends[0]) * share
    tables["node"] = pd.concat(
        [tables["node"], pd.DataFrame([{"node_id": node, **place.to_dict()}])], ignore_index=True
    )
    parts = []
    for new, part in zip(new_ids, (share, 1 - share), strict=True):
        times = {"length_m": old["length_m"] * part}
        if old["free_time_s"].notna().any():
            times["free_time_s"] = old["free_time_s"] * part
        parts.append(old.assign(link_id=new, **times))
    parts[0]["to_node_id"], parts[1]["from_node_id"] = node, node
    tables["link"] = pd.concat([links[links["link_id"] != link_id], *parts], ignore_index=True)
    return build_network(tables, name="split", crs=network.crs)
