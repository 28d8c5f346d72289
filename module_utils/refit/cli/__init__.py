"""The servers' scripts: ``refit.pyz``."""
