"""Evaluation of members (考核评价): what is scored and how stands in policy; a case leads from numbers to a grade.

Read in this order: ``curves`` and ``definitions`` (the policy), ``scoring`` (values to points, one statement),
``models`` and ``workflow`` (the evaluation, and the answer of each participant), ``steps`` and ``services``.
"""
