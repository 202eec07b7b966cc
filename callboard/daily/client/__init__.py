"""The parts of one `CallClient`: its operations, its call, its events."""
