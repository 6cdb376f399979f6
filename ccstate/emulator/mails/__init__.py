"""Mails: how they look, go out and fail, what contacts do with them, and the numbers of that."""
