"""yuebao: the Hubei monthly statistics book.

Returns come in by month, are checked, become tables, are turned into pages by
parameterized notebooks, are bound into a book, and go out as an edition.
Data moves one way along that sentence; every module is one word of it.
"""

__version__ = "0.1.0"
