"""One file per version of the schema, forward only. `schema.sql` is their sum, for new catalogs."""
