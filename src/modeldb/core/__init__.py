"""Plain values: what an action is, how it is named and written down. Imports the standard library and msgspec."""
