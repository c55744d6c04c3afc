"""Versions of a network: cards that change it, what differs between two, and why."""
