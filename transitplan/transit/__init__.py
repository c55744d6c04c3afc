"""Trips by public transport: by lines with headways, and by timetable."""

from transitplan.transit.crowding import Crowding
from transitplan.transit.journey_map import journeys_map
from transitplan.transit.journeys import Journey, Leg, earliest_arrival, find_journeys
from transitplan.transit.park_and_ride import ParkAndRide, Parking, skim_park_and_ride
from transitplan.transit.river import river_passengers, stop_banks
from transitplan.transit.search_net import TransitWeights
from transitplan.transit.strategies import TransitAssignment, assign_transit, skim_transit
from transitplan.transit.times import skim_timetable
from transitplan.transit.windows import DepartureWindow, TransitTimes, transit_times

__all__ = [
    "Crowding",
    "DepartureWindow",
    "Journey",
    "Leg",
    "ParkAndRide",
    "Parking",
    "TransitAssignment",
    "TransitTimes",
    "TransitWeights",
    "assign_transit",
    "earliest_arrival",
    "find_journeys",
    "journeys_map",
    "river_passengers",
    "skim_park_and_ride",
    "skim_timetable",
    "skim_transit",
    "stop_banks",
    "transit_times",
]
