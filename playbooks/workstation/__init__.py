"""``refit`` on the workstation: few words in the place of the playbooks' command lines, and no logic of its own."""
