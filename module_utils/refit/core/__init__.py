"""What any program needs: errors, clock and commands, durable writes, locks, /proc, HTTP."""
