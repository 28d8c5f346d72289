"""What is done on one host: stage, activate, prune, mark, drain."""
