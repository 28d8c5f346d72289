"""Where an artifact comes from, and how it becomes a directory."""
