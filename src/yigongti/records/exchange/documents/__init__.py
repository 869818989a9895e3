"""The summary of a health record as a document: a FHIR Bundle of type document, and a PDF."""
