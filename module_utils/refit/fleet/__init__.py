"""Decisions for all hosts: plan, batches, gate, verdict, freeze. Pure."""
