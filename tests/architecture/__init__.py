"""What holds of the house itself: who may import whom, and that folders, registries and documents agree."""
