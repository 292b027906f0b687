"""What grades the course: build, read, run, judge, report."""
