"""The kinds of difference between two versions of a network, and names of what timetables have."""

SAME = "same"
ADDED = "added"
REMOVED = "removed"
SPLIT = "split"
MERGED = "merged"
MOVED = "moved"
REVERSED = "reversed"
RENUMBERED = "renumbered"
RESHAPED = "reshaped"
RETYPED = "retyped"  # a link of another class of road
CHANGED = "changed"

KINDS = (
    ADDED,
    REMOVED,
    SPLIT,
    MERGED,
    MOVED,
    REVERSED,
    RENUMBERED,
    RESHAPED,
    RETYPED,
    CHANGED,
)

LINE, STOP, FILE = "transit_line", "transit_stop", "transit_file"  # tables of a timetable
TRANSIT = (LINE, STOP, FILE)
