"""The grader behind other people's doors: Gradescope, GitHub, HTTP."""
