"""From an option to a network: the site's structure added to the network of a year."""

from transitplan.errors import ValidationError
from transitplan.model.network import Network
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.chain import add_structure


def option_network(case: Case, option: str, year: int) -> Network:
    """Return the network of an option in a year: base, schemes committed by then, the structure."""
    network = committed_network(case, year)
    return network if option == NONE else add_option(case, network, option)


def add_option(case: Case, network: Network, option: str) -> Network:
    """Return the network with an option built."""
    site, form = case.find(option)
    try:
        return add_structure(network, site, form)
    except ValidationError as error:
        raise ValidationError(
            f"{case.folder}, option {option}, seen as two links: {text}" for text in error.problems
        ) from None


def option_problems(case: Case) -> list[str]:
    """Problems that show when each option is built in each year."""
    found: list[str] = []
    for year in case.years:
        for option in case.option_ids:
            try:
                option_network(case, option, year)
            except ValidationError as error:
                found += [text for text in error.problems if text not in found]
    return found


def committed_network(case: Case, year: int) -> Network:
    """Return the base network with the cards of the year: every scheme committed by then."""
    return case.version(year).network
