"""The process managers behind one interface."""
