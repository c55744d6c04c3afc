"""A second version of the two banks with one change of each kind."""

import pandas as pd

from transitplan.model.network import build_network


def next_version(network):
    """Links 3, 4 wider; 5, 6 of another class; 7, 8 bent; 9, 10 gone; 15 in two; 901, 902 new."""
    tables = {name: network.table(name) for name in network.table_names}
    links, nodes = tables["link"], tables["node"]
    places = nodes.set_index("node_id")[["x_m", "y_m"]]
    links.loc[links["link_id"].isin([3, 4]), "lanes"] = 3.0
    links.loc[links["link_id"].isin([5, 6]), "facility_type"] = "arterial"
    links = links[~links["link_id"].isin([9, 10])]
    new = links[links["crossing_id"] == "M"].assign(
        link_id=[901, 902],
        from_node_id=[13, 23],
        to_node_id=[23, 13],
        crossing_id="N",
        name="Middle bridge",
        name_zh="中桥",
    )
    cut = links[links["link_id"] == 15]
    ends = places.loc[[cut["from_node_id"].iloc[0], cut["to_node_id"].iloc[0]]]
    middle = {"node_id": 77, "x_m": ends["x_m"].mean(), "y_m": ends["y_m"].mean() + 300.0}
    half = cut["length_m"] / 2
    parts = [
        cut.assign(link_id=903, to_node_id=77, length_m=half),
        cut.assign(link_id=904, from_node_id=77, length_m=half),
    ]
    links = pd.concat([links[links["link_id"] != 15], *parts, new], ignore_index=True)
    one, two = places.loc[14].to_numpy(), places.loc[15].to_numpy()
    bent = [one, (one + two) / 2 + [0.0, 900.0], two]
    text = ", ".join(f"{x} {y}" for x, y in bent)
    shape = {"geometry_id": [1], "geometry": [f"LINESTRING ({text})"]}
    drawn = links["link_id"].isin([7, 8])
    links["geometry_id"] = pd.Series([1 if each else None for each in drawn], dtype=object)
    links.loc[links["link_id"] == 8, "dir_flag"] = -1
    zones, crossings = tables["zone"], tables["crossing"]
    zones.loc[zones["zone_id"] == 2, "population"] = 150_000.0
    crossings.loc[crossings["crossing_id"] == "N", "status"] = "open"
    crossings.loc[crossings["crossing_id"] == "N", "open_year"] = 2030.0
    tables["cluster"].loc[0, "name"] = "Mill City"
    tables["use_definition"].loc[0, "persons_per_vehicle"] = 1.5
    tables |= {
        "link": links,
        "node": pd.concat([nodes, pd.DataFrame([middle])], ignore_index=True),
        "zone": zones,
        "crossing": crossings,
        "geometry": pd.DataFrame(shape),
    }
    return build_network(tables, name="Two banks 2030", crs=network.crs, transit=network.transit)
