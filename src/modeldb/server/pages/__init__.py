"""What the pages show, read from the catalog: one file per noun, functions that return the structs that travel."""
