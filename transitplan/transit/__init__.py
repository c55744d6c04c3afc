"""Trips by public transport: by lines with headways, and by timetable."""
