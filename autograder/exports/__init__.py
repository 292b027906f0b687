"""Grades for the systems that schools keep them in."""
