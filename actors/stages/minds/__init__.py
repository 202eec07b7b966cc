"""Minds (LLM): engines that answer, behind the `Mind` protocol."""
