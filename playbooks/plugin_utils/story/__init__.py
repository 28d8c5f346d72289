"""A run of a playbook as it is told to a person: what it does, on which hosts, what came of it.

Ansible's objects become plain values in :mod:`.events`; of these :mod:`.story` makes steps, which a screen shows:
lines, a block that is redrawn on a terminal, or what GitHub Actions understands.
"""
