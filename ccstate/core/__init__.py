"""The pure core: frozen values and functions from one to the next.

Nothing in here reads a file, a clock, the network or the terminal, and nothing in here knows a kind by name:
kinds are passed down as values (`kind.Kinds`).
"""
