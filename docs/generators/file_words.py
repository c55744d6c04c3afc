"""What the page of file formats says beside its tables."""

OPENING = """# File formats

Every file that transitplan reads or writes, with its columns: made from the rules that files are checked by, so that
what stands here is what reading asks for. All tables are UTF-8; a column of your own is kept and passed on. Which suffix
is which format, and what the others cannot hold, is in [checks](../check.md#formats)."""
NETWORK = """A network is a folder of [GMNS](../check.md#formats) 0.96 tables. `node.csv`, `link.csv` and `config.csv` must be
there. A column that is all default is not written. The same tables, with the names of the model, are layers of a
GeoPackage, attributes of GraphML and features of GeoJSON."""
TIMETABLES = """A GTFS feed in the folder `transit/` of the network; how it is read is in [transit](../transit.md)."""
LINES = """`transitplan import lines` makes a feed of four tables, or of one TOML file with `[feed]` and `[[line]]`
(`networks/two_banks/lines.toml`), whose keys are the columns of `line.csv` with `stops` and `headways` as lists."""
DEMAND = """**OMX** (`.omx`): HDF5 with one matrix a user class, vehicles in an hour from the zone of the row to that of the column,
and a lookup `zone_id`. Attributes of a matrix describe its class; what is not there takes the default. **CSV**: columns
`o_zone_id`, `d_zone_id` and one a class; a square matrix with zones in its first row and column is read too. **TNTP**:
see [checks](../check.md#formats). `<demand>_response.omx` and `record/response.csv` beside a demand say
[how its trips answer](../demand.md#response-of-trips)."""
CASE = """A folder with a `case.toml`; the files that it names are found from there. `policy.csv`, `programme.toml`,
`criteria.toml` and `check.toml` are read where they lie beside it. Further columns are kept."""
DEMAND_MODEL = """Tables that `model.toml` of a demand model names ([demand](../demand.md)); `freight.csv` has the columns of
`rates.csv`. Every row says where it comes from (`source`, `status`), and has a range where it is a number."""
RECORD = """What each step of the model did, written beside the matrices; person trips are those of a working day, `_vph` vehicles of a
modelled hour."""
CARDS = """YAML, JSON or TOML, one project a file: [versions](../versions.md#cards) has the blocks, [transit](../transit.md)
those of lines."""
RESULTS = """`transitplan assess` and `appraise` write into `--out`:

| file | what |
| --- | --- |
| `report.html` | page one for decisions, the rest for planners; English and Chinese, opens without a connection |
| `map.html` | layers to switch, opens without a connection |
| `tables.xlsx` | the sheets below; units stand under the heads, the first sheet explains all |
| `results.gpkg` | layers for QGIS with their styles, and a project in each language: see [Files of a result](../outputs.md) |
| `run.json` | every headline number under a stable key, hashes of all inputs |

Units are endings of names: `_cny` money, `_vph` vehicles an hour, `_min`, `_s`, `_km`, `_m`, `_kph`, `_t` tonnes of CO2,
`_per_year`. Sheets of studies are there where `appraise` made them."""
