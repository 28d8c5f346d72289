"""Events, their texts, the outbox, and Discord."""
