"""Callboard: a Trio-native runtime for voice and video agents."""
