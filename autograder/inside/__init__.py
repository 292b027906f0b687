"""What runs inside the sandbox, beside strangers' code.

These files are copied flat into a folder of their own, next to `utils`, and import one another from
there by their plain names. They know nothing of `autograder`.
"""
