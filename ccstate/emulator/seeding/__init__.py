"""Accounts written by hand, and contacts by the thousand."""
