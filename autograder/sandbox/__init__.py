"""Runs strangers' code apart from everything else."""
