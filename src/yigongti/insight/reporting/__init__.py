"""What no fact can yield: entered by the responsible organisation, reviewed by another, locked, corrected in the open.

Read in this order: ``plans`` (who reports what, when), ``periods``, ``duties`` (which organisations owe what),
``workflow`` and ``steps`` (the agreement), ``services``, ``evidence``, ``sheet`` (the spreadsheet), ``showing``
(what pages show), ``published`` (into the store of results).
"""
