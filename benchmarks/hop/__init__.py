"""What a hop from actor to actor costs."""
