"""Measure, prove, grade: the severity table and what it is applied to."""
