"""The pages of the Python interface: every public name, by the part that it belongs to."""

import transitplan

PARTS = {  # by the package that a name comes from, in the order of the pages
    "networks": ("Networks and files", ("model", "io")),
    "roads": ("Graphs and ways", ("graph", "paths")),
    "assignment": ("Assignment", ("assignment",)),
    "transit": ("Transit", ("transit",)),
    "access": ("Access", ("access", "flow")),
    "demand": ("Demand", ("demand",)),
    "versions": ("Versions and checks", ("versions", "inspection")),
    "cases": ("Cases and results", ("scenario", "appraisal", "results", "report", "store")),
    "errors": ("Errors", ("errors",)),
}
OTHERS = ("other", "Other")  # packages that no part names


def parts() -> dict[str, tuple[str, list[str]]]:
    """Title and public names of each page, by the page's file name."""
    page_of = {package: page for page, (_, packages) in PARTS.items() for package in packages}
    titles = {page: title for page, (title, _) in PARTS.items()} | dict([OTHERS])
    found: dict[str, tuple[str, list[str]]] = {page: (title, []) for page, title in titles.items()}
    for name in transitplan.__all__:
        package = transitplan._HOME_OF[name].split(".")[1]
        found[page_of.get(package, OTHERS[0])][1].append(name)
    return {page: each for page, each in found.items() if each[1]}


def pages() -> dict[str, str]:
    """Markdown of each page; mkdocstrings puts signature and docstring in the place of a name."""
    made = {
        page: "\n\n".join([f"# {title}", *(f"::: transitplan.{name}" for name in names)]) + "\n"
        for page, (title, names) in parts().items()
    }
    return {"index": index(), **made}


def index() -> str:
    """One page with every name."""
    lines = [OPENING]
    for page, (title, names) in parts().items():
        links = ", ".join(f"[`{name}`]({page}.md#transitplan.{name})" for name in names)
        lines += [f"**[{title}]({page}.md)**", links]
    return "\n\n".join(lines) + "\n"


OPENING = """# Python interface

Every public name, made from signatures and docstrings. `import transitplan as tp` takes no time:
a name is loaded when it is first used. Units stand in names (`_s`, `_m`, `_vph`, `_cny`); results
are values that are never changed."""
