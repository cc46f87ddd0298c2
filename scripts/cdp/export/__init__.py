"""An archive to take away: a bag that proves itself, pages that open offline, a book. Pure: bytes in, bytes out."""
