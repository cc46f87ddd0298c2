"""cdp: communities of practice with a life, an end and a memory."""

__version__ = "0.1.0"
