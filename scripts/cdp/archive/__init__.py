"""What becomes of a community at its end: triage, freeze, proof. Pure: files in, plans and findings out."""
