"""Which rows are the same person: a library of comparisons, a model as a policy file, in bulk (splink on DuckDB or
Spark) and one row at a time, with the same weights.

No tables and no Django models: rows come in as files or DuckDB tables, pairs with their evidence go out.
"""
