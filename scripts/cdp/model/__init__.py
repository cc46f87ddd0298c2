"""The domain: charters, meetings, notes, surveys, and the communities that they make. No I/O, no clock."""
