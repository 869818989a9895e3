"""The UI kit: page shell, navigation by role, registers, case pages, forms, explanations, dashboards and error pages.

``docs/ui.md`` shows how to write a page with each piece.
"""
