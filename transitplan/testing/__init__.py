"""Regression tests of networks: a pytest plugin whose baselines are readable text."""
