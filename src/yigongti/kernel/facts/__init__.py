"""Facts: what rooms tell about what happened, as flat tables with typed columns and Chinese labels.

A room declares its facts in ``facts.py`` (:func:`.declaration.declare_fact`). Indicators, pay, settlement and the
warehouse read facts and nothing else; the data dictionary is generated from the declarations.
"""
