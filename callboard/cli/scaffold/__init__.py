"""What `callboard new` writes: an agent and its test, which are read here as text."""
