"""Contacts: how one is read, written, searched for and shown."""
