"""What went wrong, who has it and who is told next: opened, acknowledged, escalated, resolved."""
