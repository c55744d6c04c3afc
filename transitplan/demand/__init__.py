"""Demand models: from people, jobs and travel costs to trips between zones."""
