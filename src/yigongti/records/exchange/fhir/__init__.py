"""The FHIR R4 face of the house: reading, searching, bulk export and writing under ``/fhir/R4/``.

``resources`` says how a resource is made from rows (one SQL SELECT each, declared in ``people``, ``registry`` and
``clinical``); ``searching``, ``reading`` and ``exporting`` only choose rows; ``writing`` hands what comes in to the one
door of the exchange. ``docs/fhir.md`` tells callers what is there.
"""
