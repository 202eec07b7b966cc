"""What stands behind one `CallClient`: its operations, its call, what it tells."""
