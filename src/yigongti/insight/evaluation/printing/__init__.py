"""The report on paper: what it says is put together once (:mod:`.content`), as PDF and as a Word document."""
