"""The edge to the service: the only package that speaks HTTP, to the real one and to the emulator alike."""
