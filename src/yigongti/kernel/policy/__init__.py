"""Policies: what a document decides, kept as data with a source, a version and dates of effect.

Read in this order: ``shapes`` (the rows that rules read), ``expressions`` (the language of conditions), ``closures``
and ``scan`` (the two engines: one row in Python, many rows in DuckDB), ``kinds``, ``rules`` and ``bodies`` (what a file
may contain), ``documents`` and ``loading`` (a wrong file is refused with line and key), ``editions`` and ``store``
(which version is in force where and when).
"""
