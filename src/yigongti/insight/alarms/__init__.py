"""Alarms: a threshold that is crossed or an unusual change opens a suggestion to whoever answers for the unit.

Read in this order: ``definitions`` (the policy: which indicators, which chart, which limits), ``control``
(the limits of control charts), ``judging`` (all stored results against the policy, in SQL), ``workflow`` (what
becomes of a suggestion), ``services`` (open, recover), ``timers`` (after each computation).
"""
