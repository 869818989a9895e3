"""Registry data as spreadsheets: one declaration per sheet gives template, export, checked import and the page.

A room declares its sheets in ``sheets.py`` with :class:`.layout.SheetLayout`.
"""
