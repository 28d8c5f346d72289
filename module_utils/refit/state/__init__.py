"""What a host has and remembers: ledger, holds, operation, releases on the disk."""
