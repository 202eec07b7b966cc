"""Turn-taking: pure state machines, fed with events, that give decisions."""
