"""A class: nbgrader's folders, its gradebook, its formgrader."""
