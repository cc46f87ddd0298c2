"""Surveys: the form made from what a community hopes for, its exports, and how results move. Pure."""
