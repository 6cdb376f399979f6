"""Segments: the grammar of their criteria, and whom they select."""
