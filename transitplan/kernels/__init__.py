"""Compiled loops over plain arrays: no ids, no tables, no units conversion, no files."""
