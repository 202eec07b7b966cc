"""Whole calls in virtual time, and everything else that tests of agents need."""
