"""Who has the floor: pure state machines, fed with events, that give decisions."""
