"""A service as its owner describes it, and what follows from that for a server."""
