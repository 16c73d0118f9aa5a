"""Read-only SQL over everything a store knows. `engine` is the door; it imports DuckDB and Arrow on first use."""
