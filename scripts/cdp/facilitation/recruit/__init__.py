"""Allies: the contact bank, its imports and duplicates, and the way to a kickoff. Pure: files are read elsewhere."""
