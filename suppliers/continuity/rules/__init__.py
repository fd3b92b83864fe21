"""What keeps us selling when a supplier stops: readiness of backups, cover, and the split of a shortfall."""
