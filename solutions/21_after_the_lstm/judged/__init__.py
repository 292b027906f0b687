"""One exercise a file: its cases, its checks, and the wrong answers that are known."""
