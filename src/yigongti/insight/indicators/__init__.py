"""Indicators: every number computed from facts by a readable definition, on one machine or on many.

Read in this order: ``terms`` (how a numerator is written), ``definitions`` (what an indicator says of itself),
``dictionary`` (which facts and columns there are), ``checking`` (a wrong definition is refused with line and nearest
name), ``planning`` (which definitions are answered by one pass), ``statements`` (the passes as SQL), ``engines``
(DuckDB, Spark), ``results`` (numerator, denominator, value, digest).
"""
