"""Whether a fleet could roll back now: what a host finds out about itself, and what the controller makes of it."""
