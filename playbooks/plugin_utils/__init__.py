"""What the plugins on the controller share; libraries beyond Ansible's own are welcome here."""
