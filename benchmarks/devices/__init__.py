"""Benchmarks of virtual devices."""
