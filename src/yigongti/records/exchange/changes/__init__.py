"""The change feed: systems that want to follow the record read on from a cursor, without gaps."""
