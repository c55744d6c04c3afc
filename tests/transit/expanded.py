"""Earliest arrivals by brute force: a graph of events in time, searched by networkx.

Trips are lists of calls (place, arrival, departure, may board, may leave); walks are triples
(from, to, seconds). Nothing here knows patterns, rounds or orders of trips.
"""

import itertools

import networkx as nx

START = "start"


def arrivals(trips, walks, change_s, access, departure, *, rides, limit_s):
    """Earliest time at each place with at most so many rides, by place; absent: not reached.

    An event is (time, place, state, rides); one may walk or change once after a vehicle, from
    ``landed`` to ``ready``; only who is ``ready`` boards, and waiting keeps the state. Who waits
    was there before, so that waiting never makes the earliest event.
    """
    latest = departure + limit_s
    after = [*walks, *((place, place, seconds) for place, seconds in enumerate(change_s))]
    graph = nx.DiGraph()
    graph.add_edges_from((START, ready(departure + s, place, 0)) for place, s in access)
    for used, number in itertools.product(range(rides), range(len(trips))):
        graph.add_edges_from(trip_edges(trips[number], number, used, after, latest))
    waits = {}
    for time, place, state, used in [node for node in graph if node != START]:
        if state == "ready":
            waits.setdefault((place, used), []).append(time)
    for (place, used), times in waits.items():
        for early, late in itertools.pairwise(sorted(times)):
            graph.add_edge(ready(early, place, used), ready(late, place, used))
    best = {}
    for time, place, state, _ in nx.descendants(graph, START):
        if state != "aboard" and time <= latest:
            best[place] = min(best.get(place, time), time)
    return best


def ready(time, place, used):
    return (time, place, "ready", used)


def trip_edges(calls, number, used, after, latest):
    """Board, stay aboard, leave, change or walk; ``aboard`` is a trip after one of its calls."""
    for i, (place, arrive, depart, may_board, may_leave) in enumerate(calls):
        aboard, before = ((number, call, "aboard", used) for call in (i, i - 1))
        if i:
            yield before, aboard
        if may_board:
            yield ready(depart, place, used), aboard
        if may_leave and i and arrive <= latest:
            landed = (arrive, place, "landed", used + 1)
            yield before, landed
            for origin, there, seconds in after:
                if origin == place:
                    yield landed, ready(arrive + seconds, there, used + 1)
