"""The warehouse: facts as columns.

Read in this order: ``shelf`` (snapshots: which files belong together), ``pulling`` (PostgreSQL to Parquet),
``syncing`` (which months are new or changed), ``derived`` (a chain of named steps over facts), ``verifying`` (the
shelf equals PostgreSQL).
"""
