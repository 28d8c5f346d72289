"""Reasons as data, and what they say in Korean and in English."""
