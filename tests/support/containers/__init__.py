"""Containers that are servers: systemd as PID 1, a real sshd, an administrator with sudo."""
