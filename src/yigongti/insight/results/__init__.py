"""Stored results: every indicator of every unit and period with its numerator and denominator, ready to be shown.

What a run computed is written as differences: a number that stays is not touched, one that moves remembers the run
that moved it, and a number of a period that was over leaves a line in the log of restatements.
"""
