"""The tables of models and runs: filters, a pivot in memory, sorting, grouping, and the same as SQL."""
