"""The files that `callboard new` copies: an agent and its test, read here as text."""
