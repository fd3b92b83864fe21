"""The measures of suppliers as pure arithmetic: what a fact is, what follows from many, and how sure that is."""
